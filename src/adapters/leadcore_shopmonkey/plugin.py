"""How the registry finds Shopmonkey."""

from leadcore.ports.plugin import Plugin
from leadcore_shopmonkey.settings import ShopmonkeySettings


def open_shopmonkey(settings: ShopmonkeySettings) -> object:
    """Open the connection: `WorkOrders`, `CustomerBook`, `CatalogSource`, `InboundDoor`, `Connectable` in one."""
    from leadcore_shopmonkey.connection import ShopmonkeyConnection

    return ShopmonkeyConnection(settings)


PLUGIN = Plugin(
    name="shopmonkey",
    port="crm",
    settings=ShopmonkeySettings,
    open=open_shopmonkey,
    secrets=frozenset({"api_key", "webhook_secret", "previous_webhook_secret"}),
    env={
        "api_key": "SHOPMONKEY_API_KEY",
        "webhook_secret": "SHOPMONKEY_WEBHOOK_SECRET",
        "previous_webhook_secret": "SHOPMONKEY_PREVIOUS_WEBHOOK_SECRET",
        "location_id": "SHOPMONKEY_LOCATION_ID",
        "base_url": "SHOPMONKEY_BASE_URL",
    },
)
