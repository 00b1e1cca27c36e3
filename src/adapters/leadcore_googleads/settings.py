"""What a tenant tells us of their Google Ads lead forms."""

import msgspec


class GoogleAdsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`google_key` is the Key entered beside the webhook URL; `previous_google_key` is believed while it changes.

    `consent_wording` is the form's own disclosure, word for word, if it asks for calls and texts: who submits the form
    has agreed to it. Without it a lead brings no consent.
    """

    google_key: str = ""
    previous_google_key: str = ""
    consent_wording: str = ""

    def __repr__(self) -> str:
        """Leave the secrets out: settings end up in tracebacks and logs."""
        return f"GoogleAdsSettings(consent_wording={self.consent_wording!r})"
