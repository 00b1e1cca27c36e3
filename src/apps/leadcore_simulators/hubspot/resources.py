"""The object routes: list, read, create, merge, archive, batches."""

import time
from collections.abc import Awaitable, Callable

import msgspec

from leadcore_simulators.hubspot.accounts import account_of
from leadcore_simulators.hubspot.answers import batch, page, refused, whole
from leadcore_simulators.hubspot.objects import DEFAULT_PROPERTIES, TYPES, Objects
from leadcore_simulators.hubspot.searching import searched
from leadcore_simulators.wire.http import Answer, Fields, RefusalError, Request, json_answer
from leadcore_simulators.wire.ledger import iso
from leadcore_simulators.wire.simulator import Route
from leadcore_simulators.wire.world import World

PortalHandler = Callable[[Objects, Request], Answer]

_MAX_PAGE = 100


def with_portal(world: World, handler: PortalHandler) -> Callable[[Request], Awaitable[Answer]]:
    """Authenticate first, then handle within the token's own portal."""

    async def handle(request: Request) -> Answer:
        return handler(account_of(world, request), request)

    return handle


def object_routes(world: World) -> tuple[Route, ...]:
    """Give the routes of every object type."""
    return tuple(route for plural, kind in TYPES.items() for route in _routes(world, plural, kind))


def shown(kind: str, record: Fields, request: Request) -> Fields:
    """Show what was asked for: properties nobody set are null, unknown ones are left out silently."""
    asked = _names(request, "properties") or list(DEFAULT_PROPERTIES[kind])
    values = {name: record["properties"].get(name) for name in [*asked, "hs_object_id"]}
    found = {name: record[name] for name in ("id", "createdAt", "updatedAt", "archived")}
    found["properties"] = {name: value for name, value in values.items() if value is not None}
    if past := _names(request, "propertiesWithHistory"):
        found["propertiesWithHistory"] = {name: record["_history"].get(name, []) for name in past}
        found["properties"] |= {name: record["properties"].get(name) for name in past}
    links = {name.replace("_", " ") for name in _names(request, "associations")} & record["_links"].keys()
    if links:
        found["associations"] = {
            name: {"results": [{"id": ref, "type": f"{kind}_to_{name[:-1]}"} for ref in record["_links"][name]]}
            for name in sorted(links)
        }
    return found


def _routes(world: World, plural: str, kind: str) -> list[Route]:
    path = f"/crm/v3/objects/{plural}"

    def route(op: str, method: str, below: str, handler: PortalHandler) -> Route:
        return Route(op=op, method=method, path=path + below, handler=with_portal(world, handler))

    def listed(objects: Objects, request: Request) -> Answer:
        rows = [shown(kind, each, request) for each in objects.all(kind)]
        start = whole(request.asked("after"), 0, most=10**9)
        return page(rows, start=start, size=whole(request.asked("limit"), 10, most=_MAX_PAGE))

    def create(objects: Objects, request: Request) -> Answer:
        made = objects.create(kind, request.json_object(), faults=request.faults)
        return json_answer(shown(kind, made, request), status=201)

    def archive(objects: Objects, request: Request) -> Answer:
        objects.archive(kind, request.params["id"], faults=request.faults)
        return Answer(status=204)

    def update(objects: Objects, request: Request) -> Answer:
        record = _one(objects, kind, request)
        return json_answer(
            shown(kind, objects.update(kind, record, request.json_object(), faults=request.faults), request)
        )

    return [
        route(f"search_{plural}", "POST", "/search", lambda objects, request: searched(objects, kind, request)),
        route(f"read_{plural}", "POST", "/batch/read", lambda objects, request: _read(objects, kind, request)),
        route(f"create_{plural}", "POST", "/batch/create", lambda objects, request: _created(objects, kind, request)),
        route(f"list_{plural}", "GET", "", listed),
        route(f"create_{kind}", "POST", "", create),
        route(
            f"get_{kind}",
            "GET",
            "/{id}",
            lambda objects, request: json_answer(shown(kind, _one(objects, kind, request), request)),
        ),
        route(f"update_{kind}", "PATCH", "/{id}", update),
        route(f"archive_{kind}", "DELETE", "/{id}", archive),
    ]


def _one(objects: Objects, kind: str, request: Request) -> Fields:
    ref = request.params["id"]
    if request.asked("idProperty") == "email" and kind == "contact":
        found = objects.by_email(ref)
        return found if found is not None else objects.get(kind, "")
    return objects.get(kind, ref)


def _read(objects: Objects, kind: str, request: Request) -> Answer:
    body = request.json_object()
    names = ",".join(body.get("properties") or ())
    asked = msgspec.structs.replace(request, query=(("properties", names),))
    found, errors = list[Fields](), list[Fields]()
    for each in _inputs(body):
        record = objects.find(kind, str(each.get("id", "")))
        if record is None:
            errors.append(_failure("OBJECT_NOT_FOUND", f"Could not get {kind} {each.get('id')}"))
        else:
            found.append(shown(kind, record, asked))
    return batch(found, errors, at=iso(time.time()), good=200)


def _created(objects: Objects, kind: str, request: Request) -> Answer:
    found, errors = list[Fields](), list[Fields]()
    for each in _inputs(request.json_object()):
        try:
            found.append(shown(kind, objects.create(kind, each, faults=request.faults), request))
        except RefusalError as refusal:
            told = msgspec.json.decode(refusal.answer.body, type=dict[str, str])
            errors.append(_failure(told["category"], told["message"]))
    return batch(found, errors, at=iso(time.time()), good=201)


def _inputs(body: Fields) -> list[Fields]:
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or len(inputs) > _MAX_PAGE:
        raise refused(400, f"inputs must be a list of at most {_MAX_PAGE}")
    return inputs


def _failure(category: str, message: str) -> Fields:
    return {"status": "error", "category": category, "message": message, "errors": [], "context": {}, "links": {}}


def _names(request: Request, name: str) -> list[str]:
    return [each.strip() for each in request.asked(name).split(",") if each.strip()]
