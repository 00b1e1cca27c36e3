"""Promises about what the law looks at: what went, where somebody lives, what was decided."""

from datetime import timedelta

import pytest

from leadcore.compliance.values import Purpose
from leadcore.flows.work import Store
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ContactPointId
from leadcore.testing.builders import NOON, a_decision, a_message, an_attempt, new_id
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import open_shop


class LawContract(Contract):
    """Nothing that counts is missed, whoever asks for a budget asks alone."""

    async def test_what_counts_against_caps_is_told_with_its_instant(self, store: Store) -> None:
        shop = await open_shop(store)
        purposes: dict[Purpose, int] = {"marketing": 3, "first_response": 1, "reply": 2}

        async with store.begin(shop.id) as uow:
            for purpose, hours in purposes.items():
                message = a_message(shop.point, purpose=purpose)
                await uow.messages.add(message)
                started = NOON - timedelta(hours=hours)
                await uow.messages.add_attempt(an_attempt(message, state="accepted", started_at=started))
            found = await uow.compliance.sent_at(
                shop.point.id,
                tenant_id=shop.id,
                channel="sms",
                purposes=frozenset[Purpose]({"marketing", "first_response"}),
                since=NOON - timedelta(hours=3),
            )
            spent = [
                await uow.compliance.spent_since(shop.id, since=NOON - timedelta(hours=hours)) for hours in (3, 2, 0)
            ]
        assert found == [NOON - timedelta(hours=3), NOON - timedelta(hours=1)]
        assert spent == [3, 2, 0]

    async def test_tests_are_counted_apart(self, store: Store) -> None:
        shop = await open_shop(store)
        purposes: tuple[Purpose, ...] = ("marketing", "test", "reply")

        async with store.begin(shop.id) as uow:
            for purpose in purposes:
                message = a_message(shop.point, purpose=purpose)
                await uow.messages.add(message)
                await uow.messages.add_attempt(an_attempt(message, state="accepted"))
            tests = await uow.compliance.spent_since(shop.id, since=NOON, tests=True)
            others = await uow.compliance.spent_since(shop.id, since=NOON)

        assert (tests, others) == (1, 2)

    async def test_where_nothing_arrives_is_kept_with_the_contact_point(self, store: Store) -> None:
        shop = await open_shop(store)

        async with store.begin(shop.id) as uow:
            await uow.compliance.note_reach(shop.point.id, tenant_id=shop.id, at=NOON, why="a landline")
            flagged = await uow.compliance.get_point(shop.point.id, tenant_id=shop.id)
            await uow.compliance.mark_inbound(shop.point.id, tenant_id=shop.id, at=NOON + timedelta(seconds=1))
            wrote = await uow.compliance.get_point(shop.point.id, tenant_id=shop.id)
            await uow.compliance.note_reach(shop.point.id, tenant_id=shop.id, at=None, why="")
            cleared = await uow.compliance.get_point(shop.point.id, tenant_id=shop.id)
            with pytest.raises(NotFoundError):
                await uow.compliance.note_reach(ContactPointId(new_id()), tenant_id=shop.id, at=None, why="")

        assert (flagged.unreachable_at, flagged.unreachable_why, flagged.is_reachable) == (NOON, "a landline", False)
        assert (wrote.is_reachable, cleared.is_reachable, cleared.unreachable_why) == (True, True, "")

    async def test_an_address_is_kept_with_the_contact_point(self, store: Store) -> None:
        shop = await open_shop(store)

        async with store.begin(shop.id) as uow:
            await uow.compliance.note_address(shop.point.id, tenant_id=shop.id, state="Texas", postal_code="78701")
            await uow.commit()

        async with store.begin(shop.id) as uow:
            found = await uow.compliance.get_point(shop.point.id, tenant_id=shop.id)
            assert (found.state, found.postal_code) == ("Texas", "78701")
            with pytest.raises(NotFoundError):
                await uow.compliance.note_address(ContactPointId(new_id()), tenant_id=shop.id, state="", postal_code="")

    async def test_the_zone_of_a_browser_is_kept_with_its_instant(self, store: Store) -> None:
        shop = await open_shop(store)

        async with store.begin(shop.id) as uow:
            await uow.compliance.note_browser(shop.point.id, tenant_id=shop.id, zone="America/Denver", at=NOON)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            found = await uow.compliance.get_point(shop.point.id, tenant_id=shop.id)
            assert (found.browser_zone, found.browser_zone_at) == ("America/Denver", NOON)
            with pytest.raises(NotFoundError):
                await uow.compliance.note_browser(ContactPointId(new_id()), tenant_id=shop.id, zone="", at=NOON)

    async def test_decisions_are_read_in_the_order_they_were_made(self, store: Store) -> None:
        shop = await open_shop(store)
        made = [a_decision(shop.point, at=NOON + timedelta(minutes=minute)) for minute in (0, 1, 1, 2)]
        made.sort(key=lambda each: (each.at, each.id))
        since = NOON + timedelta(minutes=1)

        async with store.begin(shop.id) as uow:
            await uow.compliance.record(made[::-1])
            first = await uow.compliance.decisions_since(since, tenant_id=shop.id, after=None, limit=2)
            rest = await uow.compliance.decisions_since(since, tenant_id=shop.id, after=first[-1], limit=2)
        assert first == made[1:3]
        assert rest == made[3:]
