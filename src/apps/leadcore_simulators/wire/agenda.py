"""Things a vendor does later: durable, so that they still happen after kill -9."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from leadcore_simulators.wire.store import Store

Fields = dict[str, Any]
Step = Callable[[Fields], None]
Errand = Callable[[Fields], Awaitable[None]]

_LONGEST_NAP_S = 30.0
_AT_ONCE = 64
_STEPS_AT_ONCE = 500
_DUE = (
    "SELECT id, kind, payload FROM agenda WHERE claimed = 0 AND due <= ?"
    " AND kind {kind} (SELECT value FROM json_each(?)) ORDER BY due, id LIMIT ?"
)
_NEXT = "SELECT min(due) AS due FROM agenda WHERE claimed = 0 AND (NOT ? OR kind IN (SELECT value FROM json_each(?)))"


class Agenda:
    """Runs due items.

    A *step* is synchronous and commits together with its removal. An *errand* may wait on the network
    and is repeated when the process dies under it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._steps: dict[str, Step] = {}
        self._errands: dict[str, Errand] = {}
        self._wake = asyncio.Event()
        self._loop_task: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()

    def on_step(self, kind: str, step: Step) -> None:
        """Name what a kind of item does at once."""
        self._steps[kind] = step

    def on_errand(self, kind: str, errand: Errand) -> None:
        """Name what a kind of item does over the network."""
        self._errands[kind] = errand

    def add(self, kind: str, payload: Fields, *, delay_s: float = 0.0) -> None:
        """Put an item down; inside a transaction it counts when that commits."""
        self._store.insert(
            "INSERT INTO agenda (due, kind, payload) VALUES (?,?,?)",
            (time.time() + delay_s, kind, msgspec.json.encode(payload)),
        )
        self._wake.set()

    def start(self) -> None:
        """Begin, or go on where a killed process stopped. A second call does nothing."""
        if self._loop_task is None:
            self._store.rows("UPDATE agenda SET claimed = 0")
            self._loop_task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End at once; what is under way will be repeated by the next start."""
        tasks = [task for task in (self._loop_task, *self._running) if task is not None]
        self._loop_task = None
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            for row in self._due():
                payload: Fields = msgspec.json.decode(row["payload"])
                if row["kind"] in self._steps:
                    self._take_step(row["id"], row["kind"], payload)
                else:
                    self._launch(row["id"], row["kind"], payload)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._nap_s()):
                    await self._wake.wait()

    def _due(self) -> list[Any]:
        """Give what may run now; slow webhooks of one app never hold up the steps."""
        kinds = msgspec.json.encode(list(self._steps)).decode()
        now, free = time.time(), max(_AT_ONCE - len(self._running), 0)
        steps = self._store.rows(_DUE.format(kind="IN"), (now, kinds, _STEPS_AT_ONCE))
        return [*steps, *self._store.rows(_DUE.format(kind="NOT IN"), (now, kinds, free))]

    def _nap_s(self) -> float:
        full = len(self._running) >= _AT_ONCE  # the end of any errand wakes us
        kinds = msgspec.json.encode(list(self._steps)).decode()
        found = self._store.rows(_NEXT, (full, kinds))
        due: float | None = found[0]["due"]
        return _LONGEST_NAP_S if due is None else min(max(due - time.time(), 0.0), _LONGEST_NAP_S)

    def _take_step(self, number: int, kind: str, payload: Fields) -> None:
        try:
            with self._store.transaction():
                self._steps[kind](payload)
                self._forget(number)
        except Exception as error:  # noqa: BLE001 - one bad item must not stop everything that is due
            self._forget(number)
            _report(asyncio.get_running_loop(), error, what=kind)

    def _launch(self, number: int, kind: str, payload: Fields) -> None:
        self._store.rows("UPDATE agenda SET claimed = 1 WHERE id = ?", (number,))
        task = asyncio.create_task(self._errand(number, kind, payload))
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def _errand(self, number: int, kind: str, payload: Fields) -> None:
        await self._errands[kind](payload)
        self._forget(number)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _report(task.get_loop(), error, what="an errand")
        self._wake.set()

    def _forget(self, number: int) -> None:
        self._store.rows("DELETE FROM agenda WHERE id = ?", (number,))


def _report(loop: asyncio.AbstractEventLoop, error: BaseException, *, what: str) -> None:
    loop.call_exception_handler({"message": f"the simulator failed at {what}", "exception": error})
