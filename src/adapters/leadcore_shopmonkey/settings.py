"""What a tenant tells us to use their Shopmonkey account."""

import msgspec

API = "https://api.shopmonkey.cloud/v3"


class ShopmonkeySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`webhook_secret` is what webhooks are signed with; registration sets and returns it.

    `previous_webhook_secret` keeps webhooks believed while it is rotated. With `location_id`, orders and services of
    other locations of the company are left out.
    """

    api_key: str
    webhook_secret: str = ""
    previous_webhook_secret: str = ""
    location_id: str = ""
    base_url: str = API

    def __repr__(self) -> str:
        """Leave the secrets out: settings end up in tracebacks and logs."""
        return f"ShopmonkeySettings(location_id={self.location_id!r}, base_url={self.base_url!r})"
