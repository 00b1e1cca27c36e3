"""The HubSpot simulator as an ASGI app."""

from pathlib import Path

import msgspec
from msgspec import Struct

from leadcore_simulators.hubspot import answers
from leadcore_simulators.hubspot.accounts import DEFAULT_SECRET, DEFAULT_TOKEN, open_account
from leadcore_simulators.hubspot.apps import add_subscription, app_routes, point
from leadcore_simulators.hubspot.hooks import manners
from leadcore_simulators.hubspot.leads import WebsiteLead, submit
from leadcore_simulators.hubspot.objects import Objects
from leadcore_simulators.hubspot.resources import object_routes
from leadcore_simulators.wire.http import Answer, Fields, RefusalError, Request, json_answer
from leadcore_simulators.wire.simulator import Route, Simulator, Vendor
from leadcore_simulators.wire.world import World, open_world


class NewAccount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/accounts` takes; catalog entries are properties of products."""

    access_token: str
    portal_name: str
    client_secret: str = DEFAULT_SECRET
    catalog: list[Fields] | None = None


class NewPrice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/price` takes: somebody at the shop changes a price by hand."""

    id: str
    cents: int
    access_token: str = DEFAULT_TOKEN


class NewWebhooks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/webhooks` takes: somebody fills in the app's Webhooks page."""

    target_url: str
    events: tuple[str, ...] = ("contact.creation", "deal.creation", "deal.deletion")
    access_token: str = DEFAULT_TOKEN


def create_app(store_dir: Path, seed: int = 1) -> Simulator:
    """Open (or create) `hubspot.sqlite` in a folder and serve it; the default account is always there."""
    world = open_world(store_dir / "hubspot.sqlite", seed=seed, manners=lambda store, _: manners(store))

    def furnish() -> None:
        if world.store.get("account", "", DEFAULT_TOKEN) is None:
            open_account(world, DEFAULT_TOKEN, name="Austin")

    furnish()
    vendor = Vendor(
        routes=(*app_routes(world), *object_routes(world)),
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
            world, new.access_token, name=new.portal_name, client_secret=new.client_secret, catalog=new.catalog
        )
        return json_answer(account, status=201)

    async def leads(request: Request) -> Answer:
        lead = msgspec.json.decode(request.body or b"{}", type=WebsiteLead)
        return json_answer(submit(world, _account(world, lead.access_token), lead), status=201)

    async def catalog(request: Request) -> Answer:
        objects = _account(world, request.asked("access_token", DEFAULT_TOKEN))
        return json_answer({"services": [{"id": one["id"], **one["properties"]} for one in objects.all("product")]})

    async def set_price(request: Request) -> Answer:
        new = msgspec.json.decode(request.body, type=NewPrice)
        objects = _account(world, new.access_token)
        body = {"properties": {"price": f"{new.cents / 100:.2f}"}}
        updated = objects.update("product", objects.get("product", new.id), body)
        return json_answer({"id": updated["id"], **updated["properties"]})

    async def set_webhooks(request: Request) -> Answer:
        new = msgspec.json.decode(request.body, type=NewWebhooks)
        account = _account(world, new.access_token).account
        point(world, account, new.target_url)
        made = [add_subscription(world, account, *_event_and_name(each)) for each in new.events]
        return json_answer({"subscriptions": made}, status=201)

    return (
        Route(op="catalog", method="GET", path="/_sim/catalog", handler=catalog),
        Route(op="set_price", method="POST", path="/_sim/price", handler=set_price),
        Route(op="accounts", method="GET", path="/_sim/accounts", handler=accounts),
        Route(op="add_account", method="POST", path="/_sim/accounts", handler=add_account),
        Route(op="set_webhooks", method="POST", path="/_sim/webhooks", handler=set_webhooks),
        Route(op="leads", method="POST", path="/_sim/leads", handler=leads),
    )


def _event_and_name(text: str) -> tuple[str, str | None]:
    """Read `deal.creation` or `deal.propertyChange:dealstage`."""
    event, _, name = text.partition(":")
    return event, name or None


def _account(world: World, access_token: str) -> Objects:
    account = world.store.get("account", "", access_token)
    if account is None:
        raise RefusalError(json_answer({"error": f"no account with the token {access_token!r}"}, status=404))
    return Objects(world, account)
