"""What a tenant tells us to use their Twilio account."""

import msgspec

API = "https://api.twilio.com"
MEDIA_HOSTS = "mms.twiliocdn.com,media.twiliocdn.com"


class TwilioSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sender` is a number in E.164 or a Messaging Service (`MG…`).

    `previous_auth_token` keeps webhooks believed while tokens are rotated. `shared_key` is the secret of a webhook
    SharedKey; only when it is set are HMAC-SHA256 signatures accepted. `media_hosts` (comma-separated) is
    where Twilio's API may send us on for the pictures of an MMS.
    """

    account_sid: str
    auth_token: str
    sender: str
    previous_auth_token: str = ""
    shared_key: str = ""
    base_url: str = API
    media_hosts: str = MEDIA_HOSTS

    def __repr__(self) -> str:
        """Leave the secrets out: settings end up in tracebacks and logs."""
        return f"TwilioSettings(account_sid={self.account_sid!r}, sender={self.sender!r}, base_url={self.base_url!r})"

    @property
    def is_messaging_service(self) -> bool:
        """Whether messages leave through a Messaging Service instead of one number."""
        return self.sender.startswith("MG")
