"""Outgoing webhooks: signed per attempt, retried by the vendor's own rule, every try on record."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Literal
from uuid import uuid4

import httpx
import msgspec
from msgspec import Struct

from leadcore_simulators.wire.agenda import Agenda
from leadcore_simulators.wire.ledger import iso
from leadcore_simulators.wire.store import Store

Fields = dict[str, Any]
Trouble = Literal["refused", "reset", "connect_timeout", "read_timeout", "bad_url"]

_KEPT_ANSWER_BYTES = 4096


class Parcel(Struct, frozen=True, kw_only=True):
    """A webhook to deliver. `meta` is what the vendor needs to sign it again for each attempt."""

    id: str
    op: str
    account: str
    ref: str
    url: str
    content_type: str
    body: bytes
    meta: Fields = {}


class Attempt(Struct, frozen=True, kw_only=True):
    """How one try went. `at` is epoch seconds; exactly one of `status` and `trouble` is set."""

    number: int
    at: float
    latency_ms: float
    status: int | None = None
    trouble: Trouble | None = None
    retry_after_s: float | None = None


class Manners(Struct, frozen=True, kw_only=True):
    """How a vendor delivers.

    Headers for an attempt, the pause before the next (`None`: give up), the read timeout, and what
    follows from the last answer (inside the transaction that records it).
    """

    dress: Callable[[Parcel, int], dict[str, str]]
    pause_s: Callable[[Parcel, Attempt], float | None]
    timeout_s: Callable[[Parcel], float] = lambda _: 15.0
    settled: Callable[[Parcel, Attempt, bytes], None] = lambda _parcel, _attempt, _answer: None


class Courier:
    """Delivers parcels and remembers what came back."""

    def __init__(self, store: Store, agenda: Agenda, manners: Manners) -> None:
        self._store = store
        self._agenda = agenda
        self._manners = manners
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._http: httpx.AsyncClient | None = None
        agenda.on_errand("deliver", self._deliver)

    def post(self, parcel: Parcel, *, delay_s: float = 0.0) -> None:
        """Take a parcel; it is durable when the surrounding transaction commits."""
        self._store.insert(
            "INSERT INTO deliveries (id, at, op, account, ref, url, content_type, body, meta, state, tries)"
            " VALUES (?,?,?,?,?,?,?,?,?,'pending','[]')",
            (
                parcel.id, time.time(), parcel.op, parcel.account, parcel.ref, parcel.url,
                parcel.content_type, parcel.body, msgspec.json.encode(parcel.meta),
            ),
        )  # fmt: skip
        self._agenda.add("deliver", {"id": parcel.id}, delay_s=delay_s)

    def copy(self, parcel: Parcel) -> Parcel:
        """Give the same parcel under another delivery id (the wire identity in `meta` stays)."""
        return msgspec.structs.replace(parcel, id=f"{parcel.id}-{uuid4().hex[:6]}")

    async def wait(self, parcel_id: str, *, timeout_s: float) -> Fields:
        """Wait until a delivery is settled or the time is up, then give its record."""
        future = self._waiting.setdefault(parcel_id, asyncio.get_running_loop().create_future())
        if self.records({"id": parcel_id})[0]["state"] == "pending":
            await asyncio.wait([future], timeout=timeout_s)
        self._waiting.pop(parcel_id, None)
        return self.records({"id": parcel_id})[0]

    def records(self, filters: dict[str, str]) -> list[Fields]:
        """List deliveries in order; filters: id, op, account, ref, url, state, since, limit (the newest)."""
        known = {"id", "op", "account", "ref", "url", "state"}
        names = [name for name in filters if name in known]
        clauses = ["seq > ?", *(f"{name} = ?" for name in names)]
        values: list[object] = [int(filters.get("since", "0")), *(filters[name] for name in names)]
        statement = (
            f"SELECT * FROM (SELECT * FROM deliveries WHERE {' AND '.join(clauses)}"  # noqa: S608 - known names
            " ORDER BY seq DESC LIMIT ?) ORDER BY seq"
        )
        return [_record(row) for row in self._store.rows(statement, [*values, int(filters.get("limit", "1000000"))])]

    async def stop(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def _deliver(self, item: Fields) -> None:
        rows = self._store.rows("SELECT * FROM deliveries WHERE id = ? AND state = 'pending'", (item["id"],))
        if not rows:
            return
        parcel = _parcel(rows[0])
        attempt, answer = await self._try(parcel, rows[0]["attempts"] + 1)
        good = attempt.status is not None and attempt.status < 300  # noqa: PLR2004 - 2xx
        pause_s = None if good else self._manners.pause_s(parcel, attempt)
        state = "pending" if pause_s is not None else "done" if good else "failed"
        tries = [*msgspec.json.decode(rows[0]["tries"], type=list[Attempt]), attempt]
        with self._store.transaction():
            self._store.rows(
                "UPDATE deliveries SET state=?, status=?, attempts=?, latency_ms=?, error=?, answer=?, tries=?"
                " WHERE id=?",
                (
                    state, attempt.status, attempt.number, attempt.latency_ms, attempt.trouble,
                    answer[:_KEPT_ANSWER_BYTES], msgspec.json.encode(tries), parcel.id,
                ),
            )  # fmt: skip
            if pause_s is not None:
                self._agenda.add("deliver", {"id": parcel.id}, delay_s=pause_s)
            else:
                self._manners.settled(parcel, attempt, answer)
        if state != "pending" and (future := self._waiting.get(parcel.id)) and not future.done():
            future.set_result(None)

    async def _try(self, parcel: Parcel, number: int) -> tuple[Attempt, bytes]:
        self._http = self._http or httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=100))
        headers = {"content-type": parcel.content_type, **self._manners.dress(parcel, number)}
        began, at = time.perf_counter(), time.time()

        def attempt(**outcome: Any) -> Attempt:
            return Attempt(number=number, at=at, latency_ms=round((time.perf_counter() - began) * 1000, 2), **outcome)

        try:
            answer = await self._http.post(
                parcel.url.partition("#")[0],
                content=parcel.body,
                headers=headers,
                timeout=self._manners.timeout_s(parcel),
            )
        except (httpx.HTTPError, httpx.InvalidURL) as cause:
            return attempt(trouble=_trouble(cause)), b""
        return attempt(
            status=answer.status_code, retry_after_s=_seconds(answer.headers.get("retry-after"))
        ), answer.content


def _trouble(cause: Exception) -> Trouble:
    match cause:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return "connect_timeout"
        case httpx.TimeoutException():
            return "read_timeout"
        case httpx.ConnectError():
            return "refused"
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return "bad_url"
        case _:
            return "reset"


def _seconds(header: str | None) -> float | None:
    try:
        return float(header) if header else None
    except ValueError:
        return None


def _parcel(row: Any) -> Parcel:
    names = ("id", "op", "account", "ref", "url", "content_type", "body")
    return Parcel(**{name: row[name] for name in names}, meta=msgspec.json.decode(row["meta"]))


def _record(row: Any) -> Fields:
    names = (
        "seq",
        "id",
        "op",
        "account",
        "ref",
        "url",
        "content_type",
        "state",
        "status",
        "attempts",
        "latency_ms",
        "error",
    )
    return {
        **{name: row[name] for name in names},
        "at": iso(row["at"]),
        "at_epoch_s": row["at"],
        "body": row["body"].decode("utf-8", "replace"),
        "answer": (row["answer"] or b"").decode("utf-8", "replace"),
        "tries": msgspec.Raw(row["tries"]),
    }
