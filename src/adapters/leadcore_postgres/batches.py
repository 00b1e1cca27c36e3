"""Many questions put to the database at once: those of one statement go in one batch."""

import asyncio
from collections.abc import Hashable, Sequence
from typing import Any

import msgspec

from leadcore_postgres.transaction import Ask, Plan, rows_touched


class Question(msgspec.Struct, kw_only=True, eq=False):
    """One statement of one unit of work, and where its answer goes."""

    plan: Plan
    ask: Ask
    args: tuple[Any, ...]
    answer: asyncio.Future[Any]


def heaps_of(asked: Sequence[Question]) -> list[list[Question]]:
    """Return the questions by statement."""
    heaps: dict[tuple[int, Ask], list[Question]] = {}
    for question in asked:
        heaps.setdefault((id(question.plan), question.ask), []).append(question)
    for heap in heaps.values():
        if heap[0].plan.locks:  # in one order everywhere, or two transactions would lock each other out
            heap.sort(key=lambda question: str(question.args))
    return list(heaps.values())


async def answers_of(driver: Any, heap: Sequence[Question]) -> Sequence[Any]:
    """Return the answers to questions of one statement, in their order."""
    plan, ask = heap[0].plan, heap[0].ask
    if len(heap) == 1:
        return [await _answer_one(driver, plan, ask, heap[0].args)]
    if ask == "run":
        await driver.executemany(plan.sql, [question.args for question in heap])
        return [None] * len(heap)
    if ask == "count" and plan.counted:
        return [row[0] for row in await driver.fetchmany(plan.counted, [question.args for question in heap])]
    if ask == "only":
        return [[row] for row in await driver.fetchmany(plan.sql, [question.args for question in heap])]
    if ask == "rows" and plan.numbered:
        return await _numbered(driver, plan, heap)
    return [await _answer_one(driver, plan, ask, question.args) for question in heap]


async def _answer_one(driver: Any, plan: Plan, ask: Ask, args: tuple[Any, ...]) -> Any:
    if ask in {"rows", "only"}:
        return await driver.fetch(plan.sql, *args)
    return rows_touched(await driver.execute(plan.sql, *args))


async def _numbered(driver: Any, plan: Plan, heap: Sequence[Question]) -> list[list[Any]]:
    """Ask each different question once; what is only read may be told to all who asked."""
    places: dict[Hashable, int] = {}
    asked: list[tuple[Any, ...]] = []
    of: list[int] = []
    for question in heap:
        key: Hashable = len(asked)
        if not plan.locks and not plan.writes:
            try:
                hash(question.args)
                key = ("same", question.args)
            except TypeError:  # a list among the arguments
                pass
        if key not in places:
            places[key] = len(asked)
            asked.append((*question.args, len(asked)))
        of.append(places[key])
    found: list[list[Any]] = [[] for _ in asked]
    if len(asked) == 1:
        found[0] = await driver.fetch(plan.sql, *asked[0][:-1])
    else:
        for row in await driver.fetchmany(plan.numbered, asked):
            found[row[-1]].append(row[:-1])
    return [found[place] for place in of]
