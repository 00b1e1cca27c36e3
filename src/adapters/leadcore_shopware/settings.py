"""What a tenant tells us to use their Shop-Ware account."""

import msgspec

API = "https://api.shop-ware.com"


class ShopWareSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`partner_id` and `api_secret` are the partner's, `tenant_id` is the shop group that authorised the partner.

    Shop-Ware signs nothing: `webhook_secret` is part of the address it calls, registration makes and returns it, and
    `previous_webhook_secret` keeps the old address alive while it is rotated. With `shop_id`, orders and services of
    other shops of the tenant are left out. `opt_in_field` names the customer's field that counts as an opt-in for
    texts, such as `marketing_ok` where the shop asks for it in those words; empty means that nobody opted in.
    """

    partner_id: str
    api_secret: str
    tenant_id: str
    shop_id: str = ""
    opt_in_field: str = ""
    webhook_secret: str = ""
    previous_webhook_secret: str = ""
    base_url: str = API

    def __repr__(self) -> str:
        """Leave the secrets out: settings end up in tracebacks and logs."""
        return (
            f"ShopWareSettings(partner_id={self.partner_id!r}, tenant_id={self.tenant_id!r},"
            f" shop_id={self.shop_id!r}, opt_in_field={self.opt_in_field!r}, base_url={self.base_url!r})"
        )
