"""One tenant's Shopmonkey connection: everything the plugin promises, in one object."""

from leadcore_httpkit import VendorHttp
from leadcore_shopmonkey.api import ShopmonkeyApi
from leadcore_shopmonkey.calendar import ShopmonkeyCalendar
from leadcore_shopmonkey.door import ShopmonkeyDoor
from leadcore_shopmonkey.onboarding import ShopmonkeyOnboarding
from leadcore_shopmonkey.records import ShopmonkeyRecords
from leadcore_shopmonkey.settings import ShopmonkeySettings
from leadcore_shopmonkey.writes import ShopmonkeyWrites


class ShopmonkeyConnection(
    ShopmonkeyRecords, ShopmonkeyWrites, ShopmonkeyCalendar, ShopmonkeyDoor, ShopmonkeyOnboarding
):
    """Reads and writes everything of `leadcore.ports.crm` that its CRM has; `InboundDoor`, `Connectable`."""

    def __init__(self, settings: ShopmonkeySettings) -> None:
        """Raises `InvalidInputError` when `base_url` is not an address we may call."""
        http = VendorHttp(settings.base_url, headers={"authorization": f"Bearer {settings.api_key}"})
        api = ShopmonkeyApi(http)
        ShopmonkeyRecords.__init__(self, api, settings)
        ShopmonkeyWrites.__init__(self, api, settings)
        ShopmonkeyCalendar.__init__(self, api, settings)
        ShopmonkeyDoor.__init__(self, settings)
        ShopmonkeyOnboarding.__init__(self, api, settings)
        self._http = http

    async def aclose(self) -> None:
        """Give back sockets. Idempotent."""
        await self._http.aclose()
