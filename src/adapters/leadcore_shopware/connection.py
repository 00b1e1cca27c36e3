"""One tenant's Shop-Ware connection: everything the plugin promises, in one object."""

from leadcore_httpkit import VendorHttp
from leadcore_shopware.api import ShopWareApi
from leadcore_shopware.calendar import ShopWareCalendar
from leadcore_shopware.door import ShopWareDoor
from leadcore_shopware.onboarding import ShopWareOnboarding
from leadcore_shopware.records import ShopWareRecords
from leadcore_shopware.settings import ShopWareSettings
from leadcore_shopware.writes import ShopWareWrites


class ShopWareConnection(ShopWareRecords, ShopWareWrites, ShopWareCalendar, ShopWareDoor, ShopWareOnboarding):
    """Reads and writes everything of `leadcore.ports.crm` that its CRM has; `InboundDoor`, `Connectable`."""

    def __init__(self, settings: ShopWareSettings) -> None:
        """Raises `InvalidInputError` when `base_url` is not an address we may call."""
        headers = {"x-api-partner-id": settings.partner_id, "x-api-secret": settings.api_secret}
        http = VendorHttp(settings.base_url, headers=headers)
        api = ShopWareApi(http, tenant_id=settings.tenant_id)
        ShopWareRecords.__init__(self, api, settings)
        ShopWareWrites.__init__(self, api)
        ShopWareCalendar.__init__(self, api, settings)
        ShopWareDoor.__init__(self, settings)
        ShopWareOnboarding.__init__(self, api, settings)
        self._http = http

    async def aclose(self) -> None:
        """Give back sockets. Idempotent."""
        await self._http.aclose()
