"""One timer for many short waits."""

import asyncio

from leadcore_runtime.deadlines import Deadlines, Promise


async def test_what_is_not_kept_in_time_is_broken_once_and_what_was_kept_is_not() -> None:
    deadlines = Deadlines(within_s=0.0)
    broken = asyncio.Queue[str]()

    def promise(name: str) -> Promise:
        return deadlines.promise(lambda: broken.put_nowait(name))

    kept, late, later = promise("kept"), promise("late"), promise("later")

    assert kept.keep()
    assert not kept.keep()
    async with asyncio.timeout(20):
        assert [await broken.get(), await broken.get()] == ["late", "later"]
    assert late.keep()
    assert later.keep()
    assert broken.empty()


async def test_nothing_is_broken_before_its_time() -> None:
    patient, hasty = Deadlines(within_s=3600), Deadlines(within_s=0.0)
    told = asyncio.Queue[str]()
    patient.promise(lambda: told.put_nowait("patient"))
    hasty.promise(lambda: told.put_nowait("hasty"))

    async with asyncio.timeout(20):
        assert await told.get() == "hasty"
    assert told.empty()
