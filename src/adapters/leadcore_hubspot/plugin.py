"""How the registry finds HubSpot."""

from leadcore.ports.plugin import Plugin
from leadcore_hubspot.settings import HubSpotSettings


def open_hubspot(settings: HubSpotSettings) -> object:
    """Open the connection: `WorkOrders`, `CustomerBook`, `CatalogSource`, `InboundDoor`, `Connectable` in one."""
    from leadcore_hubspot.connection import HubSpotConnection

    return HubSpotConnection(settings)


PLUGIN = Plugin(
    name="hubspot",
    port="crm",
    settings=HubSpotSettings,
    open=open_hubspot,
    secrets=frozenset({"access_token", "client_secret", "previous_client_secret", "developer_key"}),
    env={
        "access_token": "HUBSPOT_ACCESS_TOKEN",
        "client_secret": "HUBSPOT_CLIENT_SECRET",
        "pipeline": "HUBSPOT_PIPELINE",
        "opt_in_property": "HUBSPOT_OPT_IN_PROPERTY",
        "base_url": "HUBSPOT_BASE_URL",
    },
)
