"""What cadences, enrollments and touches promise in any storage."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from leadcore.flows.work import Store
from leadcore.kernel.errors import NotFoundError
from leadcore.testing.builders import (
    NOON,
    a_cadence,
    a_touch,
    an_enrollment,
)
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import open_shop


class CadenceContract(Contract):
    """A lead is in one cadence at a time, and each step happens once."""

    async def test_a_version_is_never_rewritten(self, store: Store) -> None:
        shop = await open_shop(store)

        async with store.begin(shop.id) as uow:
            await uow.cadences.put_version(replace(shop.cadence, steps=()))

            stored = await uow.cadences.version(shop.cadence.name, shop.cadence.version, tenant_id=shop.id)
            with pytest.raises(NotFoundError):
                await uow.cadences.version(shop.cadence.name, "other", tenant_id=shop.id)
        assert stored == shop.cadence

    async def test_a_lead_has_one_active_enrollment(self, store: Store) -> None:
        shop = await open_shop(store)
        next_one = an_enrollment(shop.lead, shop.cadence, rotation=1)
        ended = replace(shop.enrollment, state="stopped", ended_by="replied", ended_at=NOON)

        async with store.begin(shop.id) as uow:
            assert not await uow.cadences.enroll(next_one)
            await uow.cadences.save(ended)
            assert not await uow.cadences.enroll(an_enrollment(shop.lead, shop.cadence))
            assert await uow.cadences.enroll(next_one)

            assert await uow.cadences.active_of_lead(shop.lead.id, tenant_id=shop.id) == [next_one]
            assert await uow.cadences.enrollment(ended.id, tenant_id=shop.id) == ended
            assert await uow.cadences.peek_enrollment(ended.id, tenant_id=shop.id) == ended

    async def test_a_step_has_one_touch(self, store: Store) -> None:
        shop = await open_shop(store)
        later = a_touch(shop.enrollment, step="bye")

        async with store.begin(shop.id) as uow:
            assert not await uow.cadences.add_touch(a_touch(shop.enrollment))
            assert await uow.cadences.add_touch(later)
            assert await uow.cadences.touches_of_lead(shop.lead.id, tenant_id=shop.id) == [shop.touch, later]

    async def test_due_touches_are_cancelled_and_decided_ones_stay(self, store: Store) -> None:
        shop = await open_shop(store)
        decided = replace(shop.touch, state="decided", decided_at=NOON)
        due = a_touch(shop.enrollment, step="bye")

        async with store.begin(shop.id) as uow:
            await uow.cadences.save_touch(decided)
            await uow.cadences.add_touch(due)

            assert await uow.cadences.cancel_touches(shop.enrollment.id, tenant_id=shop.id, reason="opted_out") == [
                due.id
            ]
            assert await uow.cadences.touch(decided.id, tenant_id=shop.id) == decided
            cancelled = await uow.cadences.touch(due.id, tenant_id=shop.id)
        assert cancelled == replace(due, state="cancelled", reason="opted_out")

    async def test_what_was_published_last_is_present_and_an_older_one_can_come_back(self, store: Store) -> None:
        shop = await open_shop(store)
        first = a_cadence(shop.tenant, name="own", version="v1", published_at=NOON)
        second = a_cadence(shop.tenant, name="own", version="v2", published_at=NOON + timedelta(hours=1))
        again = replace(first, published_at=NOON + timedelta(hours=2))

        async with store.begin(shop.id) as uow:
            assert await uow.cadences.present("own", tenant_id=shop.id) is None
            await uow.cadences.publish(first)
            await uow.cadences.publish(second)
            assert await uow.cadences.present("own", tenant_id=shop.id) == second
            await uow.cadences.publish(again)

            assert await uow.cadences.present("own", tenant_id=shop.id) == again
            assert await uow.cadences.published(shop.id) == [again, second]
            assert await uow.cadences.present(shop.cadence.name, tenant_id=shop.id) is None

    async def test_touches_that_wait_are_listed_the_next_first(self, store: Store) -> None:
        shop = await open_shop(store)
        sooner = a_touch(shop.enrollment, step="sooner", due_at=NOON - timedelta(hours=1))
        skipped = a_touch(shop.enrollment, step="skipped", state="skipped", reason="its condition does not hold")

        async with store.begin(shop.id) as uow:
            await uow.cadences.add_touch(sooner)
            await uow.cadences.add_touch(skipped)

            assert await uow.cadences.waiting(shop.id, limit=9) == [sooner, shop.touch]
            assert await uow.cadences.waiting(shop.id, limit=1) == [sooner]
            ids = sorted([sooner.id, shop.touch.id])
            assert await uow.cadences.due_touches(shop.id, after=None, limit=9) == ids
            assert await uow.cadences.due_touches(shop.id, after=ids[0], limit=9) == ids[1:]
            assert await uow.cadences.due_touches(shop.id, after=None, limit=1) == ids[:1]

    async def test_an_enrollment_pauses_and_stays_active(self, store: Store) -> None:
        shop = await open_shop(store)
        paused = replace(shop.enrollment, paused_at=NOON)

        async with store.begin(shop.id) as uow:
            await uow.cadences.save(paused)

            assert await uow.cadences.active_of_lead(shop.lead.id, tenant_id=shop.id) == [paused]
