"""One worker on many due touches, for `engine.py`: prints what it did and took as JSON."""

import argparse
import asyncio
import json
import os
import resource
import sys
import time
from functools import partial
from pathlib import Path

import asyncpg
import msgspec
import uvloop

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from leadcore.flows.seams import Adapters, Seams  # noqa: E402
from leadcore.flows.touch import decide_touch  # noqa: E402
from leadcore.kernel.ids import TenantId  # noqa: E402
from leadcore.ports.messaging import Carrier, OutboundMessage, Receipt, SendChannel  # noqa: E402
from leadcore.tenants.model import Connection  # noqa: E402
from leadcore_runtime.composition import open_container  # noqa: E402
from leadcore_runtime.logs import configure_logs  # noqa: E402
from leadcore_runtime.sending import Sender  # noqa: E402
from leadcore_runtime.settings import Settings  # noqa: E402
from leadcore_scheduler.app import watch_over  # noqa: E402
from leadcore_scheduler.worker import Worker  # noqa: E402
from tests.chaos.fleet import pause  # noqa: E402
from tests.chaos.shop import shop_in  # noqa: E402
from tests.conftest import scratch_folder  # noqa: E402
from tests.e2e.system import VAULT_KEY, System  # noqa: E402

_SLOTS = 32
_DONE = """SELECT count(*) FROM leadcore.message WHERE state NOT IN ('pending', 'held', 'dispatching', 'unknown')"""


class InstantCarrier:
    """Takes every message at once, without a wire: what is measured is everything before it."""

    async def send(self, message: OutboundMessage) -> Receipt:
        """Accept it."""
        return Receipt(provider_id=f"SM{message.attempt_id.hex}")


class InstantAdapters:
    """The real adapters, but for the carrier."""

    def __init__(self, real: Adapters, connection: Connection) -> None:
        self._real = real
        self._connection = connection

    async def carrier(self, _tenant: TenantId, _channel: SendChannel) -> tuple[Carrier, Connection]:
        """Return the carrier that takes everything."""
        return InstantCarrier(), self._connection  # type: ignore[return-value]

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


async def main(touches: int, *, send: bool) -> None:
    """Make *touches* due, decide and send them, and say what it took."""
    configure_logs(level="WARNING", app="bench")
    url, admin_url = os.environ["DATABASE_URL"], os.environ["ADMIN_URL"]
    with scratch_folder("leadcore-bench-") as folder:
        async with System(folder, database_url=url) as system, shop_in(url) as shop:
            if send:
                await system.start_simulators(only="twilio")
            await shop.open(twilio=system.sim("twilio") if send else "http://127.0.0.1:1")
            await shop.due_touches(touches)
            settings = Settings(
                database_url=url, vault_key=VAULT_KEY, environment="test", database_pool=_SLOTS, data_dir=str(folder)
            )  # fmt: skip
            async with open_container(settings, warm=frozenset({"messaging"})) as container:
                await watch_over(container, settings).settle(within_s=5)  # whose epoch it may send in
                seams = container.seams
                if not send:
                    instant = InstantAdapters(seams.adapters, shop.connections["twilio"])
                    seams = msgspec.structs.replace(seams, adapters=instant)
                print(json.dumps(await _drained(seams, container.metrics, admin_url, touches)))


async def _drained(seams: Seams, metrics: object, admin_url: str, touches: int) -> dict[str, float]:
    sender, stopping = Sender(seams=seams, metrics=metrics), asyncio.Event()  # type: ignore[arg-type]
    worker = Worker(
        store=seams.store, kinds={"touch": partial(decide_touch, seams), "message": sender.send},
        slots=_SLOTS, lease_s=30, safety_tick_s=1, metrics=metrics,  # type: ignore[arg-type]
    )  # fmt: skip
    admin = await asyncpg.connect(admin_url)
    began, cpu = time.perf_counter(), _cpu_s()
    running = asyncio.create_task(worker.run(stopping))
    while (done := await admin.fetchval(_DONE)) < touches:
        await pause(0.2)
    took, used = time.perf_counter() - began, _cpu_s() - cpu
    stopping.set()
    await running
    await admin.close()
    return {"done": done, "seconds": took, "cpu_s": used}


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("touches", type=int)
    parser.add_argument("--send", action="store_true", help="to the carrier's simulator, over HTTP")
    chosen = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(chosen.touches, send=chosen.send))
