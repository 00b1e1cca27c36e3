"""Promises about roll-outs of cadence versions."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from leadcore.cadences.model import CadenceVersion, Thresholds, VersionFigures
from leadcore.flows.work import Store
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import RolloutId
from leadcore.testing.builders import (
    NOON,
    a_cadence,
    a_lead,
    a_message,
    a_rollout,
    a_rollout_move,
    a_touch,
    an_enrollment,
    new_id,
)
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import Shop, open_shop


class RolloutContract(Contract):
    """One roll-out of a cadence is open at a time, and every move can be taken back."""

    async def test_a_roll_out_is_stored_and_replaced_as_a_whole(self, store: Store) -> None:
        shop, next_version = await _shop(store)
        rollout = a_rollout(shop.cadence, next_version)
        halted = replace(
            rollout, state="halted", is_moving=False, decided_at=NOON, decided_by="Sam", reason="opt-outs",
            figures=(VersionFigures(version="next", leads=60, messages=90, failures=1, opt_outs=9),),
            thresholds=Thresholds(opt_out_margin=0.01, failure_margin=0.1, min_sample=7),
        )  # fmt: skip

        async with store.begin(shop.id) as uow:
            await uow.rollouts.add(rollout)
            assert await uow.rollouts.get(rollout.id, tenant_id=shop.id) == rollout
            assert await uow.rollouts.open_of(shop.cadence.name, tenant_id=shop.id) == rollout
            await uow.rollouts.save(halted)

            assert await uow.rollouts.get(rollout.id, tenant_id=shop.id) == halted
            assert await uow.rollouts.open_of(shop.cadence.name, tenant_id=shop.id) is None
            with pytest.raises(NotFoundError):
                await uow.rollouts.get(RolloutId(new_id()), tenant_id=shop.id)
            with pytest.raises(NotFoundError):
                await uow.rollouts.save(replace(rollout, id=RolloutId(new_id())))

    @pytest.mark.parametrize("state", ["waiting", "canary", "promoted"])
    async def test_one_roll_out_of_a_cadence_is_open(self, store: Store, state: Any) -> None:
        shop, next_version = await _shop(store)
        first = a_rollout(shop.cadence, next_version, state=state)

        async with store.begin(shop.id) as uow:
            await uow.rollouts.add(first)
            await uow.commit()
        async with store.begin(shop.id) as uow:
            with pytest.raises(ConflictError):
                await uow.rollouts.add(a_rollout(shop.cadence, next_version))
        async with store.begin(shop.id) as uow:
            await uow.rollouts.save(replace(first, state="rolled_back"))
            second = a_rollout(shop.cadence, next_version, started_at=NOON + timedelta(hours=1))
            await uow.rollouts.add(second)

            listed = await uow.rollouts.listing(shop.id)
            assert [each.id for each in listed] == [second.id, first.id]
            assert await uow.rollouts.listing(shop.id, cadence="other") == []
            assert await uow.rollouts.listing(shop.id, cadence=shop.cadence.name, limit=1) == [second]

    async def test_a_roll_out_is_between_versions_that_exist(self, store: Store) -> None:
        shop = await open_shop(store)

        async with store.begin(shop.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.rollouts.add(a_rollout(shop.cadence, a_cadence(shop.tenant, version="nobody knows")))

    async def test_those_in_flight_are_listed_with_what_they_wait_for(self, store: Store) -> None:
        shop, next_version = await _shop(store)
        lead = a_lead(shop.person, external_ref="other")
        other = an_enrollment(lead, next_version)
        waits = a_touch(other, step="hallo", version="next")
        decided = a_touch(other, step="before", state="decided", decided_at=NOON)
        first, second = sorted([(shop.enrollment, shop.touch), (other, waits)], key=lambda each: each[0].id)
        name = shop.cadence.name
        of_shop: dict[str, Any] = {"tenant_id": shop.id, "limit": 9}

        async with store.begin(shop.id) as uow:
            await uow.leads.add(lead)
            await uow.cadences.enroll(other)
            await uow.cadences.add_touch(waits)
            await uow.cadences.add_touch(decided)

            in_flight = uow.rollouts.in_flight
            assert await in_flight(name, **of_shop) == [first, second]
            assert await in_flight(name, tenant_id=shop.id, limit=1) == [first]
            assert await in_flight(name, **of_shop, after=first[0].id) == [second]
            assert await in_flight(name, **of_shop, on="next") == [(other, waits)]
            assert await in_flight(name, **of_shop, off="next") == [(shop.enrollment, shop.touch)]
            assert await in_flight(name, **of_shop, steps=("hallo", "before")) == [(other, waits)]
            assert await in_flight("another", **of_shop) == []
            await uow.cadences.save(replace(other, state="stopped", ended_by="replied", ended_at=NOON))
            assert await in_flight(name, **of_shop, on="next") == []

    async def test_an_enrollment_is_moved_once_and_again_after_it_was_taken_back(self, store: Store) -> None:
        shop, next_version = await _shop(store)
        rollout = a_rollout(shop.cadence, next_version)
        move = a_rollout_move(rollout, shop.touch)
        again = replace(move, from_step="elsewhere", moved_at=NOON + timedelta(days=1))

        async with store.begin(shop.id) as uow:
            await uow.rollouts.add(rollout)
            assert await uow.rollouts.move_of(rollout.id, move.enrollment_id, tenant_id=shop.id) is None
            await uow.rollouts.add_move(move)
            with pytest.raises(ConflictError):
                await uow.rollouts.add_move(again)
            assert await uow.rollouts.moved(rollout.id, tenant_id=shop.id) == (1, 0)
            await uow.rollouts.save_move(replace(move, undone_at=NOON))
            assert await uow.rollouts.moved(rollout.id, tenant_id=shop.id) == (1, 1)
            await uow.rollouts.add_move(again)

            assert await uow.rollouts.move_of(rollout.id, move.enrollment_id, tenant_id=shop.id) == again
            with pytest.raises(NotFoundError):
                await uow.rollouts.save_move(replace(move, rollout_id=RolloutId(new_id())))

    async def test_figures_count_leads_messages_failures_and_opt_outs_of_each_version(self, store: Store) -> None:
        shop, _ = await _shop(store)
        touches = [
            a_touch(shop.enrollment, step="a", state="decided", decided_at=NOON, version=shop.cadence.version),
            a_touch(shop.enrollment, step="b", state="decided", decided_at=NOON),  # planned by an older program
            a_touch(shop.enrollment, step="c", state="decided", decided_at=NOON, version="next"),
            a_touch(shop.enrollment, step="d", state="decided", decided_at=NOON - timedelta(days=1), version="next"),
        ]
        left = replace(shop.enrollment, version="next", state="stopped", ended_by="opted_out", ended_at=NOON)
        states: list[dict[str, Any]] = [
            {"state": "accepted", "delivery": "delivered"},
            {"state": "accepted", "delivery": "undelivered"},
            {"state": "failed"},
            {"state": "accepted"},
        ]

        async with store.begin(shop.id) as uow:
            for touch, state in zip(touches, states, strict=True):
                await uow.cadences.add_touch(touch)
                await uow.messages.add(a_message(shop.point, touch_id=touch.id, lead_id=shop.lead.id, **state))
            held = a_message(shop.point, touch_id=touches[2].id, channel="email", state="held")
            await uow.messages.add(held)
            found = await _figures(uow, shop)
            await uow.cadences.save(left)
            after = await _figures(uow, shop)

        old = VersionFigures(version=shop.cadence.version, leads=1, messages=2, failures=1)
        new = VersionFigures(version="next", leads=1, messages=1, failures=1)
        assert found == [old, new]
        # the touch without a version is its enrollment's, which has moved on
        assert after == [
            replace(old, messages=1, failures=0),
            replace(new, messages=2, failures=2, opt_outs=1),
        ]


async def _figures(uow: Any, shop: Shop) -> list[VersionFigures]:
    found: list[VersionFigures] = await uow.rollouts.figures(shop.cadence.name, tenant_id=shop.id, since=NOON)
    return found


async def _shop(store: Store) -> tuple[Shop, CadenceVersion]:
    shop = await open_shop(store)
    next_version = a_cadence(shop.tenant, version="next")
    async with store.begin(shop.id) as uow:
        await uow.cadences.put_version(next_version)
        await uow.commit()
    return shop, next_version
