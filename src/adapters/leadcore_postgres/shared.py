"""Units of work of one tenant side by side in one transaction: they share its statements, its commit and its fate.

Due work comes in heaps, and nearly all of its cost is the round trip of each small statement and the commit at its end.
Here the units run at once; what they ask in the same moment goes to the database as one batch, and one commit ends all.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncEngine

from leadcore.kernel.errors import LeadcoreError, SharedFateError
from leadcore.kernel.ids import TenantId
from leadcore_postgres.batches import Question, answers_of, heaps_of
from leadcore_postgres.engine import tenant_session
from leadcore_postgres.transaction import RING, Ask, Plan, Transaction, plan_of, translated

_MOST = 64
"""Units in one transaction: more would hold locks for longer, and save no more."""


class Share(Transaction):
    """One unit's part in a shared transaction. `commit` returns once all of it is durable."""

    def __init__(self, whole: "SharedTransaction") -> None:
        super().__init__(None, tenant_id=whole.tenant_id)
        self.over = asyncio.get_running_loop().create_future()
        self.has_written = False
        self._whole = whole
        self._may_lock = False

    async def ring(self, soonest: datetime) -> None:
        """Ring once for all."""
        self._whole.rings_at(soonest)

    async def hold(self, kind: str, key: Hashable) -> None:
        """Wait until no other unit of this transaction is at it: the database sees one holder in all of them."""
        await self._whole.hold(self, (kind, key))
        self._may_lock = True

    async def hold_each(self, kind: str, keys: TextClause, **params: Any) -> None:
        """Wait for each of the rows that *keys* names, in order, until no other unit is at it."""
        for row in await self.rows(keys, **params):
            await self._whole.hold(self, (kind, row[0]))
        self._may_lock = True

    async def _asked(self, statement: TextClause, ask: Ask, params: dict[str, Any]) -> Any:
        if self._is_over:
            raise RuntimeError("this unit of work is over")
        plan = plan_of(statement)
        if plan.locks and not self._may_lock and not self._whole.stays_alone():
            raise SharedFateError("what it locks is not known to the units beside it")
        self._may_lock = False
        self.has_written = self.has_written or plan.writes
        return await self._whole.answer_to(self, plan, ask, tuple(params[name] for name in plan.names))

    async def commit(self) -> None:
        """Be ready, and wait for the others. Raises `SharedFateError` when nothing of this unit was kept."""
        if self._is_over:
            raise RuntimeError("this unit of work is over")
        self._is_over = True
        await self._whole.commit(self)

    def close(self) -> None:
        """Leave. Whoever has written and not committed takes all the others along."""
        was_over, self._is_over = self._is_over, True
        self._whole.leave(self, spoils=self.has_written and not was_over)


class SharedTransaction:
    """One transaction and its shares. It commits when each of them is ready or has left without a trace."""

    def __init__(self, engine: AsyncEngine, tenant_id: TenantId) -> None:
        self.tenant_id = tenant_id
        self._engine = engine
        self._working: set[Share] = set()
        self._joined = 0
        self._most = _MOST
        self._ready = 0
        self._waits: dict[Share, Share] = {}  # for whom, until that one is ready
        self._questions: list[Question] = []
        self._holders: dict[Hashable, Share] = {}
        self._soonest: datetime | None = None
        self._stir = asyncio.Event()
        self._trouble: BaseException | None = None
        self._is_closing = self._is_committing = False
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.driving = asyncio.create_task(self._drive())

    @property
    def takes_more(self) -> bool:
        """Whether another unit may join: not once somebody waits for the end, or it would never come."""
        return self._trouble is None and not self._ready and not self._is_closing and self._joined < self._most

    def join(self) -> Share:
        """Return a new share."""
        share = Share(self)
        self._joined += 1
        self._working.add(share)
        return share

    def rings_at(self, soonest: datetime) -> None:
        """Let the doorbell ring with the commit if the earliest of these instants is near."""
        self._soonest = soonest if self._soonest is None else min(self._soonest, soonest)

    def stays_alone(self) -> bool:
        """Let nobody else join if nobody has: a single unit may lock what it likes."""
        if self._joined == 1:
            self._most = 1
        return self._joined == 1

    async def answer_to(self, share: Share, plan: Plan, ask: Ask, args: tuple[Any, ...]) -> Any:
        """Put the statement to the database with whatever the others ask now."""
        self._raise_if_broken()
        question = Question(plan=plan, ask=ask, args=args, answer=asyncio.get_running_loop().create_future())
        self._questions.append(question)
        self._stir.set()
        return await question.answer

    async def hold(self, share: Share, name: Hashable) -> None:
        """Make *share* the one that is at *name* until it is ready. What it wrote is seen by the next one."""
        while (holder := self._holders.get(name)) is not None and holder is not share:
            self._raise_if_broken()
            self._waits[share] = holder
            self._stir.set()
            try:
                await asyncio.shield(holder.over)
            finally:
                self._waits.pop(share, None)
        self._raise_if_broken()
        self._holders[name] = share

    async def commit(self, share: Share) -> None:
        """Wait until all is durable."""
        self._raise_if_broken()
        self._ready += 1
        self._gone(share)
        await asyncio.shield(self._ended)
        self._raise_if_broken()

    def leave(self, share: Share, *, spoils: bool) -> None:
        """Let *share* go; what it has written is undone with everything else."""
        if spoils and self._trouble is None and not self._ended.done():
            self._trouble = SharedFateError("a unit of work in the same transaction was given up")
        self._gone(share)

    def _gone(self, share: Share) -> None:
        self._working.discard(share)
        for name in [name for name, holder in self._holders.items() if holder is share]:
            del self._holders[name]
        for waiting in [waiting for waiting, holder in self._waits.items() if holder is share]:
            del self._waits[waiting]
        if not share.over.done():
            share.over.set_result(None)
        self._stir.set()

    def _raise_if_broken(self) -> None:
        trouble = self._trouble
        if trouble is None:
            return
        is_known = not self._is_committing or isinstance(trouble, LeadcoreError)
        if is_known and (self._joined > 1 or not isinstance(trouble, Exception)):
            raise SharedFateError(f"a unit of work in the same transaction failed: {trouble!r}") from trouble
        raise trouble  # its own, or nobody knows what was kept

    async def _drive(self) -> None:
        try:
            await self._questioned()
            if self._questions:
                async with tenant_session(self._engine, self.tenant_id) as session:
                    with translated():
                        connection = await session.connection()
                        driver = (await connection.get_raw_connection()).driver_connection
                    while await self._questioned():
                        asked, self._questions = self._questions, []
                        await self._answer(driver, asked)
                    if self._ready:
                        await self._ring(driver)
                        self._is_committing = True
                        with translated():
                            await session.commit()
        except BaseException as trouble:  # noqa: BLE001 - whatever it is, everybody who waits here must hear of it
            self._trouble = trouble if self._trouble is None else self._trouble
        finally:
            self._end()

    async def _ring(self, driver: Any) -> None:
        if self._soonest is not None:
            with translated():
                await driver.execute(plan_of(RING).sql, self._soonest)

    async def _questioned(self) -> bool:
        """Wait for a question; False when everybody is ready or gone. Raises what broke the transaction."""
        while self._trouble is None and not self._questions and self._working:
            if len(self._waits) == len(self._working):
                raise SharedFateError("the units of work in this transaction wait for one another")
            self._stir.clear()
            await self._stir.wait()
        if self._trouble is not None:
            raise self._trouble
        self._is_closing = not self._questions
        return bool(self._questions)

    def _end(self) -> None:
        for question in self._questions:
            if not question.answer.done():
                question.answer.set_exception(self._fate())
        self._questions = []
        for share in self._working:
            if not share.over.done():
                share.over.set_result(None)
        if not self._ended.done():
            self._ended.set_result(None)

    def _fate(self) -> BaseException:
        try:
            self._raise_if_broken()
        except Exception as fate:  # noqa: BLE001 - it is passed on
            return fate
        return SharedFateError("the transaction is over")

    async def _answer(self, driver: Any, asked: list[Question]) -> None:
        """Put the questions of one moment, those with the same statement at once."""
        pending = heaps_of(asked)
        try:
            while pending:
                heap = pending[-1]
                with translated():
                    answers = await answers_of(driver, heap)
                pending.pop()
                for question, answer in zip(heap, answers, strict=True):
                    if not question.answer.done():
                        question.answer.set_result(answer)
        except BaseException as trouble:
            self._trouble = trouble if self._trouble is None else self._trouble
            alone = len(pending) == 1 and len(pending[0]) == 1
            for question in (each for heap in pending for each in heap):
                if not question.answer.done():
                    question.answer.set_exception(trouble if alone else self._fate())
            raise


class SharedBegin:
    """Opens units of work that share transactions with others of their tenant."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._open: dict[tuple[TenantId, str], SharedTransaction] = {}
        self._driving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def transaction(self, tenant_id: TenantId, kind: str) -> AsyncIterator[Transaction]:
        """Join the tenant's open transaction of this kind of work, or open one: the same work asks the same."""
        place = (tenant_id, kind)
        whole = self._open.get(place)
        if whole is None or not whole.takes_more:
            whole = self._open[place] = SharedTransaction(self._engine, tenant_id)
            self._driving.add(whole.driving)
            whole.driving.add_done_callback(self._driving.discard)
        share = whole.join()
        try:
            yield share
        finally:
            share.close()
            if self._open.get(place) is whole and not whole.takes_more:
                del self._open[place]

    async def aclose(self) -> None:
        """Wait until each transaction has given its connection back. Nobody may begin one any more."""
        await asyncio.gather(*self._driving, return_exceptions=True)
