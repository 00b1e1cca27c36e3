"""One tenant's HubSpot connection: everything the plugin promises, in one object."""

from leadcore_httpkit import VendorHttp
from leadcore_hubspot.api import HubSpotApi
from leadcore_hubspot.door import HubSpotDoor
from leadcore_hubspot.onboarding import HubSpotOnboarding
from leadcore_hubspot.records import HubSpotRecords
from leadcore_hubspot.settings import HubSpotSettings


class HubSpotConnection(HubSpotRecords, HubSpotDoor, HubSpotOnboarding):
    """`WorkOrders`, `CustomerBook`, `CatalogSource`, `InboundDoor` and `Connectable` over one connection pool."""

    def __init__(self, settings: HubSpotSettings) -> None:
        """Raises `InvalidInputError` when `base_url` is not an address we may call."""
        http = VendorHttp(settings.base_url, headers={"authorization": f"Bearer {settings.access_token}"})
        api = HubSpotApi(http)
        HubSpotRecords.__init__(self, api, settings)
        HubSpotDoor.__init__(self, settings)
        HubSpotOnboarding.__init__(self, api, settings)
        self._http = http

    async def aclose(self) -> None:
        """Give back sockets. Idempotent."""
        await self._http.aclose()
