"""What is answered at once is answered byte for byte as the framework would; all else goes the ordinary way."""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from leadcore.intake.model import InboxArrival
from leadcore.intake.repository import Settled
from leadcore.kernel.ids import ConnectionId
from leadcore_orchestrator.app import app_over
from leadcore_orchestrator.front_door import FrontDoor
from leadcore_runtime.express import Answer, WholeRequest
from leadcore_runtime.serving import Server, server_for
from leadcore_runtime.settings import Settings
from tests.apps.orchestrator.house import ORIGIN, House, order_changed, text_message

_FAR = ConnectionId(uuid4())
_MOST = 2000
Parts = list[bytes]


class Witness:
    """A front door that remembers what it took at once."""

    def __init__(self, door: FrontDoor) -> None:
        self._door = door
        self.wants = door.wants
        self.took: list[bool] = []
        self.peer = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._door(scope, receive, send)

    def offer(self, request: WholeRequest, answer: Answer) -> bool:
        self.peer = request.peer
        self.took.append(self._door.offer(request, answer))
        return self.took[-1]


class Gate:
    """A writer that lets its callers wait."""

    def __init__(self) -> None:
        self.came = asyncio.Event()
        self.waiting: list[tuple[list[InboxArrival], Settled]] = []
        self.came_the_ordinary_way = 0

    def hand_in(self, arrivals: list[InboxArrival], settled: Settled) -> None:
        self.waiting.append((arrivals, settled))
        self.came.set()

    async def take_in(self, arrivals: list[InboxArrival]) -> list[InboxArrival]:
        self.came_the_ordinary_way += 1
        return arrivals

    def let(self, trouble: Exception | None = None) -> None:
        for arrivals, settled in self.waiting:
            settled(trouble or arrivals)


class Site:
    """A server on loopback that takes raw bytes."""

    def __init__(self, server: Server, port: int, witness: Witness | None) -> None:
        self.server = server
        self.witness = witness
        self._port = port

    async def ask(self, parts: Parts) -> bytes:
        """Send *parts* one after the other and return everything that is answered until the end."""
        async with self._connection() as (reader, writer), asyncio.timeout(20):
            for number, part in enumerate(parts):
                if number:
                    await self.heard()
                writer.write(part)
                await writer.drain()
            return await reader.read()

    async def leave(self, part: bytes) -> None:
        """Say *part* and hang up."""
        async with self._connection() as (_, writer):
            writer.write(part)
            await writer.drain()

    async def heard(self) -> None:
        """Return once the server has read what was sent before: it answers another connection only after that."""
        async with self._connection() as (reader, writer):
            writer.write(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            await reader.read()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            yield reader, writer
        finally:
            writer.close()
            await writer.wait_closed()


@asynccontextmanager
async def site_of(house: House, *, express: bool) -> AsyncIterator[Site]:
    app = app_over(house, Settings(environment="test", public_url=ORIGIN, max_body_bytes=_MOST))
    witness = Witness(app.state.front_door) if express else None
    if witness:
        app.state.front_door = witness
    else:
        del app.state.front_door
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = server_for(app, host="127.0.0.1", port=0)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield Site(server, listener.getsockname()[1], witness)
    finally:
        server.should_exit = True
        await running
        listener.close()


def wire(
    request: dict[str, Any], *more: str, method: str = "POST", last: bool = True, body: bytes | None = None
) -> bytes:
    """The request as it goes over the wire; *more* are further headers."""
    told: str | bytes = request["content"] if body is None else body
    content = told.encode() if isinstance(told, str) else told
    named = [f"{name}: {value}" for name, value in request["headers"].items()]
    lines = [f"{method} {request['url']} HTTP/1.1", "Host: hooks", *named, *more]
    if last:
        lines.append("Connection: close")
    if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in more):
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode() + content


def chunked(content: bytes) -> bytes:
    half = len(content) // 2
    pieces = [content[:half], content[half:]]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def _cases(house: House) -> dict[str, Parts]:
    ref = house.shopmonkey.id

    def order(name: str, **values: Any) -> dict[str, Any]:
        return order_changed(ref, webhook_id=name, **values)

    whole, pieces = order("w1"), wire(order("w2"))
    big = order("w9") | {"content": b" " * (_MOST + 1)}
    return {
        "good": [wire(whole)],
        "replayed": [wire(whole)],
        "with an empty query": [wire(order("w0") | {"url": f"/hooks/{ref}?"})],
        "with a query": [wire(order("w0b") | {"url": f"/hooks/{ref}/status?a=b"})],
        "in capital letters": [wire(order("w0c") | {"url": f"/hooks/{str(ref).upper()}"})],
        "in two pieces": [pieces[:-20], pieces[-20:]],
        "head first": [pieces.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", pieces.partition(b"\r\n\r\n")[2]],
        "two at once": [wire(order("w3"), last=False) + wire(order("w4"))],
        "after another path": [b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" + wire(order("w5"))],
        "chunked": [wire(order("w6"), "Transfer-Encoding: chunked", body=chunked(order("w6")["content"]))],
        "expecting leave": [wire(order("w7"), "Expect: 100-continue")],
        "of HTTP 1.0": [wire(order("w8"), last=False).replace(b"HTTP/1.1", b"HTTP/1.0")],
        "from a page": [wire(order("w10"), "Origin: https://shop.example.com")],
        "an upgrade": [wire(order("w11"), "Upgrade: h2c", "Connection: Upgrade, close", last=False)],
        "stale": [wire(order("old", at=time.time() - 3600))],
        "forged": [wire(order("w12"), body=b"{}")],
        "not JSON": [wire(order("w13"), body=b"not")],
        "unknown": [wire(order_changed(_FAR))],
        "no id": [wire(whole | {"url": "/hooks/nothing"})],
        "a fragment": [wire(order("w14") | {"url": f"/hooks/{ref}?a#b"})],
        "huge": [wire(big)],
        "huge and chunked": [wire(big, "Transfer-Encoding: chunked", body=chunked(big["content"]))],
        "far too huge": [wire(big, f"Content-Length: {_MOST * 9}")],
        "of another method": [wire(whole, method="PUT")],
        "a customer's text": [wire(text_message(house.twilio.id, "hello"))],
        "garbage": [b"POST /hooks/\x00 nonsense\r\n\r\n"],
        "two lengths": [wire(whole, "Content-Length: 1", "Content-Length: 2")],
    }  # fmt: skip


def _comparable(answer: bytes) -> bytes:
    """Without the date, and with the framework's set of allowed methods in one order."""
    dateless = re.sub(rb"date: [^\r]+\r\n", b"", answer)
    return re.sub(rb"(?<=allow: )[^\r]+", lambda found: b", ".join(sorted(found[0].split(b", "))), dateless)


async def _answers(*, express: bool) -> tuple[dict[str, bytes], list[str], dict[str, list[bool]]]:
    house = await House().furnish()
    answers, taken = dict[str, bytes](), dict[str, list[bool]]()
    async with site_of(house, express=express) as site:
        await site.ask([wire(order_changed(house.shopmonkey.id, webhook_id="first"))])  # now it is at hand
        for name, parts in _cases(house).items():
            answer = await site.ask(parts)
            answers[name] = _comparable(answer)
            if site.witness:
                taken[name], site.witness.took = site.witness.took, []
    return answers, sorted(row.dedupe_key for row in await house.inbox()), taken


async def test_both_ways_give_the_same_bytes() -> None:
    ordinary, kept, _ = await _answers(express=False)
    express, kept_at_once, taken = await _answers(express=True)

    assert express == ordinary
    assert kept_at_once == kept
    assert {name for name, took in taken.items() if any(took)} == {
        "good", "replayed", "with an empty query", "with a query", "in capital letters", "two at once", "chunked",
    }  # fmt: skip
    assert taken["two at once"] == [True, True]
    statuses = {name: re.findall(rb"HTTP/1.1 (\d+)", answer) for name, answer in express.items()}
    assert statuses["two at once"] == [b"200", b"200"]
    assert statuses["expecting leave"] == [b"100", b"200"]
    assert (statuses["forged"], statuses["huge"], statuses["unknown"]) == ([b"401"], [b"413"], [b"404"])


@pytest.mark.parametrize("express", [True, False])
async def test_who_hangs_up_in_the_middle_stores_nothing_and_harms_nobody(express: bool) -> None:
    house = await House().furnish()
    request = wire(order_changed(house.shopmonkey.id))
    async with site_of(house, express=express) as site:
        await site.ask([wire(order_changed(house.shopmonkey.id, webhook_id="first"))])
        await site.leave(request[:-5])
        while not house.counted("shopmonkey", "cut_short"):
            await site.heard()
        assert (await site.ask([request])).startswith(b"HTTP/1.1 200")

    assert house.counted("shopmonkey", "cut_short") == 1
    assert house.counted("shopmonkey", "stored") == 2


async def _behind_a_gate(house: House, then: Callable[[Site, Gate], None], *, more: bytes = b"") -> bytes:
    """Ask with nobody writing, do something, and return what is answered."""
    async with site_of(house, express=True) as site:
        await site.ask([wire(order_changed(house.shopmonkey.id, webhook_id="first"))])
        house.store.inbox_writer = gate = Gate()  # type: ignore[assignment]
        asking = asyncio.create_task(site.ask([wire(order_changed(house.shopmonkey.id), last=False) + more]))
        await gate.came.wait()
        then(site, gate)
        return await asking


async def test_a_server_that_ends_answers_what_it_has_taken_first() -> None:
    house = await House().furnish()

    def end(site: Site, gate: Gate) -> None:
        site.server.should_exit = True
        asyncio.get_running_loop().call_later(0.3, gate.let)

    answer = await _behind_a_gate(house, end)

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer


async def test_what_could_not_be_stored_is_asked_for_again() -> None:
    house = await House().furnish()

    def fail(site: Site, gate: Gate) -> None:
        gate.let(OSError("away"))
        site.server.should_exit = True

    answer = await _behind_a_gate(house, fail)

    assert answer.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 5" in answer
    assert b'"code":"not_durable"' in answer
    assert house.counted("shopmonkey", "not_durable") == 1


async def test_nobody_is_answered_twice() -> None:
    house = await House().furnish()

    def twice(site: Site, gate: Gate) -> None:
        gate.let(OSError("away"))
        gate.let()
        site.server.should_exit = True

    answer = await _behind_a_gate(house, twice)

    assert answer.count(b"HTTP/1.1 ") == 1
    assert house.counted("shopmonkey", "stored") == 1, "only the first"


async def test_what_is_said_behind_a_request_that_waits_is_answered_after_it() -> None:
    house = await House().furnish()
    before = list[int]()

    def let(site: Site, gate: Gate) -> None:
        before.append(gate.came_the_ordinary_way)
        gate.let()

    answer = await _behind_a_gate(house, let, more=wire(order_changed(house.shopmonkey.id, webhook_id="w2")))

    assert before == [0]
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"200"]
    assert house.counted("shopmonkey", "stored") == 3


async def test_behind_a_trusted_proxy_the_peer_is_whom_it_names() -> None:
    house = await House().furnish()
    peers = dict[str, str]()
    async with site_of(house, express=True) as site:
        witness = site.witness
        assert witness is not None
        for name, header in {"named": "X-Forwarded-For: 203.0.113.9", "not named": "X-Other: 203.0.113.9"}.items():
            await site.ask([wire(order_changed(house.shopmonkey.id, webhook_id=name), header)])
            peers[name] = witness.peer

    assert peers == {"named": "203.0.113.9", "not named": "127.0.0.1"}
