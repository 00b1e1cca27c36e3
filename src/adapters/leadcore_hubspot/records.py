"""Reading deals, contacts and products. Single records come by id; only the poll asks the search, which lags."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from leadcore.ports.crm import CrmAnswerError, CrmCustomer, CrmOrder, CrmService, CrmVehicle
from leadcore_httpkit.fields import Fields, instant, rows, text
from leadcore_httpkit.recent import Recent
from leadcore_httpkit.together import together
from leadcore_hubspot.api import HubSpotApi
from leadcore_hubspot.settings import HubSpotSettings
from leadcore_hubspot.translate import (
    Stage,
    associated,
    crm_customer,
    crm_order,
    crm_service,
    crm_vehicle,
    properties,
    stages_of,
    vehicle_names,
)

_STAGES_S = 600.0  # shops rename their stages
_MOST_SEARCHES = 5
_RECENT_S, _UNFINISHED_S = 600.0, 60.0  # line items may still follow a deal that has none
_CONTACT = ("email", "hs_additional_emails", "firstname", "lastname", "phone", "mobilephone", "state", "zip")
_DEAL = ("dealname", "pipeline", "dealstage", "createdate", "hs_lastmodifieddate", "hs_analytics_source")


class HubSpotRecords:
    """`WorkOrders`, `CustomerBook` and `CatalogSource`."""

    def __init__(self, api: HubSpotApi, settings: HubSpotSettings) -> None:
        self._api = api
        self._settings = settings
        self._stages: dict[str, Stage] = {}
        self._stages_until_s = 0.0
        self._stages_turn = asyncio.Lock()
        self._recent: Recent[CrmOrder] = Recent()

    async def order(self, external_id: str) -> CrmOrder | None:
        """Return the deal as it is now, None when it is gone."""
        record = await self._deal(external_id)
        if record is None:
            return None
        order = await self._order(record)
        if order is None:
            raise CrmAnswerError("hubspot answered a deal without id or date")
        return order

    async def orders_changed_since(self, since: datetime) -> tuple[CrmOrder, ...]:
        """Return the deals changed since *since*, oldest change first; see the port for what may be missing.

        The search only says which; each deal is then read by its id, because the index is seconds behind and has no
        associations. A search that is cut off goes on from the newest change it showed.
        """
        hits: dict[str, str] = {}
        from_ms = int(since.astimezone(UTC).timestamp() * 1000)
        for _ in range(_MOST_SEARCHES):
            found, is_cut = await self._api.searched("deals", _changed_from(from_ms))
            hits |= {text(row, "id"): _modified(row) for row in found}
            newest = instant(_modified(found[-1])) if found else None
            if not is_cut or newest is None:
                break
            # more than 10 000 deals of one millisecond cannot be told apart: those are left behind
            from_ms = max(int(newest.timestamp() * 1000), from_ms + 1)
        orders = await together(self._hit(ref, modified) for ref, modified in hits.items())
        recent = (order for order in orders if order is not None and order.updated_at >= since)
        return tuple(sorted(recent, key=lambda order: order.updated_at))

    async def orders_by_id(self, external_ids: Sequence[str]) -> dict[str, CrmOrder | None]:
        """Return each of these deals as it is now, without its line items; None for one that is gone."""
        orders = await together(self._bare_order(external_id) for external_id in external_ids)
        return dict(zip(external_ids, orders, strict=True))

    async def orders_of_customer(self, customer_id: str, *, since: datetime) -> tuple[CrmOrder, ...]:
        """Return the contact's deals that changed since *since*: its associations are never behind."""
        contact = await self._api.record("contacts", customer_id, {"properties": "email", "associations": "deals"})
        orders = await together(self.order(ref) for ref in associated(contact or {}, "deals"))
        return tuple(order for order in orders if order is not None and order.updated_at >= since)

    async def customer(self, external_id: str) -> CrmCustomer | None:
        """Return the contact as it is now, None when gone."""
        opt_in = self._settings.opt_in_property
        query: dict[str, str | int] = {"properties": ",".join((*_CONTACT, *filter(None, [opt_in])))}
        if opt_in:
            query["propertiesWithHistory"] = opt_in
        record = await self._api.record("contacts", external_id, query)
        return None if record is None else crm_customer(record, self._settings)

    async def vehicle(self, external_id: str) -> CrmVehicle | None:
        """Return the vehicle a deal describes, None when it describes none. Its id is the deal's."""
        record = await self._deal(external_id)
        return None if record is None else crm_vehicle(record, self._settings)

    async def services(self) -> tuple[CrmService, ...]:
        """Return all products that have a price."""
        names = ("name", "price", "description", self._settings.hours_property)
        records = await self._api.listed("crm/v3/objects/products", {"properties": ",".join(filter(None, names))})
        found = {text(record, "id"): crm_service(record, self._settings) for record in records}
        services = (one for one in found.values() if one is not None)
        return tuple(sorted(services, key=lambda one: (one.name, one.external_id)))

    async def _deal(self, external_id: str) -> Fields | None:
        names = (*_DEAL, self._settings.note_property, *vehicle_names(self._settings))
        query: dict[str, str | int] = {
            "properties": ",".join(filter(None, names)),
            "associations": "contacts,line_items",
        }
        return await self._api.record("deals", external_id, query)

    async def _hit(self, ref: str, modified: str) -> CrmOrder | None:
        """Read a deal that the search shows, unless that was done a moment ago and it has not changed since."""
        known = self._recent.get(ref, modified)
        if known is not None:
            return known
        order = await self.order(ref)
        if order is not None:
            self._recent.put(ref, modified, order, lives_s=_RECENT_S if order.service_text else _UNFINISHED_S)
        return order

    async def _bare_order(self, external_id: str) -> CrmOrder | None:
        record = await self._deal(external_id)
        if record is None:
            return None
        stages = await self._stages_with(text(properties(record), "dealstage"))
        order = crm_order(record, stages=stages, services=[], settings=self._settings)
        if order is None:
            raise CrmAnswerError("hubspot answered a deal without id or date")
        return order

    async def _order(self, record: Fields) -> CrmOrder | None:
        services, stages = await asyncio.gather(
            self._service_names(associated(record, "line_items")),
            self._stages_with(text(properties(record), "dealstage")),
        )
        return crm_order(record, stages=stages, services=services, settings=self._settings)

    async def _service_names(self, line_items: list[str]) -> list[str]:
        if not line_items:
            return []
        wanted = {"properties": ["name"], "inputs": [{"id": ref} for ref in line_items[:100]]}
        body = await self._api.asked("crm/v3/objects/line_items/batch/read", wanted)
        names = {text(row, "id"): text(properties(row), "name") for row in rows(body.get("results"))}
        return [names[ref] for ref in line_items if names.get(ref)]

    async def _stages_with(self, wanted: str) -> dict[str, Stage]:
        """Return the pipelines' stages, at most ten minutes old, and read again for one that is not among them."""
        async with self._stages_turn:
            now_s = asyncio.get_running_loop().time()
            if now_s >= self._stages_until_s or (wanted and wanted not in self._stages):
                self._stages = stages_of(await self._api.listed("crm/v3/pipelines/deals"))
                self._stages_until_s = now_s + _STAGES_S
            return self._stages


def _changed_from(epoch_ms: int) -> Fields:
    changed = {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": str(epoch_ms)}
    return {
        "filterGroups": [{"filters": [changed]}],
        "sorts": [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}],
        "properties": ["hs_lastmodifieddate"],
    }


def _modified(row: Fields) -> str:
    return text(properties(row), "hs_lastmodifieddate")
