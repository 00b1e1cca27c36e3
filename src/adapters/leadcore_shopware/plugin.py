"""How the registry finds Shop-Ware."""

from leadcore.ports.plugin import Plugin
from leadcore_shopware.settings import ShopWareSettings


def open_shopware(settings: ShopWareSettings) -> object:
    """Open the connection: `WorkOrders`, `CustomerBook`, `CatalogSource`, `InboundDoor`, `Connectable` in one."""
    from leadcore_shopware.connection import ShopWareConnection

    return ShopWareConnection(settings)


PLUGIN = Plugin(
    name="shopware",
    port="crm",
    settings=ShopWareSettings,
    open=open_shopware,
    secrets=frozenset({"api_secret", "webhook_secret", "previous_webhook_secret"}),
    env={
        "partner_id": "SHOPWARE_PARTNER_ID",
        "api_secret": "SHOPWARE_API_SECRET",
        "tenant_id": "SHOPWARE_TENANT_ID",
        "shop_id": "SHOPWARE_SHOP_ID",
        "base_url": "SHOPWARE_BASE_URL",
    },
)
