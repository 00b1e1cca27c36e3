"""The ASGI app of a vendor: routes, faults around them, the control API beside them."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Struct

from leadcore_simulators.wire.faults import FaultRule, FaultSettings, FiredFaults
from leadcore_simulators.wire.http import (
    Answer,
    Receive,
    RefusalError,
    Request,
    Scope,
    Send,
    hang_up,
    json_answer,
    read_request,
    send_answer,
)
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]
Handler = Callable[[Request], Awaitable[Answer]]


class Route(Struct, frozen=True, kw_only=True):
    """An operation under its name in faults and log. `{name}` in the path takes one segment."""

    op: str
    method: str
    path: str
    handler: Handler


class Vendor(Struct, frozen=True, kw_only=True):
    """What differs between vendors: routes, how a refusal reads, what the control API adds."""

    routes: tuple[Route, ...]
    controls: tuple[Route, ...] = ()
    refusal: Callable[[FaultRule], Answer]
    not_found: Callable[[Request], Answer]
    bad_json: Callable[[str], Answer]
    on_reset: Callable[[], None]


class Simulator:
    """Serve one vendor. Start it by ASGI lifespan, or just call it: the first request starts it too."""

    def __init__(self, world: World, vendor: Vendor) -> None:
        self.world = world
        self._vendor = vendor
        self._routes = [(_pattern(route.path), route) for route in vendor.routes]
        self._controls = [(_pattern(route.path), route) for route in (*_standard_controls(self), *vendor.controls)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        self.world.agenda.start()
        request = await read_request(scope, receive)
        if request.path.startswith("/_sim/"):
            await send_answer(await self._controlled(request), send)
            return
        await self._served(request, receive, send)

    async def reset(self) -> None:
        """Forget all data and faults, then seed the default account again."""
        await self.world.agenda.stop()
        with self.world.store.transaction():
            self.world.store.clear()
            self.world.faults.replace(FaultSettings())
            self._vendor.on_reset()
        self.world.agenda.start()

    async def aclose(self) -> None:
        """Stop what runs in the background and close the file."""
        await self.world.agenda.stop()
        await self.world.courier.stop()
        self.world.store.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.world.agenda.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.aclose()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _served(self, request: Request, receive: Receive, send: Send) -> None:
        found = _match(self._routes, request)
        if found is None:
            await send_answer(self._vendor.not_found(request), send)
            return
        route, params = found
        fired = self.world.faults.for_request(route.op, _plain_fields(request))
        if delay_s := fired.delay_s("delay"):
            await asyncio.sleep(delay_s)
        if fired.first("drop_before"):
            await hang_up(receive, send)
            return
        if early := fired.first("status"):
            await send_answer(self._vendor.refusal(early), send)
            return
        if swallow := fired.first("swallow"):
            request = msgspec.structs.replace(request, body=_without(request.body, swallow.names))
        answer = await self._handled(route, msgspec.structs.replace(request, params=params, faults=fired))
        await self._answered(answer, fired, receive, send)

    async def _answered(self, answer: Answer, fired: FiredFaults, receive: Receive, send: Send) -> None:
        if fired.first("lost_answer"):
            await hang_up(receive, send)
            return
        late = fired.first("status_after")
        await send_answer(self._vendor.refusal(late) if late else answer, send)

    async def _handled(self, route: Route, request: Request) -> Answer:
        try:
            return await route.handler(request)
        except RefusalError as refusal:
            return refusal.answer
        except msgspec.MsgspecError as cause:
            return self._vendor.bad_json(str(cause))

    async def _controlled(self, request: Request) -> Answer:
        found = _match(self._controls, request)
        if found is None:
            return json_answer({"error": f"no control {request.method} {request.path}"}, status=404)
        route, params = found
        try:
            return await route.handler(msgspec.structs.replace(request, params=params))
        except RefusalError as refusal:
            return refusal.answer
        except (msgspec.MsgspecError, KeyError, ValueError) as cause:
            return json_answer({"error": f"{type(cause).__name__}: {cause}"}, status=400)


def _standard_controls(simulator: Simulator) -> tuple[Route, ...]:
    world = simulator.world

    async def log(request: Request) -> Answer:
        return json_answer(world.ledger.read(dict(request.query)))

    async def deliveries(request: Request) -> Answer:
        found = world.courier.records(dict(request.query))
        return json_answer({"total": len(found), "entries": found})

    async def faults(_: Request) -> Answer:
        plan = world.faults
        return json_answer({"seed": plan.settings.seed, "rules": plan.settings.rules, "struck": plan.struck})

    async def set_faults(request: Request) -> Answer:
        world.faults.replace(msgspec.json.decode(request.body, type=FaultSettings))
        return await faults(request)

    async def reset(_: Request) -> Answer:
        await simulator.reset()
        return json_answer({"reset": True})

    return (
        Route(op="log", method="GET", path="/_sim/log", handler=log),
        Route(op="deliveries", method="GET", path="/_sim/deliveries", handler=deliveries),
        Route(op="faults", method="GET", path="/_sim/faults", handler=faults),
        Route(op="set_faults", method="POST", path="/_sim/faults", handler=set_faults),
        Route(op="reset", method="POST", path="/_sim/reset", handler=reset),
    )


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(path)))


def _match(routes: list[tuple[re.Pattern[str], Route]], request: Request) -> tuple[Route, dict[str, str]] | None:
    for pattern, route in routes:
        if route.method == request.method and (found := pattern.fullmatch(request.path)):
            return route, found.groupdict()
    return None


def _without(body: bytes, names: tuple[str, ...]) -> bytes:
    """Drop fields from a JSON body, as a vendor does that takes a field and does not keep it."""
    try:
        found = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return body
    for level in (found, found.get("properties")):
        if isinstance(level, dict):
            for name in names:
                level.pop(name, None)
    return msgspec.json.encode(found)


def _plain_fields(request: Request) -> dict[str, str]:
    """Collect the text fields that a rule's `match` may look at; an unreadable body has none."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {name: values[-1] for name, values in request.form().items()}
    try:
        found = request.json()
    except msgspec.DecodeError:
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}
