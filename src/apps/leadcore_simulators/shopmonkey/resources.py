"""The plain resources: list, read, create, merge, delete."""

from collections.abc import Awaitable, Callable

from leadcore_simulators.shopmonkey.accounts import account_of
from leadcore_simulators.shopmonkey.answers import body_of, many, one, refused
from leadcore_simulators.shopmonkey.listing import listed, searched
from leadcore_simulators.shopmonkey.records import Records, known
from leadcore_simulators.shopmonkey.shapes import (
    APPOINTMENT,
    CANNED_SERVICE,
    CUSTOMER,
    MESSAGE,
    ORDER,
    READ_ONLY,
    SERVICE,
    VEHICLE,
    Shape,
)
from leadcore_simulators.wire.http import Answer, Fields, Request
from leadcore_simulators.wire.simulator import Route
from leadcore_simulators.wire.world import World

AccountHandler = Callable[[Records, Request], Answer]


def with_account(world: World, handler: AccountHandler) -> Callable[[Request], Awaitable[Answer]]:
    """Authenticate first, then handle within the key's own account."""

    async def handle(request: Request) -> Answer:
        return handler(account_of(world, request), request)

    return handle


def resource_routes(world: World) -> tuple[Route, ...]:
    """Give the routes of every resource that has no rules of its own."""
    routes = [_route(world, "list_orders", "GET /order", lambda records, request: listed(records, "order", request))]
    routes += _record_routes(world, ORDER, create=_create_order)
    routes += _record_routes(world, CUSTOMER, create=None)
    routes += _record_routes(world, VEHICLE, create=_create_vehicle)
    routes += _record_routes(world, CANNED_SERVICE, create=_creator(CANNED_SERVICE), deletable=True)
    routes += _record_routes(world, APPOINTMENT, create=_create_appointment, deletable=True)
    routes += _record_routes(world, MESSAGE, create=_creator(MESSAGE), updatable=False)
    for table in ("canned_service", "appointment", *READ_ONLY):
        routes.append(_route(world, f"list_{table}s", f"GET /{table}", _lister(table)))
    search = _route(world, "search_appointments", "POST /appointment/search", _search_appointments)
    services = (
        _route(world, "list_order_services", "GET /order/{id}/service", _order_services),
        _route(world, "create_order_service", "POST /order/{id}/service", _create_order_service),
    )
    key_check = _route(world, "check_key", "GET /auth/api_key/status", _key_status)
    return (key_check, search, *services, *routes)


def deleted(records: Records, shape: Shape, request: Request) -> Answer:
    """Delete a record; the vendor's parser refuses an empty body, even here."""
    if not request.body.strip():
        raise refused(400, "Body cannot be empty when content-type is set to 'application/json'")
    removed = records.delete(shape, request.params["id"], faults=request.faults)
    _date_order(records, removed if shape is APPOINTMENT else {})
    return one(removed)


def _record_routes(
    world: World, shape: Shape, *, create: AccountHandler | None, updatable: bool = True, deletable: bool = False
) -> list[Route]:
    table, path = shape.table, f"/{shape.table}/{{id}}"

    def read(records: Records, request: Request) -> Answer:
        return one(records.get(table, request.params["id"]))

    def update(records: Records, request: Request) -> Answer:
        body = body_of(request)
        changed = records.update(shape, request.params["id"], known(shape, body), body=body, faults=request.faults)
        _date_order(records, changed if shape is APPOINTMENT else {})
        return one(changed)

    def delete(records: Records, request: Request) -> Answer:
        return deleted(records, shape, request)

    routes = [_route(world, f"get_{table}", f"GET {path}", read)]
    if create is not None:
        routes.append(_route(world, f"create_{table}", f"POST /{table}", create))
    if updatable:
        routes.append(_route(world, f"update_{table}", f"PUT {path}", update))
    if deletable:
        routes.append(_route(world, f"delete_{table}", f"DELETE {path}", delete))
    return routes


def _route(world: World, op: str, call: str, handler: AccountHandler) -> Route:
    method, _, path = call.partition(" ")
    return Route(op=op, method=method, path=f"/v3{path}", handler=with_account(world, handler))


def _lister(table: str) -> AccountHandler:
    return lambda records, request: listed(records, table, request)


def _creator(shape: Shape) -> AccountHandler:
    return lambda records, request: one(records.create(shape, body_of(request), faults=request.faults))


def _create_order(records: Records, request: Request) -> Answer:
    forced: Fields = {"status": "Estimate"}  # whatever the body says
    return one(records.create(ORDER, body_of(request), extra=forced, faults=request.faults))


def _create_vehicle(records: Records, request: Request) -> Answer:
    body = body_of(request)
    if owner := body.get("customerId"):
        records.get("customer", owner)
    return one(records.create(VEHICLE, body, extra={"_owner": owner}, faults=request.faults))


def _create_appointment(records: Records, request: Request) -> Answer:
    body = body_of(request)
    if order := body.get("orderId"):
        records.get("order", order)
    made = records.create(APPOINTMENT, body, faults=request.faults)
    _date_order(records, made)
    return one(made)


def _date_order(records: Records, appointment: Fields) -> None:
    """Let the appointment's order show when its appointments are."""
    ref = appointment.get("orderId")
    if ref:
        dates = sorted(each["startDate"] for each in records.all("appointment") if each["orderId"] == ref)
        records.update(ORDER, ref, {"appointmentDates": dates}, body={"appointmentDates": dates})


def _search_appointments(records: Records, request: Request) -> Answer:
    return searched(records, "appointment", request)


def _order_services(records: Records, request: Request) -> Answer:
    services = records.all("service", owner=records.get("order", request.params["id"])["id"])
    return many(services, total=len(services), has_more=False)


def _create_order_service(records: Records, request: Request) -> Answer:
    order = records.get("order", request.params["id"])
    return one(records.create(SERVICE, body_of(request), extra={"orderId": order["id"]}, faults=request.faults))


def _key_status(records: Records, _: Request) -> Answer:
    return one({"id": f"key_{records.company[:8]}", "companyId": records.company, "valid": True, "active": True})
