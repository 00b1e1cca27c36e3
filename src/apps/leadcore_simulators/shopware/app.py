"""The Shop-Ware simulator as an ASGI app."""

from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from leadcore_simulators.shopware import answers
from leadcore_simulators.shopware.accounts import TENANT, add_canned_job, open_account
from leadcore_simulators.shopware.hooks import manners
from leadcore_simulators.shopware.leads import WebsiteLead, submit
from leadcore_simulators.shopware.records import Records, now_iso
from leadcore_simulators.shopware.resources import resource_routes, webhook_routes
from leadcore_simulators.shopware.shapes import CANNED_JOB, REPAIR_ORDER
from leadcore_simulators.wire.http import Answer, Fields, RefusalError, Request, json_answer
from leadcore_simulators.wire.simulator import Route, Simulator, Vendor
from leadcore_simulators.wire.world import World, open_world


class NewAccount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/accounts` takes; catalog entries are canned jobs."""

    tenant_id: int
    shop_name: str
    timezone: str = "America/Chicago"
    catalog: list[Fields] | None = None


class NewPrice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/price` takes: somebody at the shop changes a price by hand."""

    id: str
    cents: int
    tenant_id: int = TENANT


class NewState(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/state` takes: somebody at the shop moves a repair order, or closes it."""

    id: str
    state: Literal["estimate", "in_progress", "invoice"]
    closed: bool = False
    tenant_id: int = TENANT


def create_app(store_dir: Path, seed: int = 1) -> Simulator:
    """Open (or create) `shopware.sqlite` in a folder and serve it; the default tenant is always there."""
    world = open_world(store_dir / "shopware.sqlite", seed=seed, manners=lambda store, _: manners(store))

    def furnish() -> None:
        if world.store.get("account", "", str(TENANT)) is None:
            open_account(world, TENANT, shop_name="Austin")

    furnish()
    vendor = Vendor(
        routes=(*webhook_routes(world), *resource_routes(world)),
        controls=(*_controls(world), *_price_list(world)),
        refusal=answers.by_fault,
        not_found=answers.not_found,
        bad_json=answers.bad_json,
        on_reset=furnish,
    )
    return Simulator(world, vendor)


def _controls(world: World) -> tuple[Route, ...]:
    async def accounts(_: Request) -> Answer:
        return json_answer({"accounts": world.store.find("account", "")})

    async def add_account(request: Request) -> Answer:
        new = msgspec.json.decode(request.body, type=NewAccount)
        account = open_account(
            world, new.tenant_id, shop_name=new.shop_name, timezone=new.timezone, catalog=new.catalog
        )
        return json_answer(account, status=201)

    async def leads(request: Request) -> Answer:
        lead = msgspec.json.decode(request.body or b"{}", type=WebsiteLead)
        return json_answer(submit(world, _account(world, str(lead.tenant_id)), lead), status=201)

    async def set_state(request: Request) -> Answer:
        new = msgspec.json.decode(request.body, type=NewState)
        changes: Fields = {"state": new.state, "closed_at": now_iso() if new.closed else None}
        return json_answer(_account(world, str(new.tenant_id)).update(REPAIR_ORDER, new.id, changes))

    return (
        Route(op="set_state", method="POST", path="/_sim/state", handler=set_state),
        Route(op="accounts", method="GET", path="/_sim/accounts", handler=accounts),
        Route(op="add_account", method="POST", path="/_sim/accounts", handler=add_account),
        Route(op="leads", method="POST", path="/_sim/leads", handler=leads),
    )


def _price_list(world: World) -> tuple[Route, ...]:
    async def catalog(request: Request) -> Answer:
        records = _account(world, request.asked("tenant_id", str(TENANT)))
        return json_answer({"services": records.all(CANNED_JOB)})

    async def add_job(request: Request) -> Answer:
        entry = request.json_object()
        records = _account(world, str(entry.pop("tenant_id", TENANT)))
        return json_answer(add_canned_job(records, entry), status=201)

    async def set_price(request: Request) -> Answer:
        new = msgspec.json.decode(request.body, type=NewPrice)
        changes: Fields = {"is_fixed_price_service": True, "fixed_price_cents": new.cents}
        return json_answer(_account(world, str(new.tenant_id)).update(CANNED_JOB, new.id, changes))

    return (
        Route(op="catalog", method="GET", path="/_sim/catalog", handler=catalog),
        Route(op="add_job", method="POST", path="/_sim/canned_jobs", handler=add_job),
        Route(op="set_price", method="POST", path="/_sim/price", handler=set_price),
    )


def _account(world: World, tenant: str) -> Records:
    account = world.store.get("account", "", tenant)
    if account is None:
        raise RefusalError(json_answer({"error": f"no tenant {tenant}"}, status=404))
    return Records(world, account)
