"""The Shopmonkey simulator as an ASGI app."""

from pathlib import Path

import msgspec
from msgspec import Struct

from leadcore_simulators.shopmonkey import answers
from leadcore_simulators.shopmonkey.accounts import DEFAULT_KEY, open_account
from leadcore_simulators.shopmonkey.customers import customer_routes
from leadcore_simulators.shopmonkey.hooks import manners
from leadcore_simulators.shopmonkey.leads import WebsiteLead, submit
from leadcore_simulators.shopmonkey.records import Records
from leadcore_simulators.shopmonkey.registrations import registration_routes
from leadcore_simulators.shopmonkey.resources import resource_routes
from leadcore_simulators.shopmonkey.shapes import CANNED_SERVICE
from leadcore_simulators.wire.http import Answer, Fields, RefusalError, Request, json_answer
from leadcore_simulators.wire.simulator import Route, Simulator, Vendor
from leadcore_simulators.wire.world import World, open_world


class NewAccount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/accounts` takes; catalog entries are bodies of `POST /v3/canned_service`."""

    api_key: str
    location_name: str
    timezone: str
    catalog: list[Fields] | None = None


class NewPrice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/price` takes: somebody at the shop changes a price by hand."""

    id: str
    cents: int
    api_key: str = DEFAULT_KEY


def create_app(store_dir: Path, seed: int = 1) -> Simulator:
    """Open (or create) `shopmonkey.sqlite` in a folder and serve it; the default account is always there."""
    world = open_world(store_dir / "shopmonkey.sqlite", seed=seed, manners=lambda store, _: manners(store))

    def furnish() -> None:
        if world.store.get("account", "", DEFAULT_KEY) is None:
            open_account(world, DEFAULT_KEY, location_name="Austin", timezone="America/Chicago")

    furnish()
    vendor = Vendor(
        # fixed paths before `/{id}`, so that "search" is not taken for an id
        routes=(*customer_routes(world), *registration_routes(world), *resource_routes(world)),
        controls=_controls(world),
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
            world, new.api_key, location_name=new.location_name, timezone=new.timezone, catalog=new.catalog
        )
        return json_answer(account, status=201)

    async def leads(request: Request) -> Answer:
        lead = msgspec.json.decode(request.body or b"{}", type=WebsiteLead)
        return json_answer(submit(world, _account(world, lead.api_key), lead), status=201)

    async def catalog(request: Request) -> Answer:
        records = _account(world, request.asked("api_key", DEFAULT_KEY))
        return json_answer({"services": [answers.shown(one) for one in records.all("canned_service")]})

    async def set_price(request: Request) -> Answer:
        new = msgspec.json.decode(request.body, type=NewPrice)
        changes: Fields = {"pricing": "FixedPrice", "fixedPriceCents": new.cents}
        updated = _account(world, new.api_key).update(CANNED_SERVICE, new.id, changes, body=changes)
        return json_answer(answers.shown(updated))

    return (
        Route(op="catalog", method="GET", path="/_sim/catalog", handler=catalog),
        Route(op="set_price", method="POST", path="/_sim/price", handler=set_price),
        Route(op="accounts", method="GET", path="/_sim/accounts", handler=accounts),
        Route(op="add_account", method="POST", path="/_sim/accounts", handler=add_account),
        Route(op="leads", method="POST", path="/_sim/leads", handler=leads),
    )


def _account(world: World, api_key: str) -> Records:
    account = world.store.get("account", "", api_key)
    if account is None:
        raise RefusalError(json_answer({"error": f"no account with the key {api_key!r}"}, status=404))
    return Records(world, account)
