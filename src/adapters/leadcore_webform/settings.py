"""What a tenant tells us of their form."""

import msgspec


class WebFormSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Browsers need `origins` (comma-separated, such as `https://www.example.com`) and the public `form_key`.

    Servers sign with `secret` (Standard Webhooks: `whsec_` and base64, or any text); `previous_secret` keeps them
    believed while it is rotated. `honeypot` names a field that people never see: whoever fills it in is a program.
    `region` (ISO 3166) is assumed for phone numbers without a country.
    """

    origins: str = ""
    form_key: str = ""
    secret: str = ""
    previous_secret: str = ""
    honeypot: str = "fax_number"
    region: str = "US"

    def __repr__(self) -> str:
        """Leave the secrets out: settings end up in tracebacks and logs."""
        return f"WebFormSettings(origins={self.origins!r}, form_key={self.form_key!r}, region={self.region!r})"

    @property
    def allowed(self) -> frozenset[str]:
        """The origins as browsers spell them."""
        listed = (each.strip().rstrip("/").lower() for each in self.origins.split(","))
        return frozenset(each for each in listed if each)
