"""What a tenant tells us to use their SendGrid account."""

import msgspec

API = "https://api.sendgrid.com"


class SendGridSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sender` is a verified address. `verification_key` (public) checks event webhooks; registration learns it.

    `parse_domain` is the host name whose mail SendGrid's Inbound Parse hands to us; its MX record names SendGrid.
    """

    api_key: str
    sender: str
    sender_name: str = ""
    verification_key: str = ""
    parse_domain: str = ""
    base_url: str = API

    def __repr__(self) -> str:
        """Leave the secrets out: settings end up in tracebacks and logs."""
        return (
            f"SendGridSettings(sender={self.sender!r}, parse_domain={self.parse_domain!r}, base_url={self.base_url!r})"
        )
