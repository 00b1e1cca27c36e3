"""CRMs are read beside everything else: one that does not answer holds up neither messages nor other shops."""

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from leadcore.flows.seams import PublicUrls, Seams
from leadcore.intake.model import POLL_EVERY_S, PollState
from leadcore.kernel.ids import TenantId
from leadcore.memory.chance import SeededChance, SeededIds
from leadcore.memory.clock import VirtualClock
from leadcore.memory.crm import MemoryCrm
from leadcore.memory.storage import MemoryStore
from leadcore.ports.crm import CrmOrder
from leadcore.ports.inbound import DeliveryReport
from leadcore.ports.storage import DueItem
from leadcore.testing.builders import a_connection, a_tenant
from leadcore_runtime.polling import Poller
from leadcore_runtime.settings import Settings
from leadcore_scheduler.app import app_over
from leadcore_scheduler.worker import Worker
from tests.apps.scheduler.heard import PATIENCE_S, HeardMetrics
from tests.apps.scheduler.test_app import Opened
from tests.unit.flows.world import World

_SLOTS = 4


class SilentCrm(MemoryCrm):
    """It takes every call and answers none."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def orders_changed_since(self, since: datetime) -> tuple[CrmOrder, ...]:
        self.asked.set()
        await asyncio.Event().wait()
        return await super().orders_changed_since(since)

    async def orders_by_id(self, external_ids: Sequence[str]) -> dict[str, CrmOrder | None]:
        raise AssertionError("the list comes first")


class Chain:
    """Many shops, each with a CRM of its own, in one store."""

    def __init__(self, *crms: MemoryCrm) -> None:
        self.store = MemoryStore(VirtualClock())
        self.metrics = HeardMetrics()
        self.tenants = [a_tenant() for _ in crms]
        self._crms = dict(zip([tenant.id for tenant in self.tenants], crms, strict=True))
        self.seams = Seams(
            store=self.store,
            adapters=cast("Any", self),
            ids=SeededIds(),
            chance=SeededChance(1),
            urls=PublicUrls(hooks="https://hooks.example.com", chat="https://chat.example.com"),
        )

    async def crm(self, tenant_id: TenantId) -> MemoryCrm:
        return self._crms[tenant_id]

    async def open(self) -> "Chain":
        for tenant in self.tenants:
            async with self.store.begin(tenant.id) as uow:
                await uow.tenants.add(tenant)
                await uow.tenants.put_connection(a_connection(tenant, port="crm", plugin="shopmonkey"))
                await uow.due.arm("poll", tenant.id, tenant_id=tenant.id, at=await uow.now())
                await uow.commit()
        return self

    async def state(self, tenant_id: TenantId) -> PollState:
        async with self.store.begin(tenant_id) as uow:
            return await uow.polls.get(tenant_id)

    async def passes(self, tenant_id: TenantId) -> None:
        async def has_passed() -> bool:
            return (await self.state(tenant_id)).passes > 0

        await self.metrics.until(has_passed)

    @asynccontextmanager
    async def reading(self, *, pass_s: float) -> Any:
        stopping = asyncio.Event()
        worker = Worker(
            store=self.store,
            kinds={"poll": Poller(seams=self.seams, pass_s=pass_s).perform},
            slots=_SLOTS,
            lease_s=30,
            safety_tick_s=0.01,
            metrics=self.metrics,
            bell=asyncio.Event(),
        )
        running = asyncio.create_task(worker.run(stopping))
        try:
            yield
        finally:
            stopping.set()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_shops_whose_crm_is_silent_do_not_keep_another_from_being_read() -> None:
    silent = [SilentCrm() for _ in range(3 * _SLOTS)]
    chain = await Chain(*silent, MemoryCrm()).open()

    async with chain.reading(pass_s=0.05):
        await chain.passes(chain.tenants[-1].id)
        for tenant in chain.tenants:
            await chain.passes(tenant.id)

    well = await chain.state(chain.tenants[-1].id)
    assert (well.pause_s, well.trouble) == (POLL_EVERY_S, "")
    for tenant in chain.tenants[:-1]:
        ill = await chain.state(tenant.id)
        assert ill.pause_s == 2 * POLL_EVERY_S
        assert "did not answer" in ill.trouble


async def test_without_a_bound_the_silent_ones_would_keep_it_waiting() -> None:
    """The negative control of the one above."""
    silent = [SilentCrm() for _ in range(3 * _SLOTS)]
    chain = await Chain(*silent, MemoryCrm()).open()

    async with chain.reading(pass_s=3600):
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(crm.asked.wait() for crm in silent[:1]))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await chain.passes(chain.tenants[-1].id)


async def test_a_pass_that_is_broken_off_is_not_stuck_and_its_item_waits_for_its_turn() -> None:
    chain = await Chain(SilentCrm()).open()
    [item] = await chain.store.due.claim(("poll",), limit=1, lease_s=30, worker="test")

    await Poller(seams=chain.seams, pass_s=0.02).perform(item)

    wait = await chain.store.due.next_due(("poll",))
    assert wait is not None
    assert POLL_EVERY_S <= wait <= 2 * POLL_EVERY_S


async def test_a_timeout_that_is_not_the_pollers_own_is_left_to_the_worker() -> None:
    chain = await Chain(MemoryCrm()).open()
    [item] = await chain.store.due.claim(("poll",), limit=1, lease_s=30, worker="test")

    async def database_is_slow(_: Seams, __: DueItem) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await Poller(seams=chain.seams, poll=database_is_slow).perform(item)

    assert (await chain.state(chain.tenants[0].id)).passes == 0


async def test_messages_are_handled_by_the_only_slot_while_the_crm_is_silent(tmp_path: Path) -> None:
    world = await World().open()
    silent = SilentCrm()
    world.crm_records = silent
    async with world.store.begin(world.tenant.id) as uow:
        await uow.due.arm("poll", world.tenant.id, tenant_id=world.tenant.id, at=await uow.now())
        await uow.commit()
    settings = Settings(environment="test", safety_tick_s=0.02, workers=1, data_dir=str(tmp_path))
    opened = Opened(world)
    app = app_over(cast("Any", opened), settings)

    async with asyncio.timeout(PATIENCE_S), _lifespan(app):
        await silent.asked.wait()
        await world.webhook(DeliveryReport(provider_id="SM404", status="delivered"))
        await opened.metrics.until(lambda: opened.metrics.counted("inbox", "done") > 0)

        async with world.store.begin(world.tenant.id) as uow:
            assert (await uow.polls.get(world.tenant.id)).passes == 0  # the pass is still waiting for its CRM


@asynccontextmanager
async def _lifespan(app: Any) -> Any:
    async with app.lifespan():
        yield
