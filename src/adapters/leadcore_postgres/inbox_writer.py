"""Group commit for what comes in: whatever arrived while a commit was under way shares the next one.

No timer: with nobody else there, a request is written at once. Each caller waits for the commit that holds its own
rows. The connections are this writer's own, so that a busy pool elsewhere never keeps a vendor waiting.
"""

import asyncio
import contextlib
from collections import deque
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy.engine import URL

from leadcore.intake.model import InboxArrival
from leadcore.intake.repository import Settled
from leadcore_postgres.doorbell import CHANNEL
from leadcore_postgres.engine import SERVER_SETTINGS, plain
from leadcore_postgres.transaction import translated

_TAKE_IN = """
    SELECT take_in($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
        $8::bytea[], $9::float8[], $10::uuid[])"""
_TAKE_ONE_IN = "SELECT take_one_in($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
"""Nearly every batch of a quiet hour: costs a sixth less than a batch of one."""
_RING = f"SELECT set_config('synchronous_commit', 'off', true), pg_notify('{CHANNEL}', '')"
"""A ring commits too; unlike a row it may be lost, so it keeps nobody waiting for the disk."""
_LANES, _CROWD, _HELD_UP_S = 4, 64, 0.05
"""Commits under way at once. A second one begins when so many wait, or the last one began so long ago: a batch that is
held up must not hold up everybody.

With fewer, one after another is fastest: the longer the batch, the less a row costs, in the database as here.
"""
_BREATHS, _SHORT = 6, 8
"""Turns of the loop that a short batch waits for whoever is being read at this moment; they take microseconds."""
_BETWEEN_RINGS_S, _AT_MOST_S = 0.005, 0.02
"""A scheduler that was woken looks for more by itself; under load a ring for each commit would cost as much as it.

The pause doubles up to the second while there is always somebody to ring for.
"""
_BATCH = 500
_WAITING_MAX = 5_000
_CONNECT_S = 3.0
_STATEMENT_S = 10.0


class InboxOverloadedError(Exception):
    """More waits to be written than we promise to hold: whoever sent it should send it again."""


class _Waiting(msgspec.Struct):
    """One caller's arrivals, and who is told what became of them."""

    arrivals: list[InboxArrival]
    settled: Settled


class PostgresInboxWriter:
    """`InboxWriter`. Connects when first used, and again whenever a connection is lost."""

    def __init__(self, url: URL, *, application: str) -> None:
        self._url = plain(url)
        self._application = application
        self._waiting: deque[_Waiting] = deque()
        self._held = 0
        self._free: list[Any] = []
        self._lanes: set[asyncio.Task[None]] = set()
        self._ringer: asyncio.Task[None] | None = None
        self._rings = False
        self._begun_at = 0.0
        self._is_closed = False

    async def take_in(self, arrivals: list[InboxArrival]) -> list[InboxArrival]:
        """Store what is new, each with its work armed, and return only that. When it returns, it is durable."""
        answer: asyncio.Future[list[InboxArrival]] = asyncio.get_running_loop().create_future()

        def settled(outcome: list[InboxArrival] | Exception) -> None:
            if answer.done():
                return  # whoever was cancelled is not waiting any more
            if isinstance(outcome, Exception):
                answer.set_exception(outcome)
            else:
                answer.set_result(outcome)

        self.hand_in(arrivals, settled)
        return await answer

    def hand_in(self, arrivals: list[InboxArrival], settled: Settled) -> None:
        """Do the same for a caller that does not wait: *settled* is told once what became of it."""
        if not arrivals:
            settled([])
        elif self._is_closed:
            settled(RuntimeError("the store is closed"))
        elif self._held + len(arrivals) > _WAITING_MAX:
            settled(InboxOverloadedError(f"{self._held} rows wait to be written"))
        else:
            self._waiting.append(_Waiting(arrivals, settled))
            self._held += len(arrivals)
            if not self._lanes or (len(self._lanes) < _LANES and self._is_held_up()):
                self._lanes.add(asyncio.create_task(self._run()))

    def _is_held_up(self) -> bool:
        return len(self._waiting) >= _CROWD or asyncio.get_running_loop().time() - self._begun_at > _HELD_UP_S

    async def aclose(self) -> None:
        """Write what waits, then close the connections. Idempotent."""
        self._is_closed = True
        await asyncio.gather(*self._lanes, *({self._ringer} - {None}), return_exceptions=True)
        free, self._free = self._free, []
        for connection in free:
            connection.terminate()

    async def _run(self) -> None:
        """Write batches until nothing waits. Never raises: every caller is told what became of its own."""
        while self._waiting:
            for _ in range(_BREATHS if len(self._waiting) < _SHORT else 0):
                await asyncio.sleep(0)
            batch = self._next_batch()
            if not batch:
                break
            self._begun_at = asyncio.get_running_loop().time()
            try:
                new = await self._write([each for caller in batch for each in caller.arrivals])
            except Exception as trouble:  # noqa: BLE001 - it is handed to those whom it concerns
                await self._settle_apart(batch, trouble)
                continue
            for caller in batch:
                _tell(caller, new)
            if new is None or new:
                self._ring()
        # in the same breath as the look that found nothing: whoever comes next must find this lane gone
        self._lanes.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _ring(self) -> None:
        """Wake schedulers, after the commit: inside it, NOTIFY's lock would put all commits in one line.

        Rings of one moment are one ring. A lost one costs a safety tick.
        """
        self._rings = True
        if self._ringer is None or self._ringer.done():
            self._ringer = asyncio.create_task(self._ring_while_wanted())

    async def _ring_while_wanted(self) -> None:
        pause_s = _BETWEEN_RINGS_S
        with contextlib.suppress(*_OURS):
            while self._rings:
                self._rings = False
                connection = await self._connection()
                try:
                    await connection.execute(_RING, timeout=_STATEMENT_S)
                except BaseException:
                    connection.terminate()
                    raise
                self._free.append(connection)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, _AT_MOST_S)

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and size < _BATCH:
            caller = self._waiting.popleft()
            size += len(caller.arrivals)
            batch.append(caller)
        self._held -= size
        return batch

    async def _settle_apart(self, batch: list[_Waiting], trouble: Exception) -> None:
        """Tell everybody, after trying each alone when the trouble may be one caller's own (a foreign row, a NUL)."""
        is_anybodys = isinstance(trouble, _OURS) or len(batch) == 1
        for caller in batch:
            if is_anybodys:
                _tell(caller, trouble)
                continue
            try:
                _tell(caller, await self._write(caller.arrivals))
            except Exception as own:  # noqa: BLE001 - handed to the one whom it concerns
                _tell(caller, own)

    async def _write(self, arrivals: list[InboxArrival]) -> set[UUID] | None:
        """Write *arrivals* in one transaction and return the ids of what is new, None when all of it is.

        A kept connection may have died meanwhile (a restart): then once more on a fresh one. What the first try may
        have stored is found by its key.
        """
        columns = _columns(arrivals)
        if self._free:
            with contextlib.suppress(*_LOST):
                return await self._written(self._free.pop(), columns)
        return await self._written(await self._fresh(), columns)

    async def _connection(self) -> Any:
        return self._free.pop() if self._free else await self._fresh()

    async def _fresh(self) -> Any:
        settings = {**SERVER_SETTINGS, "application_name": f"{self._application} inbox"}
        return await asyncpg.connect(self._url, timeout=_CONNECT_S, server_settings=settings)

    async def _written(self, connection: Any, columns: tuple[list[Any], ...]) -> set[UUID] | None:
        try:
            with translated():
                if len(columns[0]) == 1:
                    values = [column[0] for column in columns]
                    rows = await connection.fetch(_TAKE_ONE_IN, *values, timeout=_STATEMENT_S)
                else:
                    rows = await connection.fetch(_TAKE_IN, *columns, timeout=_STATEMENT_S)
        except BaseException:
            connection.terminate()
            raise
        self._free.append(connection)
        return None if len(rows) == len(columns[0]) else {row[0] for row in rows}


_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver's word for a connection that died in its hands
    ConnectionError,
)
_OURS = (*_LOST, OSError, TimeoutError)
"""Trouble with the database itself: trying each caller alone would only make all of them wait longer."""


def _columns(arrivals: list[InboxArrival]) -> tuple[list[Any], ...]:
    occurred: list[datetime | None] = [each.occurred_at for each in arrivals]
    return (
        [each.id for each in arrivals],
        [each.tenant_id for each in arrivals],
        [each.connection_id for each in arrivals],
        [each.source for each in arrivals],
        [each.dedupe_key for each in arrivals],
        [each.entity_key for each in arrivals],
        occurred,
        [each.body for each in arrivals],
        [each.wait_s for each in arrivals],
        [each.lane for each in arrivals],
    )


def _tell(caller: _Waiting, new: set[UUID] | Exception | None) -> None:
    """Tell *caller* which of its arrivals are new (all if None), or what went wrong."""
    try:
        if new is None:
            caller.settled(caller.arrivals)
        elif isinstance(new, Exception):
            caller.settled(new)
        else:
            caller.settled([each for each in caller.arrivals if each.id in new])
    except Exception as broken:  # noqa: BLE001 - one caller's mistake must not leave the others without an answer
        asyncio.get_running_loop().call_exception_handler(
            {"message": "a caller of the inbox writer could not be told", "exception": broken}
        )
