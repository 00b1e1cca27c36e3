"""Two transactions at once: the promises that only a real database can break."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from leadcore.cadences.values import EnrollmentState, RolloutState, TouchState
from leadcore.catalog.values import EntryState
from leadcore.conversations.values import Author, Speaker, TurnState
from leadcore.flows.assign import assign
from leadcore.intake.model import InboxState, RecordKind
from leadcore.kernel.errors import ConflictError
from leadcore.leads.model import Lead
from leadcore.leads.values import AssignedHow, LeadStatus
from leadcore.messaging.model import Message
from leadcore.messaging.values import AttemptState, MessageState, SpokenBy
from leadcore.tenants.values import AssignmentRule, StaffMember
from leadcore.testing.builders import (
    NOON,
    a_consent,
    a_conversation,
    a_lead,
    a_message,
    a_person,
    a_point,
    a_suppression,
    a_version,
    an_attempt,
    an_enrollment,
)
from leadcore.testing.contracts.shop import open_shop
from leadcore_postgres.store import PostgresStore

pytestmark = pytest.mark.postgres

_STATES = {
    "inbox.state": get_args(InboxState),
    "entity_version.kind": get_args(RecordKind),
    "catalog_entry.state": get_args(EntryState),
    "lead.status": tuple(LeadStatus),
    "message.state": get_args(MessageState),
    "attempt.state": get_args(AttemptState),
    "message.spoken_by": get_args(SpokenBy),
    "assignment.how": get_args(AssignedHow),
    "enrollment.state": get_args(EnrollmentState),
    "touch.state": get_args(TouchState),
    "rollout.state": get_args(RolloutState),
    "conversation.speaker": get_args(Speaker),
    "entry.author": get_args(Author),
    "turn.state": get_args(TurnState),
}


@pytest.mark.parametrize("column", sorted(_STATES))
async def test_the_database_knows_exactly_the_states_of_the_model(admin: Any, column: str) -> None:
    table, _, name = column.partition(".")

    check = await admin.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1", f"{table}_{name}_check"
    )

    assert sorted(part for part in check.split("'") if part.replace("_", "").isalpha()) == sorted(_STATES[column])


async def test_of_two_concurrent_attempts_one_is_refused(store: PostgresStore) -> None:
    shop = await open_shop(store)
    message = a_message(shop.point)
    async with store.begin(shop.id) as uow:
        await uow.messages.add(message)
        await uow.commit()

    async def attempt(n: int) -> str:
        async with store.begin(shop.id) as uow:
            try:
                await uow.messages.add_attempt(an_attempt(message, n=n))
            except ConflictError:
                return "refused"
            await uow.commit()
        return "sent"

    outcomes = await asyncio.gather(*(attempt(n) for n in (1, 2, 3, 4)))

    assert sorted(outcomes) == ["refused", "refused", "refused", "sent"]


async def test_concurrent_leads_take_turns_and_each_is_assigned_once(store: PostgresStore) -> None:
    shop = await open_shop(store)
    people = tuple(StaffMember(key=key, name=key) for key in ("ana", "bo", "cy"))
    tenant = replace(shop.tenant, staff=people, assignment=AssignmentRule(sticky=False))
    leads = [a_lead(shop.person) for _ in range(12)]
    async with store.begin(shop.id) as uow:
        for lead in leads:
            await uow.leads.add(lead)
        await uow.commit()

    async def give(lead: Lead) -> str:
        async with store.begin(shop.id) as uow:
            assignment = await assign(uow, tenant, lead)
            await uow.commit()
        assert assignment is not None
        return assignment.staff

    given = await asyncio.gather(*(give(lead) for lead in leads))
    again = await asyncio.gather(*(give(lead) for lead in leads))

    assert Counter(given) == {"ana": 4, "bo": 4, "cy": 4}
    assert again == given


async def test_a_lead_decided_twice_at_once_has_one_advisor(store: PostgresStore) -> None:
    shop = await open_shop(store)
    people = tuple(StaffMember(key=key, name=key) for key in ("ana", "bo"))
    tenant = replace(shop.tenant, staff=people)

    async def give() -> str:
        async with store.begin(shop.id) as uow:
            assignment = await assign(uow, tenant, shop.lead)
            await uow.commit()
        assert assignment is not None
        return assignment.staff

    assert len(set(await asyncio.gather(*(give() for _ in range(4))))) == 1


async def test_whoever_asks_what_a_budget_has_left_asks_alone(store: PostgresStore) -> None:
    shop = await open_shop(store)
    messages = [a_message(shop.point) for _ in range(4)]
    async with store.begin(shop.id) as uow:
        for message in messages:
            await uow.messages.add(message)
        await uow.commit()

    async def send(message: Message) -> int:
        async with store.begin(shop.id) as uow:
            spent = await uow.compliance.spent_since(shop.id, since=NOON)
            await uow.messages.add_attempt(an_attempt(message))
            await uow.commit()
        return spent

    counts = await asyncio.gather(*map(send, messages))

    assert sorted(counts) == [0, 1, 2, 3]


async def test_concurrent_consents_form_one_chain(store: PostgresStore) -> None:
    shop = await open_shop(store)

    async def agree() -> None:
        async with store.begin(shop.id) as uow:
            await uow.compliance.add_consent(a_consent(shop.point))
            await uow.commit()

    await asyncio.gather(*(agree() for _ in range(8)))

    async with store.begin(shop.id) as uow:
        lines = await uow.compliance.consents(shop.point.id, tenant_id=shop.id)
    assert [line.previous for line in lines] == [b"", *(line.digest for line in lines[:-1])]


async def test_whoever_comes_first_creates_the_point_the_person_and_the_thread(store: PostgresStore) -> None:
    shop = await open_shop(store)

    async def arrive() -> tuple[object, object, object]:
        async with store.begin(shop.id) as uow:
            point = await uow.compliance.ensure_point(a_point(shop.tenant, value="+15125550177"))
            person = await uow.leads.put_person(a_person(point))
            mine = a_conversation(shop.lead, person_id=person.id)
            conversation = await uow.conversations.ensure(mine)
            await uow.commit()
        return point.id, person.id, conversation.id

    arrived = await asyncio.gather(*(arrive() for _ in range(4)))

    assert len(set(arrived)) == 1


async def test_of_two_concurrent_enrollments_one_is_refused(store: PostgresStore) -> None:
    shop = await open_shop(store)
    async with store.begin(shop.id) as uow:
        await uow.cadences.save(replace(shop.enrollment, state="finished"))
        await uow.commit()

    async def enroll(rotation: int) -> bool:
        async with store.begin(shop.id) as uow:
            enrolled = await uow.cadences.enroll(an_enrollment(shop.lead, shop.cadence, rotation=rotation))
            await uow.commit()
        return enrolled

    assert sorted(await asyncio.gather(enroll(1), enroll(2), enroll(3))) == [False, False, True]


async def test_a_stop_and_a_send_take_turns_on_the_contact_point(store: PostgresStore) -> None:
    shop = await open_shop(store)
    order: list[str] = []

    async def send(locked: asyncio.Event, go_on: asyncio.Event) -> None:
        async with store.begin(shop.id) as uow:
            await uow.compliance.lock_point(shop.point.id, tenant_id=shop.id)
            locked.set()
            await go_on.wait()
            order.append("decided to send")
            await uow.commit()

    async def stop() -> None:
        async with store.begin(shop.id) as uow:
            await uow.compliance.lock_point(shop.point.id, tenant_id=shop.id)
            order.append("stopped")
            await uow.compliance.suppress(a_suppression(shop.point))
            await uow.commit()

    locked, go_on = asyncio.Event(), asyncio.Event()
    sending = asyncio.create_task(send(locked, go_on))
    await locked.wait()
    stopping = asyncio.create_task(stop())
    async with store.begin(shop.id) as uow:  # rows that refer to the locked point may still be written
        assert await uow.messages.add(a_message(shop.point))
        await uow.commit()
    go_on.set()
    await asyncio.gather(sending, stopping)

    assert order == ["decided to send", "stopped"]


async def test_the_clock_is_read_anew_once_a_contact_point_was_locked(store: PostgresStore) -> None:
    shop = await open_shop(store)

    async with store.begin(shop.id) as uow:
        first = await uow.now()
        same = await uow.now()
        await uow.compliance.lock_point(shop.point.id, tenant_id=shop.id)
        after_the_wait = await uow.now()

    assert first == same < after_the_wait < first + timedelta(seconds=30)
    assert first.utcoffset() == timedelta(0)


@pytest.mark.parametrize("newer_first", [True, False])
async def test_of_two_workers_with_one_record_the_newer_version_stays(store: PostgresStore, newer_first: bool) -> None:
    shop = await open_shop(store)
    old = a_version(shop.tenant, external_id="o1", body=b"old")
    new = a_version(shop.tenant, external_id="o1", at=NOON + timedelta(seconds=1), body=b"new")
    first, second = (new, old) if newer_first else (old, new)
    is_held, may_commit = asyncio.Event(), asyncio.Event()

    async def hold() -> bool:
        async with store.begin(shop.id) as uow:
            told = await uow.inbox.advance(first)
            is_held.set()
            await may_commit.wait()
            await uow.commit()
        return told

    async def follow() -> bool:
        await is_held.wait()
        async with store.begin(shop.id) as uow:
            asyncio.get_running_loop().call_later(0.05, may_commit.set)
            told = await uow.inbox.advance(second)
            await uow.commit()
        return told

    told_first, told_second = await asyncio.gather(hold(), follow())

    assert (told_first, told_second) == (True, not newer_first)
    async with store.begin(shop.id) as uow:
        known = await uow.inbox.entity("shopmonkey", "order", "o1", tenant_id=shop.id)
    assert known == new
