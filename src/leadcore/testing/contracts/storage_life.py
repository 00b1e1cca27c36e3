"""Promises about what becomes of leads: scores, assignments, the rotation, answers, and the story page by page."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from leadcore.conversations.events import EntryAdded
from leadcore.flows.work import Store
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import LeadId, PersonId
from leadcore.leads.events import LeadArrived
from leadcore.leads.model import Answering, Rotation
from leadcore.leads.values import LeadStatus, ScoreReason
from leadcore.messaging.events import MessageQueued
from leadcore.testing.builders import (
    NOON,
    a_lead,
    a_message,
    a_person,
    a_point,
    a_score,
    an_appointment,
    an_assignment,
    an_entry,
    new_id,
)
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import open_shop


class LeadLifeContract(Contract):
    """One score and one advisor per lead, one rotation per tenant."""

    async def test_a_lead_has_one_score_with_its_reasons(self, store: Store) -> None:
        shop = await open_shop(store)
        first = a_score(shop.lead)
        again = a_score(shop.lead, total=55, reasons=(ScoreReason(reason="drives a “’22 Y”", points=55),))

        async with store.begin(shop.id) as uow:
            await uow.life.put_score(first)
            await uow.life.put_score(again)

            found = await uow.life.scores([shop.lead.id, LeadId(new_id())], tenant_id=shop.id)
            with pytest.raises(NotFoundError):
                await uow.life.put_score(replace(first, lead_id=LeadId(new_id())))
        assert found == [again]

    async def test_leads_are_listed_by_score_page_by_page(self, store: Store) -> None:
        shop = await open_shop(store)
        low, high, equal, unscored, won = (
            a_lead(shop.person),
            a_lead(shop.person),
            a_lead(shop.person),
            a_lead(shop.person),
            a_lead(shop.person, status=LeadStatus.WON),
        )

        async with store.begin(shop.id) as uow:
            for lead in (low, high, equal, unscored, won):
                await uow.leads.add(lead)
            for lead, total in ((shop.lead, 40), (low, 0), (high, 90), (equal, 40), (won, 99)):
                await uow.life.put_score(a_score(lead, total=total))

            every = await uow.life.by_score(shop.id, status=None, limit=9, before=None)
            pages, before = [], None
            while page := await uow.life.by_score(shop.id, status=None, limit=2, before=before):
                pages += page
                before = page[-1].id
            closed = await uow.life.by_score(shop.id, status=LeadStatus.WON, limit=9, before=None)
        assert every == [high, equal, shop.lead, low, unscored]
        assert pages == every
        assert closed == [won]

    async def test_a_lead_has_one_appointment_the_newest(self, store: Store) -> None:
        shop, other = await open_shop(store), await open_shop(store)
        first = an_appointment(shop.lead)
        later = NOON + timedelta(days=9)
        moved = replace(first, starts_at=later, ends_at=later + timedelta(hours=1), service="Wrap", booked_by="bo")

        async with store.begin(shop.id) as uow:
            assert await uow.life.appointment(shop.lead.id, tenant_id=shop.id) is None
            await uow.life.put_appointment(first)
            await uow.life.put_appointment(moved)
            await uow.commit()
        async with store.begin(shop.id) as uow:
            found = await uow.life.appointment(shop.lead.id, tenant_id=shop.id)
            with pytest.raises(NotFoundError):
                await uow.life.put_appointment(replace(first, lead_id=LeadId(new_id())))
        async with store.begin(other.id) as uow:
            assert await uow.life.appointment(shop.lead.id, tenant_id=shop.id) is None
        assert found == moved

    async def test_a_lead_is_assigned_once_and_then_only_moved(self, store: Store) -> None:
        shop = await open_shop(store)
        first = an_assignment(shop.lead)
        second = an_assignment(shop.lead, staff="bo", how="by_hand", by="Sam", at=NOON + timedelta(hours=1))

        async with store.begin(shop.id) as uow:
            assert await uow.life.assign(first)
            assert not await uow.life.assign(second)
            assert await uow.life.assignments([shop.lead.id], tenant_id=shop.id) == [first]

            await uow.life.reassign(second)
            assert await uow.life.assignments([shop.lead.id], tenant_id=shop.id) == [second]

    async def test_the_newest_assignment_of_a_person_is_found(self, store: Store) -> None:
        shop = await open_shop(store)
        newer, unassigned = a_lead(shop.person), a_lead(shop.person)
        point = a_point(shop.tenant)
        stranger = a_person(point)
        theirs = a_lead(stranger)

        async with store.begin(shop.id) as uow:
            await uow.compliance.ensure_point(point)
            await uow.leads.put_person(stranger)
            for lead in (newer, unassigned, theirs):
                await uow.leads.add(lead)
            for lead, staff in ((newer, "bo"), (shop.lead, "ana"), (theirs, "cy")):
                await uow.life.assign(an_assignment(lead, staff=staff))

            found = await uow.life.newest_assignment(shop.person.id, tenant_id=shop.id)
            nobody = await uow.life.newest_assignment(PersonId(new_id()), tenant_id=shop.id)
            leads = await uow.life.of_person(shop.person.id, tenant_id=shop.id)
        assert found is not None
        assert found.staff == "bo"
        assert nobody is None
        assert leads == [unassigned, newer, shop.lead]

    async def test_the_rotation_is_a_row_that_is_there_when_asked_for(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        turned = Rotation(tenant_id=ours.id, turns=2, last_turn={"ana": 1, "bo": 2})

        async with store.begin(ours.id) as uow:
            assert await uow.life.rotation(ours.id) == Rotation(tenant_id=ours.id)
            await uow.life.save_rotation(turned)
            await uow.commit()

        async with store.begin(ours.id) as uow:
            assert await uow.life.rotation(ours.id) == turned
        async with store.begin(theirs.id) as uow:
            assert await uow.life.rotation(theirs.id) == Rotation(tenant_id=theirs.id)

    async def test_how_leads_were_answered_is_told_from_an_instant_on(self, store: Store) -> None:
        shop = await open_shop(store)
        old = a_lead(shop.person, requested_at=NOON - timedelta(days=9))
        fast = a_lead(
            shop.person, first_automated_at=NOON, first_human_at=NOON + timedelta(minutes=5), first_response_at=NOON
        )

        async with store.begin(shop.id) as uow:
            await uow.leads.add(old)
            await uow.leads.add(fast)
            found = await uow.life.answering(shop.id, since=NOON - timedelta(days=8))
        assert sorted(found, key=lambda each: each.lead_id) == [
            Answering(lead_id=shop.lead.id, requested_at=NOON),
            Answering(
                lead_id=fast.id,
                requested_at=NOON,
                first_automated_at=NOON,
                first_human_at=NOON + timedelta(minutes=5),
            ),
        ]

    async def test_the_story_has_what_was_said_and_how_messages_stand_page_by_page(self, store: Store) -> None:
        shop = await open_shop(store)
        entry = an_entry(shop.conversation, text="How much?")
        held = a_message(shop.point, lead_id=shop.lead.id, state="held", reason="outside the window", body="Hello")
        at = NOON + timedelta(minutes=1)

        async with store.begin(shop.id) as uow:
            await uow.conversations.add_entry(entry)
            await uow.messages.add(held)
            uow.publish(
                LeadArrived(tenant_id=shop.id, at=NOON, lead_id=shop.lead.id, source="web"),
                MessageQueued(
                    tenant_id=shop.id, at=at, message_id=held.id, channel="sms", purpose="reply", lead_id=shop.lead.id
                ),
                EntryAdded(
                    tenant_id=shop.id,
                    at=at,
                    conversation_id=shop.conversation.id,
                    entry_id=entry.id,
                    author=entry.author,
                    channel="sms",
                    lead_id=shop.lead.id,
                ),
            )
            await uow.commit()

        async with store.begin(shop.id) as uow:
            story = await uow.leads.timeline(shop.lead.id, tenant_id=shop.id)
            pages, after = [], 0
            while page := await uow.leads.timeline(shop.lead.id, tenant_id=shop.id, after=after, limit=1):
                pages += page
                after = page[-1].id
            nothing = await uow.leads.timeline(shop.lead.id, tenant_id=shop.id, after=2**60, limit=5)
        assert [line.type for line in story] == ["lead.arrived", "message.queued", "conversation.entry"]
        assert pages == story
        assert nothing == []
        assert story[2].detail["text"] == "How much?"
        standing = {name: story[1].detail.get(name) for name in ("text", "state", "state_reason", "delivery")}
        assert standing == {
            "text": "Hello", "state": "held", "state_reason": "outside the window", "delivery": None
        }  # fmt: skip
