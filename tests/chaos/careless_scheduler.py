"""A negative control: the scheduler as it is usually written. No answer counts as not sent, and is tried again."""

import asyncio
import signal

from leadcore.flows.dispatch import Departure
from leadcore.flows.settle import settle_attempt
from leadcore.kernel.ids import AttemptId
from leadcore.messaging.machine import Failure, NeverLeft, Outcome
from leadcore.ports.messaging import OutcomeUnknownError
from leadcore.ports.storage import DueItem
from leadcore_runtime.composition import open_container
from leadcore_runtime.sending import Fence, Sender
from leadcore_runtime.settings import Settings, load_settings
from leadcore_scheduler.app import _worker, watch_over


class CarelessSender(Sender):
    """Retries what is unknown and what a lost worker left, on the expiry of the lease."""

    async def reconcile(self, item: DueItem) -> None:
        ran_out = NeverLeft(why="the lease ran out")
        await settle_attempt(self._seams, AttemptId(item.item_id), ran_out, tenant_id=item.tenant_id, item=item)

    async def _call(self, departure: Departure, fence: Fence) -> Outcome:
        outcome = await super()._call(departure, fence)
        match outcome:
            case Failure(error=OutcomeUnknownError(message=why)):
                return NeverLeft(why=why)
            case _:
                return outcome


async def work(settings: Settings) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with open_container(settings) as opened:
        await watch_over(opened, settings).settle(within_s=5)
        sender = CarelessSender(seams=opened.seams, metrics=opened.metrics)
        worker = _worker(opened, settings)
        worker._kinds |= {"message": sender.send, "attempt": sender.reconcile}
        await worker.run(stopping)


if __name__ == "__main__":
    asyncio.run(work(load_settings()))
