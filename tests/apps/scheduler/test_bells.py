"""Every worker of a process hears every ring, whoever else listens."""

import asyncio

from leadcore_scheduler.bells import Bells


class Button:
    """A doorbell that somebody presses; a ring is heard once."""

    def __init__(self) -> None:
        self.pressed = asyncio.Event()

    async def wait(self, timeout_s: float) -> bool:
        await self.pressed.wait()
        self.pressed.clear()
        return True


async def test_each_ring_wakes_all_and_one_that_was_busy_finds_it_later() -> None:
    button = Button()
    bells = Bells(button, tick_s=60)
    first, busy = bells.bell(), bells.bell()
    listening = asyncio.create_task(bells.run())

    for _ in range(2):
        button.pressed.set()
        await asyncio.wait_for(first.wait(), timeout=5)
        first.clear()

    assert busy.is_set()
    busy.clear()
    button.pressed.set()
    await asyncio.wait_for(asyncio.gather(first.wait(), busy.wait()), timeout=5)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_a_doorbell_that_never_waits_leaves_the_loop_to_others() -> None:
    class Silent:
        async def wait(self, timeout_s: float) -> bool:
            return False

    bells = Bells(Silent(), tick_s=60)
    rung = bells.bell()
    listening = asyncio.create_task(bells.run())

    for _ in range(3):
        await asyncio.sleep(0)

    assert not rung.is_set()
    assert not listening.done()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
