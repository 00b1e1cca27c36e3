"""Reading orders, customers and the catalog out of lists that lie (providers.md 1.4).

The same list asked twice gives different subsets, filters may be ignored and counts are wrong. So a single record is
always read by its id, `orders_changed_since` promises a subset only, and the catalog is swept until it settles.
"""

import asyncio
from datetime import UTC, datetime

from leadcore.ports.crm import CrmAnswerError, CrmCustomer, CrmIncompleteError, CrmOrder, CrmService, CrmVehicle
from leadcore_httpkit.fields import Fields, instant, text
from leadcore_shopmonkey.api import ShopmonkeyApi
from leadcore_shopmonkey.settings import ShopmonkeySettings
from leadcore_shopmonkey.translate import crm_customer, crm_order, crm_service, crm_vehicle

# At the worst loss that was seen (41 %) a row escapes ten sweeps once in ten thousand.
_QUIET_SWEEPS = 5
_MAX_SWEEPS = 25
_ORDER_SWEEPS = 2
_COLUMNS_S = 600.0  # shops rename their columns


class ShopmonkeyRecords:
    """`WorkOrders`, `CustomerBook` and `CatalogSource`."""

    def __init__(self, api: ShopmonkeyApi, settings: ShopmonkeySettings) -> None:
        self._api = api
        self._location_id = settings.location_id
        self._columns: dict[str, str] = {}
        self._columns_until_s = 0.0
        self._columns_turn = asyncio.Lock()

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
        """Return a subset of the orders changed since *since*, oldest change first."""
        where = {
            "updatedDate": {"gte": since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        }
        found: dict[str, Fields] = {}
        for _ in range(_ORDER_SWEEPS):
            for record in await self._api.sweep("order", where=where, location_id=self._location_id):
                changed_at = instant(record.get("updatedDate"))
                if changed_at is not None and changed_at >= since and self._is_here(record):
                    found[text(record, "id")] = record
        orders = await asyncio.gather(*(self._order(record) for record in found.values()))
        return tuple(sorted((order for order in orders if order is not None), key=lambda order: order.updated_at))

    async def customer(self, external_id: str) -> CrmCustomer | None:
        """Return the customer as they are now, None when gone."""
        record = await self._api.one("customer", external_id)
        return None if record is None else crm_customer(record)

    async def vehicle(self, external_id: str) -> CrmVehicle | None:
        """Return the vehicle as it is now, None when gone."""
        record = await self._api.one("vehicle", external_id)
        return None if record is None else crm_vehicle(record)

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

    async def _order(self, record: Fields) -> CrmOrder | None:
        services, columns = await asyncio.gather(
            self._api.listed("order", text(record, "id"), "service"),
            self._column_names(text(record, "workflowStatusId")),
        )
        return crm_order(record, columns=columns, services=services)

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
