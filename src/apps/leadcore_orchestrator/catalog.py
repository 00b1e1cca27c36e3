"""The catalog under /api/v1: what is sold, and reading it from the CRM now."""

import msgspec
from litestar import Controller, get, post
from litestar.params import FromQuery, JSONBody

from leadcore.catalog.model import Service
from leadcore.catalog.policies.differences import CatalogDiff
from leadcore.flows.catalog_sync import read_listing, take_listing
from leadcore_orchestrator.operators import Incoming, Wired
from leadcore_orchestrator.refusals import refusals
from leadcore_runtime.authentication import caller_of

_LIST = refusals(s422="a parameter has the wrong shape")
_SYNC = refusals(
    s404="no CRM is connected",
    s409="the CRM refuses us, or somebody else changed the catalog meanwhile",
    s422="the body has the wrong shape",
)


class CatalogPage(msgspec.Struct, frozen=True, kw_only=True):
    """Services by name. `prices` is quoted; `listed` is what the CRM says, `by_hand` what the shop set over it."""

    services: list[Service]


class SyncBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`accept` believes what is held, and allows the first import; `dry_run` changes nothing."""

    accept: bool = False
    dry_run: bool = False


class CatalogRoutes(Controller):
    """The shop's catalog; the key decides the tenant."""

    path = "/api/v1/catalog"
    tags = ["catalog"]  # noqa: RUF012 - Litestar reads a plain list

    @get("/", operation_id="listCatalog", responses=_LIST)
    async def services(
        self,
        request: Incoming,
        seams: Wired,
        inactive: FromQuery[bool] = False,  # noqa: FBT002 - a query flag
    ) -> CatalogPage:
        """List what is sold; `inactive=true` adds what no longer is."""
        caller = await caller_of(request, seams.store, scope="operate")
        async with seams.store.begin(caller.tenant_id) as uow:
            return CatalogPage(services=await uow.catalog.services(caller.tenant_id, include_inactive=inactive))

    @post("/sync", status_code=200, operation_id="syncCatalog", responses=_SYNC)
    async def sync(self, request: Incoming, seams: Wired, data: JSONBody[SyncBody]) -> CatalogDiff:
        """Read the price list from the CRM now. Without `accept` a first import is only shown: `applied` is false."""
        caller = await caller_of(request, seams.store, scope="operate")
        listing = await read_listing(seams, caller.tenant_id)
        return await take_listing(
            seams, caller.tenant_id, listing, dry_run=data.dry_run, accept=data.accept, may_begin=data.accept
        )
