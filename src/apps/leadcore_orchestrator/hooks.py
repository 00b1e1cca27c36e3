"""Vendors' webhooks: raw bytes, connection by unguessable id, signature, one durable commit, then 2xx."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.types import HTTPScope, Receive

from leadcore.flows.ingest import Ingested, ingest, ingest_at_once
from leadcore.flows.seams import Seams
from leadcore.kernel.errors import LeadcoreError, NotFoundError
from leadcore.kernel.ids import ConnectionId
from leadcore.ports.inbound import (
    BrowserDoor,
    ChallengedDoor,
    FileDoor,
    ForgedRequestError,
    InboundDoor,
    RawRequest,
    RefusedSubmissionError,
    StaleRequestError,
    TrappedSubmissionError,
    UnreadableBodyError,
)
from leadcore.tenants.model import Connection
from leadcore_orchestrator.browsers import preflight_for, shared_with
from leadcore_orchestrator.raw_bodies import CutShortError, OversizeError, raw_target, whole_body
from leadcore_orchestrator.refusal_tally import RefusalTally
from leadcore_runtime.adapters import AdapterBook
from leadcore_runtime.deadlines import Deadlines
from leadcore_runtime.express import WholeRequest
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.problems import problem

_RETRY = {"Retry-After": "5"}
_ANSWER_WITHIN_S = 8.0
"""A database that says nothing is answered for with a 503: vendors hang up after 5 to 15 seconds (Twilio: 15)."""
_XML = b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
TAKEN = Response(b"{}", media_type="application/json")
"""What nearly every webhook is answered with."""
PROBE_HEADER = "leadcore-probe"
"""Marks our own test events (`leadcore connect`): whoever else sends it is refused, and logged, all the same."""
Incoming = Request[Any, Any, State]


class UnknownConnectionError(LeadcoreError):
    """No connection has the id in the path. Only this is a 404: whatever else is missing is our own trouble."""

    code = "unknown_connection"


_REFUSALS = (
    UnknownConnectionError,
    OversizeError,
    CutShortError,
    ForgedRequestError,
    StaleRequestError,
    UnreadableBodyError,
    RefusedSubmissionError,
)


class Hooks:
    """Takes requests of vendors. Every refusal is counted and logged with a reason an operator can act on."""

    def __init__(
        self,
        *,
        seams: Seams,
        adapters: AdapterBook,
        metrics: Metrics,
        tally: RefusalTally,
        origin: str,
        max_body: int,
        max_upload: int,
    ) -> None:
        self._tally = tally
        self._seams = seams
        self._adapters = adapters
        self._metrics = metrics
        self._origin = origin
        self._max_body = max_body
        self._max_upload = max(max_body, max_upload)
        self._deadlines = Deadlines(within_s=_ANSWER_WITHIN_S)
        self._log = structlog.get_logger()

    async def take(self, scope: HTTPScope, receive: Receive, connection_id: UUID) -> Response[bytes]:
        """Answer one request: 2xx once durable, 4xx when it is not the vendor's, 503 when we could not store it."""
        started = time.perf_counter()
        vendor, shared = "unknown", dict[str, str]()
        connection: Connection | None = None
        try:
            at_hand = self._adapters.at_hand(ConnectionId(connection_id))
            if at_hand is not None:
                connection, door = at_hand
                vendor = connection.plugin
            else:
                async with asyncio.timeout(_ANSWER_WITHIN_S):
                    connection = await self._connection(connection_id)
                    vendor = connection.plugin
                    door = await self._adapters.door(connection)
            raw = self._raw(scope, await whole_body(scope, receive, limit=self._limit(scope, door)))
            origin = raw.header("origin")
            shared = shared_with(door, origin) if origin else shared
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                done = await self._ingested(connection, door, raw)
        except _REFUSALS as refusal:
            if connection is not None and not _is_probe(scope):
                self._tally.add(connection, refusal)
            return self._refuse(refusal, vendor=vendor, connection_id=connection_id, headers=shared)
        except Exception as surprise:  # noqa: BLE001 - whatever it is, nothing is durable: it must be sent again
            return self._not_durable(surprise, vendor=vendor, connection_id=connection_id, headers=shared)
        self._note(done, vendor=vendor, connection_id=connection_id, started=started)
        return _thanks(raw, door, headers=shared)

    def take_at_once(
        self, request: WholeRequest, connection_id: UUID, answer: Callable[[Response[bytes]], None]
    ) -> bool:
        """Answer one request as `take` would, without waiting; False if it must go through `take`.

        That is whatever is not a plain success of a connection at hand: then nothing was done yet.
        """
        started = time.perf_counter()
        at_hand = self._adapters.at_hand(ConnectionId(connection_id))
        if at_hand is None or len(request.body) > self._max_body:
            return False
        connection, door = at_hand
        target = request.target.removesuffix(b"?").decode("latin-1")
        raw = self._request("POST", target, request.headers, request.body, peer=request.peer)
        if raw.header("origin"):  # a browser: its answer depends on who asks
            return False

        def settled(outcome: Ingested | Exception) -> None:
            if not promise.keep():
                return  # it was answered for already
            if isinstance(outcome, Exception):
                answer(self._not_durable(outcome, vendor=connection.plugin, connection_id=connection_id, headers={}))
            else:
                self._note(outcome, vendor=connection.plugin, connection_id=connection_id, started=started)
                answer(_thanks(raw, door, headers={}))

        promise = self._deadlines.promise(lambda: settled(TimeoutError()))
        is_taken = ingest_at_once(self._seams, connection, door, raw, wall_clock=datetime.now(UTC), settled=settled)
        if not is_taken:
            promise.keep()
        return is_taken

    async def echo(self, request: Incoming, connection_id: UUID) -> Response[bytes]:
        """Answer a vendor that wants to see that this address is ours before it sends anything."""
        vendor = "unknown"
        try:
            connection = await self._connection(connection_id)
            vendor = connection.plugin
            door = await self._adapters.door(connection)
            if not isinstance(door, ChallengedDoor):
                return problem(405, "method_not_allowed", "only POST is taken here", headers={"Allow": "POST"})
            text = door.echo(self._raw(request.scope, b""))
        except _REFUSALS as refusal:
            return self._refuse(refusal, vendor=vendor, connection_id=connection_id, headers={})
        return Response(text.encode(), media_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})

    async def preflight(self, request: Incoming, connection_id: UUID) -> Response[bytes]:
        """Answer a browser that asks whether a page may post here."""
        try:
            door = await self._adapters.door(await self._connection(connection_id))
        except UnknownConnectionError as refusal:
            return self._refuse(refusal, vendor="unknown", connection_id=connection_id, headers={})
        return Response(b"", status_code=204, headers=preflight_for(door, request.headers.get("origin", "")))

    async def _ingested(self, connection: Connection, door: InboundDoor, raw: RawRequest) -> Ingested | None:
        """Return what was stored; None when a program walked into the honeypot, which it must not notice."""
        try:
            return await ingest(self._seams, connection, door, raw, wall_clock=datetime.now(UTC))
        except TrappedSubmissionError as trapped:
            self._log.info("webhook.trapped", vendor=connection.plugin, reason=trapped.message)
            return None

    def _limit(self, scope: HTTPScope, door: InboundDoor) -> int:
        if not _may_take_files(type(door)):
            return self._max_body
        kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"").decode("latin-1")
        return self._max_upload if cast("FileDoor", door).takes_files(kind) else self._max_body

    def _raw(self, scope: HTTPScope, body: bytes) -> RawRequest:
        client = scope.get("client")
        return self._request(
            scope["method"], raw_target(scope), scope["headers"], body, peer=client[0] if client else ""
        )

    def _request(
        self, method: str, target: str, headers: Iterable[tuple[bytes, bytes]], body: bytes, *, peer: str
    ) -> RawRequest:
        return RawRequest(
            method=method,
            url=self._origin + target,
            headers=tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]),
            body=body,
            peer=peer,
        )

    async def _connection(self, connection_id: UUID) -> Connection:
        try:
            return await self._adapters.connection(ConnectionId(connection_id))
        except NotFoundError as missing:
            fix = "`leadcore connect` prints the address this shop's vendor should call"
            raise UnknownConnectionError("no connection has this id", fix=fix) from missing

    def _refuse(
        self, refusal: LeadcoreError, *, vendor: str, connection_id: UUID, headers: Mapping[str, str]
    ) -> Response[bytes]:
        self._metrics.webhooks.labels(vendor, refusal.code).inc()
        self._log.warning(
            "webhook.refused",
            vendor=vendor,
            connection_id=str(connection_id),
            code=refusal.code,
            reason=refusal.message,
            fix=refusal.fix,
        )
        match refusal:
            case UnknownConnectionError():
                return problem(404, "not_found", "no such connection")
            case OversizeError():
                return problem(413, refusal.code, refusal.message)
            case UnreadableBodyError() | CutShortError():
                return problem(400, refusal.code, "refused", headers=headers)
            case RefusedSubmissionError(field=field, fix=fix):
                return problem(422, refusal.code, refusal.message, field=field, fix=fix, headers=headers)
            case _:  # without detail: whoever forges learns nothing, the operator reads the log
                return problem(401, refusal.code, "refused", headers=headers)

    def _not_durable(
        self, surprise: Exception, *, vendor: str, connection_id: UUID, headers: Mapping[str, str]
    ) -> Response[bytes]:
        self._metrics.webhooks.labels(vendor, "not_durable").inc()
        self._log.error("webhook.not_durable", vendor=vendor, connection_id=str(connection_id), exc_info=surprise)
        return problem(503, "not_durable", "not stored, please send again", headers={**_RETRY, **headers})

    def _note(self, done: Ingested | None, *, vendor: str, connection_id: UUID, started: float) -> None:
        self._metrics.webhook_acknowledged(vendor, _outcome(done), time.perf_counter() - started)
        if done is not None and done.replayed:
            self._log.info(
                "webhook.replayed",
                vendor=vendor,
                connection_id=str(connection_id),
                count=done.replayed,
                reason="these items were stored before; nothing is done twice",
            )


def _thanks(request: RawRequest, door: InboundDoor, *, headers: Mapping[str, str]) -> Response[bytes]:
    kind = request.header("content-type")
    if kind.startswith("application/x-www-form-urlencoded") and not isinstance(door, BrowserDoor):
        return Response(_XML, media_type="text/xml")
    return Response(b"{}", media_type="application/json", headers=dict(headers)) if headers else TAKEN


def _is_probe(scope: HTTPScope) -> bool:
    return any(name == PROBE_HEADER.encode() for name, _ in scope["headers"])


@cache
def _may_take_files(kind: type) -> bool:
    """Whether doors of this class may be `FileDoor`s. Asking each door anew costs as much as checking a signature."""
    return issubclass(kind, FileDoor)


def _outcome(done: Ingested | None) -> str:
    if done is None:
        return TrappedSubmissionError.code
    if done.stored:
        return "stored"
    return "replay" if done.replayed else "nothing"
