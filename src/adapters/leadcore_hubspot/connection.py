"""One tenant's HubSpot connection: everything the plugin promises, in one object."""

from leadcore_httpkit import VendorHttp
from leadcore_hubspot.api import HubSpotApi
from leadcore_hubspot.calendar import HubSpotCalendar
from leadcore_hubspot.door import HubSpotDoor
from leadcore_hubspot.onboarding import HubSpotOnboarding
from leadcore_hubspot.records import HubSpotRecords
from leadcore_hubspot.settings import HubSpotSettings
from leadcore_hubspot.writes import HubSpotWrites


class HubSpotConnection(HubSpotRecords, HubSpotWrites, HubSpotCalendar, HubSpotDoor, HubSpotOnboarding):
    """Reads and writes everything of `leadcore.ports.crm` that its CRM has; `InboundDoor`, `Connectable`."""

    def __init__(self, settings: HubSpotSettings) -> None:
        """Raises `InvalidInputError` when `base_url` is not an address we may call."""
        http = VendorHttp(settings.base_url, headers={"authorization": f"Bearer {settings.access_token}"})
        api = HubSpotApi(http)
        HubSpotRecords.__init__(self, api, settings)
        HubSpotWrites.__init__(self, api)
        HubSpotCalendar.__init__(self, api)
        HubSpotDoor.__init__(self, settings)
        HubSpotOnboarding.__init__(self, api, settings)
        self._http = http

    async def aclose(self) -> None:
        """Give back sockets. Idempotent."""
        await self._http.aclose()
