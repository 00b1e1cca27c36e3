"""The tenants' resources in V1 and V2, and the partner's webhooks."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import urlsplit

from leadcore_simulators.shopware.accounts import PARTNER, account_of, check_partner
from leadcore_simulators.shopware.answers import by_cursor, paged, refused
from leadcore_simulators.shopware.records import Records, now_iso
from leadcore_simulators.shopware.shapes import REPAIR_ORDER, SHAPES, Shape
from leadcore_simulators.wire.http import Answer, Fields, Request, json_answer
from leadcore_simulators.wire.simulator import Route
from leadcore_simulators.wire.world import World

TenantHandler = Callable[[Records, Request], Answer]

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def resource_routes(world: World) -> tuple[Route, ...]:
    """Give the routes of every resource of a tenant."""
    start = _route(world, "start_repair_order", "POST", "/repair_orders/{id}/start", _start)
    return (start, *(route for shape in SHAPES for route in _routes(world, shape)))


def webhook_routes(world: World) -> tuple[Route, ...]:
    """Give the routes of the partner's webhooks."""

    def save(request: Request, ref: str) -> Fields:
        body = request.json_object()
        hook = {"id": int(ref), "url": _allowed(body.get("url")), "events": _events(body), "format": body.get("format")}
        with world.store.transaction():
            world.store.put("webhook", PARTNER, ref, hook)
            world.ledger.record(
                op="save_webhook", account=PARTNER, ref=ref, fields=body, same=body, faults=request.faults
            )
        return hook

    async def listed(request: Request) -> Answer:
        check_partner(request)
        return paged(world.store.find("webhook", PARTNER), request)

    async def create(request: Request) -> Answer:
        check_partner(request)
        return json_answer(save(request, str(world.store.count("webhook", PARTNER) + 1)), status=201)

    async def update(request: Request) -> Answer:
        check_partner(request)
        if world.store.get("webhook", PARTNER, request.params["id"]) is None:
            raise refused(404, "Couldn't find webhook")
        return json_answer(save(request, request.params["id"]))

    path = "/api/v1/webhooks"
    return (
        Route(op="list_webhooks", method="GET", path=path, handler=listed),
        Route(op="create_webhook", method="POST", path=path, handler=create),
        Route(op="update_webhook", method="PUT", path=path + "/{id}", handler=update),
    )


def _routes(world: World, shape: Shape) -> list[Route]:
    path, one = f"/{shape.path}", f"/{shape.path}/{{id}}"
    routes = [
        _route(world, f"list_{shape.path}", "GET", path, _lister(shape, paged)),
        _route(world, f"get_{shape.kind}", "GET", one, _reader(shape)),
    ]
    if shape.writable:
        routes.append(_route(world, f"create_{shape.kind}", "POST", path, _creator(shape)))
        routes.append(_route(world, f"update_{shape.kind}", "PUT", one, _updater(shape)))
    if shape.deletable:
        routes.append(_route(world, f"delete_{shape.kind}", "DELETE", one, _deleter(shape)))
    if shape.in_v2:
        routes.append(_route(world, f"list_{shape.path}", "GET", path, _lister(shape, by_cursor), version=2))
    return routes


def _lister(shape: Shape, cut: Callable[[list[Fields], Request], Answer]) -> TenantHandler:
    return lambda records, request: cut(_found(records, shape, request), request)


def _reader(shape: Shape) -> TenantHandler:
    return lambda records, request: json_answer(records.get(shape, request.params["id"]))


def _creator(shape: Shape) -> TenantHandler:
    return lambda records, request: json_answer(
        records.create(shape, request.json_object(), faults=request.faults), status=201
    )


def _updater(shape: Shape) -> TenantHandler:
    def update(records: Records, request: Request) -> Answer:
        changes = {name: value for name, value in request.json_object().items() if name in shape.writable}
        return json_answer(records.update(shape, request.params["id"], changes, faults=request.faults))

    return update


def _deleter(shape: Shape) -> TenantHandler:
    return lambda records, request: json_answer(records.delete(shape, request.params["id"], faults=request.faults))


def _route(world: World, op: str, method: str, path: str, handler: TenantHandler, *, version: int = 1) -> Route:
    def answered(request: Request) -> Answer:
        return handler(account_of(world, request), request)

    return Route(op=op, method=method, path=f"/api/v{version}/tenants/{{tenant}}{path}", handler=_awaitable(answered))


def _awaitable(handler: Callable[[Request], Answer]) -> Callable[[Request], Awaitable[Answer]]:
    async def handle(request: Request) -> Answer:
        return handler(request)

    return handle


def _found(records: Records, shape: Shape, request: Request) -> list[Fields]:
    """Filter a list. `updated_after` is exclusive; the fault `list_lag_s` hides what is younger."""
    lag = request.faults.first("list_lag_s")
    rows = records.all(shape, created_before=time.time() - lag.s if lag else None)
    if request.faults.first("ignore_filters"):
        return rows
    for name in shape.filters:
        if wanted := request.asked(name):
            rows = [row for row in rows if str(row.get(name)) == wanted]
    for name, field, is_later in _DATED:
        asked = request.asked(name)
        if asked:
            at = _instant(asked, name)
            rows = [row for row in rows if row.get(field) and (_instant(row[field], field) > at) == is_later]
    return rows


_DATED = (("updated_after", "updated_at", True), ("start_after", "start_at", True), ("end_before", "end_at", False))


def _instant(value: str, name: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise refused(400, f"{name} is invalid") from None


def _start(records: Records, request: Request) -> Answer:
    changes: Fields = {"state": "in_progress", "started_at": now_iso()}
    return json_answer(records.update(REPAIR_ORDER, request.params["id"], changes, faults=request.faults))


def _allowed(url: object) -> str:
    """Accept https as the vendor does, and plain http to this machine, which only a simulator would."""
    parts = urlsplit(str(url))
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return str(url)
    raise refused(422, "url must be https")


def _events(body: Fields) -> list[str]:
    events = body.get("events")
    actions = {f"{shape.kind}.{action}" for shape in SHAPES for action in ("created", "updated", "deleted")}
    if not isinstance(events, list) or not events or not (actions | {"customer.merged"}).issuperset(events):
        raise refused(422, "events must be a list of object.action")
    return events
