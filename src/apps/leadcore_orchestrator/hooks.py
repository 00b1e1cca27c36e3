"""Vendors' webhooks: raw bytes, connection by unguessable id, signature, one durable commit, then 2xx."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from leadcore.flows.ingest import ingest
from leadcore.flows.seams import Seams
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ConnectionId
from leadcore.ports.inbound import ForgedRequestError, RawRequest, StaleRequestError, UnreadableBodyError
from leadcore_runtime.adapters import AdapterBook
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.problems import problem

_RETRY = {"Retry-After": "5"}
_XML = b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def hook_routes(
    *, seams: Seams, adapters: AdapterBook, metrics: Metrics, origin: str, max_body: int
) -> list[HTTPRouteHandler]:
    """Return the two webhook routes of every connection."""
    log = structlog.get_logger()

    async def take(request: Request[Any, Any, State], connection_id: UUID) -> Response[bytes]:
        started = time.perf_counter()
        vendor = "unknown"
        try:
            body = await _body(request, limit=max_body)
            if body is None:
                metrics.webhooks.labels(vendor, "oversize").inc()
                return problem(413, "oversize", f"at most {max_body} bytes are read")
            connection = await adapters.connection(ConnectionId(connection_id))
            vendor = connection.plugin
            door = await adapters.door(connection)
            raw = RawRequest(
                method=request.method, url=origin + _raw_target(request), headers=tuple(request.headers.items()), body=body
            )
            done = await ingest(seams, connection, door, raw, wall_clock=datetime.now(UTC))
        except NotFoundError:
            metrics.webhooks.labels(vendor, "unknown_connection").inc()
            log.warning("webhook.refused", reason="no such connection", path="/hooks/…")
            return problem(404, "not_found", "no such connection")
        except (ForgedRequestError, StaleRequestError, UnreadableBodyError) as refusal:
            metrics.webhooks.labels(vendor, refusal.code).inc()
            log.warning(
                "webhook.refused", vendor=vendor, connection_id=str(connection_id), code=refusal.code,
                reason=refusal.message, fix=refusal.fix,
            )
            status = 400 if isinstance(refusal, UnreadableBodyError) else 401
            return problem(status, refusal.code, "refused")
        except Exception as surprise:  # noqa: BLE001 - whatever it is, it is not durable: the vendor must try again
            metrics.webhooks.labels(vendor, "not_durable").inc()
            log.error("webhook.not_durable", vendor=vendor, connection_id=str(connection_id), exc_info=surprise)
            return problem(503, "not_durable", "not stored, please send again", headers=_RETRY)
        outcome = "stored" if done.stored else "replay"
        metrics.webhooks.labels(vendor, outcome).inc()
        metrics.webhook_ack.labels(vendor).observe(time.perf_counter() - started)
        if not done.stored:
            log.info("webhook.replayed", vendor=vendor, connection_id=str(connection_id), count=done.replayed)
        is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        return Response(_XML if is_form else b"{}", media_type="text/xml" if is_form else "application/json")

    @post("/hooks/{connection_id:uuid}", status_code=200, operation_id="takeWebhook", tags=["webhooks"])
    async def events(request: Request[Any, Any, State], connection_id: UUID) -> Response[bytes]:
        """Take what a vendor sends for one connection. 2xx means durably stored; anything else: send it again."""
        return await take(request, connection_id)

    @post("/hooks/{connection_id:uuid}/status", status_code=200, operation_id="takeStatus", tags=["webhooks"])
    async def status(request: Request[Any, Any, State], connection_id: UUID) -> Response[bytes]:
        """Take delivery callbacks; the query carries our attempt id and is covered by the signature."""
        return await take(request, connection_id)

    return [events, status]


async def _body(request: Request[Any, Any, State], *, limit: int) -> bytes | None:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _raw_target(request: Request[Any, Any, State]) -> str:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    query = request.scope.get("query_string", b"").decode("latin-1")
    return f"{path}?{query}" if query else path
