"""Promises about who is who: references, one open lead per vehicle, merged people and their threads, rewritten rows."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from leadcore.flows.merge_plan import change
from leadcore.flows.work import Store
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import LeadReferenceId, MergeId, PersonId
from leadcore.leads.events import LeadArrived
from leadcore.leads.model import Lead, LeadReference, Person
from leadcore.leads.values import LeadStatus
from leadcore.ports.storage import LinkOwner
from leadcore.testing.builders import (
    NOON,
    a_conversation,
    a_lead,
    a_merge,
    a_person,
    a_point,
    a_suppression,
    an_entry,
    new_id,
)
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import Shop, open_shop

_KEY = "2022|tesla|modely"


class IdentityContract(Contract):
    """One lead per person and vehicle, one person per contact point, and merges that can be taken back."""

    async def test_a_second_reference_names_the_same_lead_once(self, store: Store) -> None:
        shop = await open_shop(store)
        form = _reference(shop.lead, "webform", "f-1")

        async with store.begin(shop.id) as uow:
            assert await uow.leads.add_reference(form)
            assert not await uow.leads.add_reference(replace(form, id=LeadReferenceId(new_id())))
            assert await uow.leads.by_external_ref("webform", "f-1", tenant_id=shop.id) == shop.lead
            own, joined = await uow.leads.references(shop.lead.id, tenant_id=shop.id)
        assert (own.source, own.external_ref) == (shop.lead.source, shop.lead.external_ref)
        assert joined == form

    async def test_a_lead_under_a_reference_that_joined_another_is_refused(self, store: Store) -> None:
        shop = await open_shop(store)

        async with store.begin(shop.id) as uow:
            await uow.leads.add_reference(_reference(shop.lead, "webform", "f-1"))
            with pytest.raises(ConflictError):
                await uow.leads.add(a_lead(shop.person, source="webform", external_ref="f-1"))

    async def test_a_person_has_one_open_lead_per_vehicle(self, store: Store) -> None:
        shop = await open_shop(store)
        first, second = (a_lead(shop.person, vehicle_key=_KEY) for _ in range(2))
        won = a_lead(shop.person, vehicle_key=_KEY, status=LeadStatus.WON)

        async with store.begin(shop.id) as uow:
            assert await uow.leads.add(first) == first
            assert await uow.leads.add(second) is None
            assert await uow.leads.add(won) == won
            assert await uow.leads.add(a_lead(shop.person, vehicle_key="-")) is not None
            lost, _ = first.move_to(LeadStatus.LOST, at=NOON, reason="price")
            await uow.leads.save(lost)
            assert await uow.leads.add(second) == second

    async def test_a_wish_is_as_young_as_its_newest_event(self, store: Store) -> None:
        shop = await open_shop(store)
        later = NOON + timedelta(days=3)
        async with store.begin(shop.id) as uow:
            uow.publish(LeadArrived(tenant_id=shop.id, at=later, lead_id=shop.lead.id, source="web"))
            await uow.commit()
        silent = a_lead(shop.person)

        async with store.begin(shop.id) as uow:
            await uow.leads.add(silent)
            wishes = await uow.leads.wishes(shop.person.id, tenant_id=shop.id)
            every = await uow.leads.of_person(shop.person.id, tenant_id=shop.id)
        assert [(wish.lead, wish.active_at) for wish in wishes] == [(silent, NOON), (shop.lead, later)]
        assert every == [silent, shop.lead]

    async def test_who_was_merged_is_found_as_whom_they_were_merged_into(self, store: Store) -> None:
        shop, other = await _merged(store)

        async with store.begin(shop.id) as uow:
            assert other.phone_id is not None
            assert await uow.leads.person_of([other.phone_id], tenant_id=shop.id) == shop.person
            assert await uow.leads.lock_person(other.id, tenant_id=shop.id) == shop.person
            assert await uow.leads.lock_person(shop.person.id, tenant_id=shop.id) == shop.person
            assert await uow.leads.merged_people(shop.person.id, tenant_id=shop.id) == [other]
            points = await uow.leads.points_of(shop.person.id, tenant_id=shop.id)
            claimant = Person(id=PersonId(new_id()), tenant_id=shop.id, phone_id=other.phone_id)
            assert await uow.leads.put_person(claimant) == shop.person
            with pytest.raises(NotFoundError):
                await uow.leads.lock_person(PersonId(new_id()), tenant_id=shop.id)
        assert points == sorted([shop.point.id, other.phone_id])

    async def test_people_are_found_by_their_ids_and_strangers_are_left_out(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)

        async with store.begin(ours.id) as uow:
            found = await uow.leads.people(
                [ours.person.id, ours.person.id, theirs.person.id, PersonId(new_id())], tenant_id=ours.id
            )
            nobody = await uow.leads.people([], tenant_id=ours.id)

        assert found == {ours.person.id: ours.person}
        assert nobody == {}

    async def test_a_suppression_reaches_the_other_points_of_merged_people_only(self, store: Store) -> None:
        shop, other = await _merged(store)
        email = a_point(shop.tenant, kind="email", value=f"{new_id().hex}@example.com", zones=())
        alone = a_person(shop.point, phone_id=None, email_id=email.id)
        assert other.phone_id is not None
        stopped = replace(a_suppression(shop.point), contact_point_id=other.phone_id)

        async with store.begin(shop.id) as uow:
            await uow.compliance.ensure_point(email)
            await uow.leads.put_person(alone)
            await uow.compliance.suppress(stopped)
            assert await uow.compliance.suppressions_around(shop.point.id, tenant_id=shop.id) == [stopped]
            assert await uow.compliance.suppressions_around(other.phone_id, tenant_id=shop.id) == [stopped]
            assert await uow.compliance.suppressions_around(email.id, tenant_id=shop.id) == []
            assert await uow.compliance.suppressions(shop.point.id, tenant_id=shop.id) == []

    async def test_namesakes_are_grouped_without_case(self, store: Store) -> None:
        shop = await open_shop(store)
        same = a_person(shop.point, phone_id=None, first_name=" ANA", last_name="ruiz")
        unlike = a_person(shop.point, phone_id=None, first_name="Ana", last_name="")

        async with store.begin(shop.id) as uow:
            for each in (same, unlike):
                await uow.leads.put_person(each)
            assert await uow.leads.namesakes(shop.id, limit=9) == [[shop.person, same]]
            assert await uow.leads.namesakes(shop.id, limit=0) == []

    async def test_threads_that_became_part_of_one_are_found_from_it_also_by_way_of_others(self, store: Store) -> None:
        shop, other = await _merged(store)
        third = a_person(a_point(shop.tenant), phone_id=None, merged_into=shop.person.id)
        leads = [a_lead(other), a_lead(third)]
        middle, far = (a_conversation(lead, merged_into=None) for lead in leads)

        async with store.begin(shop.id) as uow:
            await uow.leads.put_person(third)
            for lead, thread in zip(leads, (middle, far), strict=True):
                await uow.leads.add(lead)
                await uow.conversations.ensure(thread)
            none = await uow.conversations.merged_threads(shop.conversation.id, tenant_id=shop.id)
            await uow.conversations.save(replace(far, merged_into=middle.id))
            await uow.conversations.save(replace(middle, merged_into=shop.conversation.id))
            found = await uow.conversations.merged_threads(shop.conversation.id, tenant_id=shop.id)
            of_far = await uow.conversations.merged_threads(far.id, tenant_id=shop.id)

        assert none == []
        assert found == sorted([middle.id, far.id])
        assert of_far == []

    async def test_a_thread_that_was_merged_is_the_other_one(self, store: Store) -> None:
        shop, other = await _merged(store)
        lead = a_lead(other)
        thread = a_conversation(lead, merged_into=None)
        token = new_id().bytes

        async with store.begin(shop.id) as uow:
            await uow.leads.add(lead)
            await uow.conversations.ensure(thread)
            await uow.conversations.put_token(token, LinkOwner(tenant_id=shop.id, target_id=thread.id))
            await uow.conversations.save(replace(thread, merged_into=shop.conversation.id))
            found = [
                await uow.conversations.get(thread.id, tenant_id=shop.id),
                await uow.conversations.lock(thread.id, tenant_id=shop.id),
                await uow.conversations.of_person(other.id, tenant_id=shop.id),
                await uow.conversations.of_lead(lead.id, tenant_id=shop.id),
                await uow.conversations.ensure(a_conversation(lead)),
                *await uow.conversations.listing(shop.id, waiting_for_staff=False, limit=9),
            ]
            await uow.conversations.revoke_tokens(shop.conversation.id, tenant_id=shop.id)
            await uow.commit()
        assert found == [shop.conversation] * 6
        assert await store.directory.chat_token(token) is None

    async def test_a_merge_is_kept_with_its_journal(self, store: Store) -> None:
        shop, other = await _merged(store)
        merge = a_merge(shop.person, other)

        async with store.begin(shop.id) as uow:
            await uow.merges.add(merge)
            assert await uow.merges.get(merge.id, tenant_id=shop.id) == merge
            undone = replace(merge, undone_at=NOON, undone_by="Sam")
            await uow.merges.save(undone)
            for person in (shop.person, other):
                assert await uow.merges.of_person(person.id, tenant_id=shop.id) == [undone]
            with pytest.raises(NotFoundError):
                await uow.merges.get(MergeId(new_id()), tenant_id=shop.id)
            with pytest.raises(NotFoundError):
                await uow.merges.save(replace(merge, id=MergeId(new_id())))

    async def test_rows_are_rewritten_if_they_still_are_what_they_were(self, store: Store) -> None:
        shop = await open_shop(store)
        email = a_point(shop.tenant, kind="email", value=f"{new_id().hex}@example.com", zones=())
        other = a_person(shop.point, phone_id=None, email_id=email.id)
        async with store.begin(shop.id) as uow:
            await uow.compliance.ensure_point(email)
            await uow.leads.put_person(other)

            swapped = [
                *change("person", shop.person, phone_id=None, email_id=email.id),
                *change("person", other, phone_id=shop.point.id, email_id=None),
            ]
            stale = change("person", replace(other, first_name="Lou"), first_name="Pat")
            assert await uow.merges.standing([*swapped, *stale], tenant_id=shop.id) == swapped
            await uow.merges.rewrite(swapped, tenant_id=shop.id)

            assert (await uow.leads.person(other.id, tenant_id=shop.id)).phone_id == shop.point.id
            assert await uow.merges.standing(swapped, tenant_id=shop.id) == []
            await uow.merges.rewrite([each.reversed for each in swapped], tenant_id=shop.id)
            assert await uow.leads.person(shop.person.id, tenant_id=shop.id) == shop.person
            assert await uow.leads.person(other.id, tenant_id=shop.id) == other

    async def test_entries_change_places_all_at_once(self, store: Store) -> None:
        shop = await open_shop(store)
        first, second = (an_entry(shop.conversation, seq=seq) for seq in (1, 2))
        async with store.begin(shop.id) as uow:
            for each in (first, second):
                await uow.conversations.add_entry(each)
            thread = str(shop.conversation.id)
            turned = [
                replace(
                    change("entry", entry, seq=seq)[0],
                    before={"conversation_id": thread, "seq": entry.seq},
                    after={"conversation_id": thread, "seq": seq},
                )
                for entry, seq in ((first, 2), (second, 1))
            ]

            assert await uow.merges.standing(turned, tenant_id=shop.id) == turned
            await uow.merges.rewrite(turned, tenant_id=shop.id)

            found = await uow.conversations.entries(shop.conversation.id, tenant_id=shop.id, after_seq=0, limit=9)
        assert found == [replace(second, seq=1), replace(first, seq=2)]


def _reference(lead: Lead, source: str, external_ref: str) -> LeadReference:
    return LeadReference(
        id=LeadReferenceId(new_id()),
        tenant_id=lead.tenant_id,
        lead_id=lead.id,
        source=source,
        external_ref=external_ref,
        added_at=NOON + timedelta(hours=1),
    )


async def _merged(store: Store) -> tuple[Shop, Person]:
    """Return a shop whose customer turned out to be the owner of a second phone, too."""
    shop = await open_shop(store)
    phone = a_point(shop.tenant)
    other = a_person(phone, merged_into=shop.person.id)
    async with store.begin(shop.id) as uow:
        await uow.compliance.ensure_point(phone)
        await uow.leads.put_person(other)
        await uow.commit()
    return shop, other
