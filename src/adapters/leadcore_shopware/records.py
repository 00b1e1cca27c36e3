"""Reading repair orders, customers and canned jobs; new ones are found by `updated_after`."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from leadcore.ports.crm import CrmAnswerError, CrmAppointment, CrmCustomer, CrmOrder, CrmService, CrmVehicle
from leadcore_httpkit.fields import Fields, instant, text
from leadcore_httpkit.recent import Recent
from leadcore_httpkit.together import together
from leadcore_shopware.api import ShopWareApi
from leadcore_shopware.settings import ShopWareSettings
from leadcore_shopware.translate import crm_appointment, crm_customer, crm_order, crm_service, crm_vehicle

_STATUSES_S = 600.0  # shops rename their statuses
_RECENT_S = 60.0  # an appointment does not change the date of its repair order
# The vendor's dates have whole seconds and the filter says "after": the same second may still bring more.
_OVERLAP = timedelta(seconds=1)


class ShopWareRecords:
    """`WorkOrders`, `CustomerBook`, `AppointmentBook` and `CatalogSource`."""

    def __init__(self, api: ShopWareApi, settings: ShopWareSettings) -> None:
        self._api = api
        self._settings = settings
        self._statuses: dict[str, str] = {}
        self._statuses_until_s = 0.0
        self._statuses_turn = asyncio.Lock()
        self._recent: Recent[CrmOrder] = Recent()

    async def order(self, external_id: str) -> CrmOrder | None:
        """Return the repair order as it is now, None when it is gone."""
        record = await self._api.one("repair_orders", external_id)
        if record is None:
            return None
        order = await self._order(record)
        if order is None:
            raise CrmAnswerError("shop-ware answered a repair order without id or date")
        return order

    async def orders_changed_since(self, since: datetime) -> tuple[CrmOrder, ...]:
        """Return the repair orders changed since *since* (to the second), oldest change first."""
        floor = since.astimezone(UTC).replace(microsecond=0)
        query: dict[str, str | int] = {"updated_after": (floor - _OVERLAP).isoformat().replace("+00:00", "Z")}
        if self._settings.shop_id:
            query["shop_id"] = self._settings.shop_id
        return await self._listed(await self._api.changed("repair_orders", query), since=floor)

    async def orders_by_id(self, external_ids: Sequence[str]) -> dict[str, CrmOrder | None]:
        """Return each of these repair orders as it is now, None for one that is gone."""
        orders = await together(self.order(external_id) for external_id in external_ids)
        return dict(zip(external_ids, orders, strict=True))

    async def orders_of_customer(self, customer_id: str, *, since: datetime) -> tuple[CrmOrder, ...]:
        """Return the customer's repair orders that changed since *since* (to the second)."""
        if not (customer_id.isascii() and customer_id.isdigit()):
            return ()  # such an id was never Shop-Ware's
        records = await self._api.changed("repair_orders", {"customer_id": customer_id})
        mine = [record for record in records if text(record, "customer_id") == customer_id]
        return await self._listed(mine, since=since.astimezone(UTC).replace(microsecond=0))

    async def customer(self, external_id: str) -> CrmCustomer | None:
        """Return the customer as they are now, None when gone."""
        record = await self._api.one("customers", external_id)
        return None if record is None else crm_customer(record, opt_in_field=self._settings.opt_in_field)

    async def vehicle(self, external_id: str) -> CrmVehicle | None:
        """Return the vehicle as it is now, None when gone."""
        record = await self._api.one("vehicles", external_id)
        return None if record is None else crm_vehicle(record)

    async def appointment(self, external_id: str) -> CrmAppointment | None:
        """Return the appointment as it is now, None when gone."""
        record = await self._api.one("appointments", external_id)
        return None if record is None else crm_appointment(record)

    async def services(self) -> tuple[CrmService, ...]:
        """Return all canned jobs that have a price."""
        records = await self._api.listed("canned_jobs")
        services = (crm_service(record) for record in records if self._is_here(record))
        return tuple(sorted((one for one in services if one is not None), key=lambda one: (one.name, one.external_id)))

    async def _listed(self, records: Sequence[Fields], *, since: datetime) -> tuple[CrmOrder, ...]:
        """Make orders of the records that fit, whatever the vendor did with the filters."""
        recent = [
            record
            for record in {text(record, "id"): record for record in records}.values()
            if self._is_here(record) and (at := instant(record.get("updated_at"))) is not None and at >= since
        ]
        orders = await together(self._hit(record) for record in recent)
        return tuple(sorted((order for order in orders if order is not None), key=lambda order: order.updated_at))

    async def _hit(self, record: Fields) -> CrmOrder | None:
        """Make an order of a listed record, with the appointments of a moment ago if it has not changed since."""
        ref, changed = text(record, "id"), text(record, "updated_at")
        known = self._recent.get(ref, changed)
        if known is not None:
            return known
        order = await self._order(record)
        if order is not None:
            self._recent.put(ref, changed, order, lives_s=_RECENT_S)
        return order

    async def _order(self, record: Fields) -> CrmOrder | None:
        statuses, appointments = await asyncio.gather(
            self._statuses_with(text(record, "status_id")),
            self._api.changed("appointments", {"repair_order_id": text(record, "id")}),
        )
        # a filter that is ignored is no appointment
        its_own = [row for row in appointments if text(row, "repair_order_id") == text(record, "id")]
        return crm_order(record, statuses=statuses, appointments=its_own)

    async def _statuses_with(self, wanted: str) -> dict[str, str]:
        """Return the names of the statuses, at most ten minutes old, and read again for one that is not among them."""
        async with self._statuses_turn:
            now_s = asyncio.get_running_loop().time()
            if now_s >= self._statuses_until_s or (wanted and wanted not in self._statuses):
                listed = await self._api.listed("statuses")
                self._statuses = {text(row, "id"): text(row, "text") for row in listed}
                self._statuses_until_s = now_s + _STATUSES_S
            return self._statuses

    def _is_here(self, record: Fields) -> bool:
        shop = text(record, "shop_id")
        return not self._settings.shop_id or not shop or shop == self._settings.shop_id
