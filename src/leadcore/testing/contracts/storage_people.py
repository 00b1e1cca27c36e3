"""Promises about the inbox, permissions, people and leads."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from leadcore.compliance.policies.gate import Defer, Deny
from leadcore.flows.work import Store
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import ContactPointId, LeadId, PersonId
from leadcore.leads.values import LeadStatus
from leadcore.testing.builders import (
    NOON,
    a_consent,
    a_decision,
    a_lead,
    a_message,
    a_person,
    a_point,
    a_suppression,
    an_attempt,
    an_inbox_item,
    new_id,
)
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import open_shop


class IntakeContract(Contract):
    """What came in is kept once, byte for byte."""

    async def test_a_replay_is_kept_once(self, store: Store) -> None:
        shop = await open_shop(store)
        item = an_inbox_item(shop.connection)
        replay = an_inbox_item(shop.connection, dedupe_key=item.dedupe_key)
        other_source = an_inbox_item(shop.connection, dedupe_key=item.dedupe_key, source="poll", entity_key=None)

        async with store.begin(shop.id) as uow:
            assert await uow.inbox.add([item]) == [item]
            assert await uow.inbox.add([replay, other_source]) == [other_source]
            assert await uow.inbox.add([]) == []
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert await uow.inbox.get(item.id, tenant_id=shop.id) == item
            with pytest.raises(NotFoundError):
                await uow.inbox.get(replay.id, tenant_id=shop.id)

    async def test_a_replay_within_one_batch_is_kept_once(self, store: Store) -> None:
        shop = await open_shop(store)
        item = an_inbox_item(shop.connection)

        async with store.begin(shop.id) as uow:
            assert len(await uow.inbox.add([item, an_inbox_item(shop.connection, dedupe_key=item.dedupe_key)])) == 1

    async def test_an_item_needs_a_connection_of_its_tenant(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)

        async with store.begin(ours.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.inbox.add([an_inbox_item(theirs.connection, tenant_id=ours.id)])

    async def test_settling_changes_state_tries_and_error_only(self, store: Store) -> None:
        shop = await open_shop(store)
        item = an_inbox_item(shop.connection)

        async with store.begin(shop.id) as uow:
            await uow.inbox.add([item])
            await uow.inbox.settle(replace(item, state="dead", tries=8, error="unreadable", body=b"other"))

            stored = await uow.inbox.get(item.id, tenant_id=shop.id)
        assert stored == replace(item, state="dead", tries=8, error="unreadable")

    async def test_the_inbox_lists_the_newest_first(self, store: Store) -> None:
        shop = await open_shop(store)
        old = an_inbox_item(shop.connection)
        new = an_inbox_item(shop.connection, received_at=NOON + timedelta(seconds=1), state="dead")

        async with store.begin(shop.id) as uow:
            await uow.inbox.add([old, new])

            assert await uow.inbox.listing(shop.id, state=None, limit=9) == [new, old]
            assert await uow.inbox.listing(shop.id, state=None, limit=1) == [new]
            assert await uow.inbox.listing(shop.id, state="new", limit=9) == [old]


class ComplianceContract(Contract):
    """Permissions are never lost, doubled or rewritten."""

    async def test_a_contact_point_exists_once(self, store: Store) -> None:
        shop = await open_shop(store)
        again = a_point(shop.tenant, value=shop.point.value)

        async with store.begin(shop.id) as uow:
            assert await uow.compliance.ensure_point(again) == shop.point
            assert await uow.compliance.point("phone", shop.point.value, tenant_id=shop.id) == shop.point
            assert await uow.compliance.point("email", shop.point.value, tenant_id=shop.id) is None
            with pytest.raises(NotFoundError):
                await uow.compliance.lock_point(again.id, tenant_id=shop.id)

    async def test_the_same_phone_may_be_known_to_two_tenants(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        shared = a_point(ours.tenant, value=theirs.point.value)

        async with store.begin(ours.id) as uow:
            assert await uow.compliance.ensure_point(shared) == shared

    async def test_the_last_inbound_instant_never_goes_back(self, store: Store) -> None:
        shop = await open_shop(store)

        async with store.begin(shop.id) as uow:
            for minutes in (0, 5, 3):
                at = NOON + timedelta(minutes=minutes)
                await uow.compliance.mark_inbound(shop.point.id, tenant_id=shop.id, at=at)

            locked = await uow.compliance.lock_point(shop.point.id, tenant_id=shop.id)
        assert locked.last_inbound_at == NOON + timedelta(minutes=5)

    async def test_consents_of_a_tenant_form_one_chain(self, store: Store) -> None:
        shop = await open_shop(store)
        email = a_point(shop.tenant, kind="email", value="ana@example.com")
        given = [a_consent(shop.point), a_consent(email, channel="email"), a_consent(shop.point, evidence={})]

        kept = []
        for consent in given:
            async with store.begin(shop.id) as uow:
                await uow.compliance.ensure_point(email)
                kept.append(await uow.compliance.add_consent(consent))
                await uow.commit()

        assert kept[0].previous == b""
        assert [line.previous for line in kept[1:]] == [line.digest for line in kept[:-1]]
        async with store.begin(shop.id) as uow:
            stored = await uow.compliance.consents(shop.point.id, tenant_id=shop.id)
        assert stored == [kept[0], kept[2]]
        assert all(line.is_intact for line in stored)

    async def test_a_suppression_is_new_once_until_lifted(self, store: Store) -> None:
        shop = await open_shop(store)
        stop, again = a_suppression(shop.point), a_suppression(shop.point, words="UNSUBSCRIBE")
        by_email = a_suppression(shop.point, channel="email", reason="unsubscribe")

        async with store.begin(shop.id) as uow:
            assert await uow.compliance.suppress(stop)
            assert not await uow.compliance.suppress(again)
            assert await uow.compliance.suppress(by_email)
            assert await uow.compliance.suppressions(shop.point.id, tenant_id=shop.id) == [by_email, stop]

            await uow.compliance.lift(shop.point.id, tenant_id=shop.id, channel="sms", at=NOON)
            assert await uow.compliance.suppressions(shop.point.id, tenant_id=shop.id) == [by_email]
            assert await uow.compliance.suppress(again)

    async def test_start_is_noted_on_the_open_suppression_of_its_channel(self, store: Store) -> None:
        shop = await open_shop(store)
        stop, by_email = a_suppression(shop.point), a_suppression(shop.point, channel="email", reason="unsubscribe")

        async with store.begin(shop.id) as uow:
            await uow.compliance.note_start(shop.point.id, tenant_id=shop.id, channel="sms", at=NOON)
            await uow.compliance.suppress(stop)
            await uow.compliance.suppress(by_email)
            await uow.compliance.note_start(shop.point.id, tenant_id=shop.id, channel="sms", at=NOON)

            told = await uow.compliance.suppressions(shop.point.id, tenant_id=shop.id)
            assert told == [by_email, replace(stop, restarted_at=NOON)]
            await uow.compliance.lift(shop.point.id, tenant_id=shop.id, channel="sms", at=NOON)
            await uow.compliance.note_start(
                shop.point.id, tenant_id=shop.id, channel="sms", at=NOON + timedelta(hours=1)
            )
            history = await uow.compliance.suppression_history(shop.point.id, tenant_id=shop.id)
        assert replace(stop, restarted_at=NOON, lifted_at=NOON) in history

    async def test_what_may_have_gone_counts_as_sent(self, store: Store) -> None:
        shop = await open_shop(store)
        states = ("started", "unknown", "accepted", "rejected", "not_sent", "abandoned")

        async with store.begin(shop.id) as uow:
            for state in states:
                message = a_message(shop.point)
                await uow.messages.add(message)
                await uow.messages.add_attempt(an_attempt(message, state=state))
            other = a_message(shop.point, purpose="reply")
            await uow.messages.add(other)
            await uow.messages.add_attempt(an_attempt(other))

            counts = [
                await uow.compliance.sent_since(
                    shop.point.id, tenant_id=shop.id, channel="sms", purpose="marketing", since=since
                )
                for since in (NOON, NOON + timedelta(seconds=1))
            ]
        assert counts == [3, 0]

    async def test_decisions_are_kept_with_their_facts(self, store: Store) -> None:
        shop = await open_shop(store)
        denied = a_decision(shop.point, lead_id=shop.lead.id, decision=Deny(reason="no consent"))
        deferred = a_decision(
            shop.point,
            lead_id=shop.lead.id,
            touch_id=shop.touch.id,
            at=NOON + timedelta(minutes=1),
            decision=Defer(until=NOON + timedelta(days=1), reason="quiet hours"),
        )
        unrelated = a_decision(shop.point)

        async with store.begin(shop.id) as uow:
            await uow.compliance.record([deferred, denied, unrelated])
            await uow.compliance.record([])
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert await uow.compliance.decisions_of(shop.lead.id, tenant_id=shop.id) == [denied, deferred]


class LeadContract(Contract):
    """One lead per order, changed by one hand at a time."""

    async def test_an_order_becomes_one_lead(self, store: Store) -> None:
        shop = await open_shop(store)
        again = a_lead(shop.person, external_ref=shop.lead.external_ref)
        elsewhere = a_lead(shop.person, external_ref=shop.lead.external_ref, source="webform")

        async with store.begin(shop.id) as uow:
            assert await uow.leads.add(again) is None
            assert await uow.leads.add(elsewhere) == elsewhere
            found = await uow.leads.by_external_ref("shopmonkey", again.external_ref, tenant_id=shop.id)
            nothing = await uow.leads.by_external_ref("shopmonkey", "?", tenant_id=shop.id)
        assert found == shop.lead
        assert nothing is None

    async def test_a_lead_is_replaced_by_its_next_version_only(self, store: Store) -> None:
        shop = await open_shop(store)
        lost, _ = shop.lead.move_to(LeadStatus.LOST, at=NOON, reason="price")
        won, _ = shop.lead.move_to(LeadStatus.WON, at=NOON)

        async with store.begin(shop.id) as uow:
            await uow.leads.save(lost)
            with pytest.raises(ConflictError):
                await uow.leads.save(won)
            with pytest.raises(NotFoundError):
                await uow.leads.save(replace(won, id=LeadId(new_id())))

            stored = await uow.leads.get(shop.lead.id, tenant_id=shop.id)
        assert stored == lost
        assert stored.status is LeadStatus.LOST

    async def test_the_newest_leads_of_a_person_come_first(self, store: Store) -> None:
        shop = await open_shop(store)
        newer, won = a_lead(shop.person), a_lead(shop.person, status=LeadStatus.WON)

        async with store.begin(shop.id) as uow:
            assert await uow.leads.add(newer) is not None
            assert await uow.leads.add(won) is not None

            assert await uow.leads.open_of_person(shop.person.id, tenant_id=shop.id) == [newer, shop.lead]
            assert await uow.leads.newest_of_person(shop.person.id, tenant_id=shop.id) == won
            assert await uow.leads.newest_of_person(PersonId(new_id()), tenant_id=shop.id) is None

    async def test_leads_are_listed_page_by_page(self, store: Store) -> None:
        shop = await open_shop(store)
        middle, newest = a_lead(shop.person, status=LeadStatus.QUOTED), a_lead(shop.person)

        async with store.begin(shop.id) as uow:
            await uow.leads.add(middle)
            await uow.leads.add(newest)

            first = await uow.leads.listing(shop.id, status=None, limit=2, before=None)
            rest = await uow.leads.listing(shop.id, status=None, limit=2, before=first[-1].id)
            quoted = await uow.leads.listing(shop.id, status=LeadStatus.QUOTED, limit=9, before=None)
        assert (first, rest, quoted) == ([newest, middle], [shop.lead], [middle])

    async def test_a_person_is_updated(self, store: Store) -> None:
        shop = await open_shop(store)
        email = a_point(shop.tenant, kind="email", value="ana@example.com")
        named = replace(shop.person, last_name="Ruiz-Ortega", email_id=email.id)

        async with store.begin(shop.id) as uow:
            await uow.compliance.ensure_point(email)

            assert await uow.leads.put_person(named) == named
            assert await uow.leads.person(shop.person.id, tenant_id=shop.id) == named
            assert await uow.leads.person_of([email.id], tenant_id=shop.id) == named

    async def test_the_older_of_two_owners_counts(self, store: Store) -> None:
        shop = await open_shop(store)
        email = a_point(shop.tenant, kind="email", value="ana@example.com")
        younger = a_person(email, phone_id=None, email_id=email.id)

        async with store.begin(shop.id) as uow:
            await uow.compliance.ensure_point(email)
            await uow.leads.put_person(younger)

            found = await uow.leads.person_of([email.id, shop.point.id], tenant_id=shop.id)
            nobody = await uow.leads.person_of([ContactPointId(new_id())], tenant_id=shop.id)
        assert found == shop.person
        assert nobody is None
