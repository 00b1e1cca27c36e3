"""Reading orders, customers and the catalog out of lists that lie (providers.md 1.4).

The same list asked twice gives different subsets, filters may be ignored and counts are wrong. So a single record is
always read by its id, `orders_changed_since` sweeps until nothing new appears and still promises a subset only, and
the catalog is swept until it settles.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from leadcore.ports.crm import (
    CrmAnswerError,
    CrmAppointment,
    CrmCustomer,
    CrmIncompleteError,
    CrmMessage,
    CrmOrder,
    CrmService,
    CrmVehicle,
)
from leadcore_httpkit.fields import Fields, instant, text
from leadcore_httpkit.recent import Recent
from leadcore_httpkit.together import together
from leadcore_shopmonkey.api import ShopmonkeyApi
from leadcore_shopmonkey.settings import ShopmonkeySettings
from leadcore_shopmonkey.translate import (
    crm_appointment,
    crm_customer,
    crm_message,
    crm_order,
    crm_service,
    crm_vehicle,
)

# At the worst loss that was seen (41 %) a row escapes ten sweeps once in ten thousand.
_QUIET_SWEEPS = 5
_MAX_SWEEPS = 25
_ORDER_SWEEPS = 15
# If filters are ignored every sweep reads every order there is: then fewer sweeps have to do, until the next poll.
_MOST_ROWS = 6000
_SERVICES_S = 600.0  # what an unchanged order asks for hardly changes; an order that asks for nothing yet may soon
_COLUMNS_S = 600.0  # shops rename their columns


class ShopmonkeyRecords:
    """`WorkOrders`, `CustomerBook`, `AppointmentBook`, `MessageBook` and `CatalogSource`."""

    def __init__(self, api: ShopmonkeyApi, settings: ShopmonkeySettings) -> None:
        self._api = api
        self._location_id = settings.location_id
        self._columns: dict[str, str] = {}
        self._columns_until_s = 0.0
        self._columns_turn = asyncio.Lock()
        self._services: Recent[list[Fields]] = Recent()

    async def order(self, external_id: str) -> CrmOrder | None:
        """Return the order as it is now, None when it is gone."""
        record = await self._api.one("order", external_id)
        if record is None:
            return None
        order = await self._order(record)
        if order is None:
            raise CrmAnswerError("shopmonkey answered an order without id or date")
        return order

    async def orders_changed_since(self, since: datetime) -> tuple[CrmOrder, ...]:
        """Return the orders changed since *since*, oldest change first; see the port for what may be missing.

        At a loss of 40 % a new order escapes the at least six sweeps once in 240, and three polls once in ten million.
        """
        where = {
            "updatedDate": {"gte": since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        }
        newest: dict[str, Fields] = {}
        quiet = read = 0
        for _ in range(_ORDER_SWEEPS):
            before = len(newest)
            swept = await self._api.sweep("order", where=where, location_id=self._location_id)
            for record in swept:
                ref = text(record, "id")
                if ref not in newest or _changed_at(newest[ref]) <= _changed_at(record):
                    newest[ref] = record
            read += len(swept)
            quiet = quiet + 1 if len(newest) == before else 0
            if quiet == _QUIET_SWEEPS or read >= _MOST_ROWS:
                break
        return await self._listed(newest.values(), since=since)

    async def orders_by_id(self, external_ids: Sequence[str]) -> dict[str, CrmOrder | None]:
        """Return each of these orders as it is now, without its services; None for one that is gone."""
        orders = await together(self._bare_order(external_id) for external_id in external_ids)
        return dict(zip(external_ids, orders, strict=True))

    async def orders_of_customer(self, customer_id: str, *, since: datetime) -> tuple[CrmOrder, ...]:
        """Return a subset of the customer's orders that changed since *since*."""
        records = await self._api.listed("customer", customer_id, "order")
        mine = (record for record in records if text(record, "customerId") == customer_id)
        return await self._listed(mine, since=since)

    async def customer(self, external_id: str) -> CrmCustomer | None:
        """Return the customer as they are now, None when gone."""
        record = await self._api.one("customer", external_id)
        return None if record is None else crm_customer(record)

    async def vehicle(self, external_id: str) -> CrmVehicle | None:
        """Return the vehicle as it is now, None when gone."""
        record = await self._api.one("vehicle", external_id)
        return None if record is None else crm_vehicle(record)

    async def appointment(self, external_id: str) -> CrmAppointment | None:
        """Return the appointment as it is now, None when gone."""
        record = await self._api.one("appointment", external_id)
        return None if record is None else crm_appointment(record)

    async def message(self, external_id: str) -> CrmMessage | None:
        """Return the message, None when gone or when it is a note among the shop's own people."""
        record = await self._api.one("message", external_id)
        return None if record is None else crm_message(record)

    async def services(self) -> tuple[CrmService, ...]:
        """Return everything on sale: swept until five sweeps in a row show nothing new."""
        records, settled = await self._settled("canned_service")
        read = (crm_service(record) for record in records.values() if self._is_here(record))
        services = tuple(sorted((one for one in read if one is not None), key=lambda one: (one.name, one.external_id)))
        if not settled:
            raise CrmIncompleteError(
                "shopmonkey's list does not settle", seen=services, fix="try again in a few minutes"
            )
        return services

    async def _settled(self, path: str) -> tuple[dict[str, Fields], bool]:
        """Return what all sweeps showed, and whether the last ones agreed that this is all."""
        found: dict[str, Fields] = {}
        quiet = 0
        for _ in range(_MAX_SWEEPS):
            before = len(found)
            found.update({text(record, "id"): record for record in await self._api.sweep(path)})
            quiet = quiet + 1 if len(found) == before else 0
            if quiet == _QUIET_SWEEPS or (not found and quiet > 1):
                return found, True
        return found, False

    async def _listed(self, records: Iterable[Fields], *, since: datetime) -> tuple[CrmOrder, ...]:
        """Make orders of the records that fit, whatever the vendor did with the filters."""
        wanted = [record for record in records if _changed_at(record) >= since and self._is_here(record)]
        orders = await together(self._order(record, recent=True) for record in wanted)
        return tuple(sorted((order for order in orders if order is not None), key=lambda order: order.updated_at))

    async def _bare_order(self, external_id: str) -> CrmOrder | None:
        record = await self._api.one("order", external_id)
        if record is None:
            return None
        columns = await self._column_names(text(record, "workflowStatusId"))
        order = crm_order(record, columns=columns, services=[])
        if order is None:
            raise CrmAnswerError("shopmonkey answered an order without id or date")
        return order

    async def _order(self, record: Fields, *, recent: bool = False) -> CrmOrder | None:
        services, columns = await asyncio.gather(
            self._services_of(text(record, "id"), text(record, "updatedDate"), recent=recent),
            self._column_names(text(record, "workflowStatusId")),
        )
        return crm_order(record, columns=columns, services=services)

    async def _services_of(self, order_id: str, changed: str, *, recent: bool) -> list[Fields]:
        known = self._services.get(order_id, changed) if recent else None
        if known is not None:
            return known
        services = await self._api.listed("order", order_id, "service")
        if services:
            self._services.put(order_id, changed, services, lives_s=_SERVICES_S)
        return services

    async def _column_names(self, wanted: str) -> dict[str, str]:
        """Return the names of the workflow's columns, at most ten minutes old and as far as they can be found."""
        async with self._columns_turn:
            now_s = asyncio.get_running_loop().time()
            if now_s >= self._columns_until_s:
                self._columns, self._columns_until_s = {}, now_s + _COLUMNS_S
            for _ in range(_QUIET_SWEEPS):
                if not wanted or wanted in self._columns:
                    break
                swept = await self._api.sweep("workflow_status")
                self._columns = {**self._columns, **{text(row, "id"): text(row, "name") for row in swept}}
            return self._columns

    def _is_here(self, record: Fields) -> bool:
        location = text(record, "locationId")
        return not self._location_id or not location or location == self._location_id


def _changed_at(record: Fields) -> datetime:
    """Return when the record changed; one that does not say did so before all others."""
    return instant(record.get("updatedDate")) or datetime.min.replace(tzinfo=UTC)
