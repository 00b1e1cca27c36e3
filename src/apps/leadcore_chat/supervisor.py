"""Owns the generation of answers: a task per turn that outlives the request it came with."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from leadcore.kernel.ids import ConversationId, TenantId, TurnId
from leadcore_runtime.hub import TurnHub


class Answer(Protocol):
    """Answers one turn: begins a generation, streams, finishes. `TurnKeeper.answer` is one."""

    def __call__(self, turn_id: TurnId, *, tenant_id: TenantId) -> Awaitable[object]:
        """Return when the turn is answered or somebody else's."""
        ...


HandBack = Callable[[TurnId, TenantId], Awaitable[None]]


class TurnSupervisor:
    """Starts turns, waits for them, drops them, and drains before the process ends."""

    def __init__(self, answer: Answer, *, hub: TurnHub, hand_back: HandBack) -> None:
        self._answer = answer
        self._hub = hub
        self._hand_back = hand_back
        self._tasks: dict[TurnId, asyncio.Task[None]] = {}
        self._tenants: dict[TurnId, TenantId] = {}
        self._log = structlog.get_logger()

    def start(self, turn_id: TurnId, conversation_id: ConversationId, *, tenant_id: TenantId) -> None:
        """Begin to answer, unless it is being answered here already."""
        if turn_id in self._tasks:
            return

        def ended(_: asyncio.Task[None]) -> None:  # also of a task that was cancelled before it began
            self._hub.forget(conversation_id, turn_id)
            self._tasks.pop(turn_id, None)
            self._tenants.pop(turn_id, None)

        task = asyncio.create_task(self._run(turn_id, tenant_id), name=f"turn {turn_id}")
        task.add_done_callback(ended)
        self._tasks[turn_id] = task
        self._tenants[turn_id] = tenant_id

    def drop(self, turn_id: TurnId) -> None:
        """Stop answering a turn that was dropped: nobody reads it, and every further token costs."""
        task = self._tasks.get(turn_id)
        if task is not None:
            task.cancel()

    async def settled(self, turn_id: TurnId, *, timeout_s: float) -> None:
        """Wait until the turn is no longer answered here, at most *timeout_s*."""
        task = self._tasks.get(turn_id)
        if task is None:
            await asyncio.sleep(timeout_s)
        else:
            await asyncio.wait({task}, timeout=timeout_s)

    async def drain(self, *, timeout_s: float) -> None:
        """Let answers end for *timeout_s*; hand the others back, so that the scheduler answers at once."""
        running = dict(self._tasks)
        if not running:
            return
        await asyncio.wait(running.values(), timeout=timeout_s)
        cut = {turn_id: self._tenants[turn_id] for turn_id, task in running.items() if not task.done()}
        for turn_id in cut:
            running[turn_id].cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)
        for turn_id, tenant_id in cut.items():
            try:
                await self._hand_back(turn_id, tenant_id)
            except Exception as surprise:  # noqa: BLE001 - the turn is due again in any case, only later
                self._log.warning("turn.not_handed_back", turn_id=str(turn_id), exc_info=surprise)

    async def _run(self, turn_id: TurnId, tenant_id: TenantId) -> None:
        try:
            await self._answer(turn_id, tenant_id=tenant_id)
        except Exception as surprise:  # noqa: BLE001 - the turn stays due: the scheduler answers it
            self._log.error("turn.failed", turn_id=str(turn_id), tenant_id=str(tenant_id), exc_info=surprise)
