"""Two people turn out to be one, and not to be one after all."""

import asyncio
from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.flows.apply_standing import known
from leadcore.flows.apply_versions import OURS
from leadcore.flows.merge import MergeReport, merge_people
from leadcore.flows.merge_plan import Choices
from leadcore.flows.unmerge import ChangedSinceError, unmerge_people
from leadcore.kernel.errors import RefusedError
from leadcore.leads.policies.wishes import vehicle_key
from leadcore.leads.values import LeadStatus
from leadcore.memory.clock import VirtualClock
from leadcore.memory.storage import MemoryStore
from leadcore.ports.inbound import EntityChanged
from leadcore.testing.builders import NOON
from tests.two_people import Pair, choices_of, memory_dump, say_since, seams_of, two_people
from tests.unit.flows.world import TENANT, World
from tests.unit.flows.written import the_lead


def _store() -> MemoryStore:
    return MemoryStore(VirtualClock(NOON + timedelta(days=1)))


async def _merge(store: MemoryStore, pair: Pair, choices: Choices | None = None, **more: bool) -> MergeReport:
    return await merge_people(
        seams_of(store), pair.keep.id, pair.other.id, tenant_id=pair.id, by="Dana", choices=choices or Choices(), **more
    )


@given(st.integers(0, 10**9))
def test_taking_a_merge_back_restores_every_byte(seed: int) -> None:
    async def story() -> None:
        store, luck = _store(), Random(seed)
        pair = await two_people(store, luck)
        before = memory_dump(store, pair.id)

        report = await _merge(store, pair, choices_of(luck))
        assert memory_dump(store, pair.id) != before
        assert report.merge_id is not None
        undone = await unmerge_people(seams_of(store), report.merge_id, tenant_id=pair.id, by="Dana")

        assert undone.left == ()
        assert memory_dump(store, pair.id) == before

    asyncio.run(story())


WORDS = ("STOP", "wrong number", "How much for ceramic tint?", "Tuesday would work")


@settings(max_examples=30, deadline=None)
@given(
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    speaker=st.sampled_from(["o1", "o2"]),
    keeps=st.sampled_from(["o1", "o2"]),
)
@example(words=["STOP"], speaker="o2", keeps="o1")
@example(words=["How much for ceramic tint?"], speaker="o2", keeps="o1")
def test_what_a_customer_said_bears_on_their_lead_after_a_merge_as_before(
    words: list[str], speaker: str, keeps: str
) -> None:
    asyncio.run(_said_then_merged(words, speaker, keeps))


async def _said_then_merged(words: list[str], speaker: str, keeps: str) -> None:
    phones = {"o1": "+15125550142", "o2": "+15125550143"}
    world = await World().open()
    await world.lead_arrives(order_id="o1", phone=phones["o1"])
    await world.lead_arrives(order_id="o2", phone=phones["o2"], model="Model 3")
    await world.pass_time(timedelta(minutes=5))
    for each in words:
        await world.text_from_customer(each, phone=phones[speaker])
        await world.pass_time(timedelta(minutes=5))
    before = await the_lead(world, speaker)
    people = {order: (await the_lead(world, order)).person_id for order in phones}
    other = "o2" if keeps == "o1" else "o1"

    await merge_people(world.seams, people[keeps], people[other], tenant_id=TENANT, by="Dana", choices=Choices())
    for order in phones:
        record = await world.crm_records.order(order)
        assert record is not None
        world.crm_records.put(replace(record, updated_at=record.updated_at + timedelta(seconds=1)))
        await world.webhook(EntityChanged(kind="order", external_id=order))
    await world.drain()

    after = await the_lead(world, speaker)
    assert (after.status, after.lost_reason) == (before.status, before.lost_reason)
    async with world.store.begin(TENANT) as uow:
        thread = await uow.conversations.of_lead(after.id, tenant_id=TENANT)
        assert thread is not None
        parts = [thread.id, *await uow.conversations.merged_threads(thread.id, tenant_id=TENANT)]
        heard = [await uow.inbox.entity(OURS, "thread", str(part), tenant_id=TENANT) for part in parts]
        marks = {name for each in heard if each is not None for name in each.marks}
        assert set((await known(uow, after)).marks) >= marks


@given(st.integers(0, 10**9))
def test_a_preview_changes_nothing_and_says_what_the_merge_will_do(seed: int) -> None:
    async def story() -> None:
        store, luck = _store(), Random(seed)
        pair = await two_people(store, luck)
        choices = choices_of(luck)
        before = memory_dump(store, pair.id)

        preview = await _merge(store, pair, choices, dry_run=True)

        assert memory_dump(store, pair.id) == before
        done = await _merge(store, pair, choices)
        assert (preview.merge_id, done.merge_id is None) == (None, False)
        names = [name for name in MergeReport.__struct_fields__ if name != "merge_id"]
        assert [getattr(preview, name) for name in names] == [getattr(done, name) for name in names]

    asyncio.run(story())


@given(st.integers(0, 10**9))
def test_after_a_merge_there_is_one_person_one_thread_one_follow_up_and_one_open_lead_per_vehicle(seed: int) -> None:
    async def story() -> None:
        store, luck = _store(), Random(seed)
        pair = await two_people(store, luck)
        said: list[str] = []
        async with store.begin(pair.id) as uow:
            before = [await uow.conversations.of_person(each.id, tenant_id=pair.id) for each in (pair.keep, pair.other)]
            for thread in filter(None, before):
                said += [
                    each.text + str(each.id)
                    for each in await uow.conversations.entries(thread.id, tenant_id=pair.id, after_seq=0, limit=99)
                ]

        await _merge(store, pair, choices_of(luck))

        async with store.begin(pair.id) as uow:
            leads = await uow.leads.of_person(pair.keep.id, tenant_id=pair.id)
            assert await uow.leads.of_person(pair.other.id, tenant_id=pair.id) == []
            open_keys = Counter(vehicle_key(lead.vehicle) for lead in leads if lead.is_open)
            assert set(open_keys.values()) <= {1}
            active = [each for lead in leads for each in await uow.cadences.active_of_lead(lead.id, tenant_id=pair.id)]
            assert len(active) <= 1
            for lead in leads:
                for reference in await uow.leads.references(lead.id, tenant_id=pair.id):
                    found = await uow.leads.by_external_ref(reference.source, reference.external_ref, tenant_id=pair.id)
                    assert found == lead
            threads = [await uow.conversations.get(each.id, tenant_id=pair.id) for each in before if each]
            assert len({each.id for each in threads}) == min(len(threads), 1)
            if threads:
                entries = await uow.conversations.entries(threads[0].id, tenant_id=pair.id, after_seq=0, limit=99)
                assert [each.seq for each in entries] == list(range(1, len(entries) + 1))
                assert [each.at for each in entries] == sorted(each.at for each in entries)
                assert sorted(each.text + str(each.id) for each in entries) == sorted(said)
                assert threads[0].last_seq >= len(entries)
            points = {each for who in (pair.keep, pair.other) for each in (who.phone_id, who.email_id) if each}
            for point in points:
                owner = await uow.leads.person_of([point], tenant_id=pair.id)
                assert owner is not None
                assert owner.id == pair.keep.id
            assert set(await uow.leads.points_of(pair.keep.id, tenant_id=pair.id)) == points

    asyncio.run(story())


@given(st.integers(0, 10**9))
def test_a_suppression_on_either_side_binds_every_point_of_the_merged_person(seed: int) -> None:
    async def story() -> None:
        store, luck = _store(), Random(seed)
        pair = await two_people(store, luck)
        await _merge(store, pair, choices_of(luck))

        async with store.begin(pair.id) as uow:
            points = await uow.leads.points_of(pair.keep.id, tenant_id=pair.id)
            every = [each for point in points for each in await uow.compliance.suppressions(point, tenant_id=pair.id)]
            for point in points:
                around = await uow.compliance.suppressions_around(point, tenant_id=pair.id)
                assert sorted(map(repr, around)) == sorted(map(repr, every))

    asyncio.run(story())


async def _with_threads(store: MemoryStore) -> Pair:
    for seed in range(1000):
        pair = await two_people(store, Random(seed))
        async with store.begin(pair.id) as uow:
            threads = [
                await uow.conversations.of_person(each.id, tenant_id=pair.id) for each in (pair.keep, pair.other)
            ]
        if all(each is not None and each.last_seq for each in threads):
            return pair
    raise AssertionError("no such pair")


async def test_what_is_said_after_a_merge_stays_with_the_kept_person() -> None:
    store = _store()
    pair = await _with_threads(store)
    report = await _merge(store, pair)
    async with store.begin(pair.id) as uow:
        thread = await uow.conversations.of_person(pair.keep.id, tenant_id=pair.id)
        assert thread is not None
        await say_since(uow, thread, author="staff")
        await uow.commit()

    assert report.merge_id
    undone = await unmerge_people(seams_of(store), report.merge_id, tenant_id=pair.id, by="Dana")

    async with store.begin(pair.id) as uow:
        mine = await uow.conversations.of_person(pair.keep.id, tenant_id=pair.id)
        theirs = await uow.conversations.of_person(pair.other.id, tenant_id=pair.id)
        assert mine is not None
        assert theirs is not None
        assert mine.id != theirs.id
        kept = await uow.conversations.entries(mine.id, tenant_id=pair.id, after_seq=0, limit=99)
        gone = await uow.conversations.entries(theirs.id, tenant_id=pair.id, after_seq=0, limit=99)
    assert kept[-1].seq == thread.last_seq + 1
    assert len(kept) + len(gone) == report.entries + 1
    assert any("last_seq" in note for note in undone.left)


async def test_a_merge_is_taken_back_once_and_before_the_older_ones() -> None:
    store = _store()
    pair = await _with_threads(store)
    first = await _merge(store, pair)
    async with store.begin(pair.id) as uow:
        third = await uow.leads.put_person(
            type(pair.keep)(id=seams_of(store).ids.new(), tenant_id=pair.id, first_name="Lou")  # type: ignore[arg-type]
        )
        await uow.commit()
    seams = seams_of(store)
    second = await merge_people(seams, third.id, pair.keep.id, tenant_id=pair.id, by="Dana", choices=Choices())
    assert first.merge_id
    assert second.merge_id

    with pytest.raises(ChangedSinceError) as refusal:
        await unmerge_people(seams, first.merge_id, tenant_id=pair.id, by="Dana")
    assert str(second.merge_id) in str(refusal.value.fix)
    with pytest.raises(RefusedError):
        await merge_people(seams, third.id, pair.other.id, tenant_id=pair.id, by="Dana", choices=Choices())

    await unmerge_people(seams, second.merge_id, tenant_id=pair.id, by="Dana")
    await unmerge_people(seams, first.merge_id, tenant_id=pair.id, by="Dana")
    with pytest.raises(RefusedError):
        await unmerge_people(seams, first.merge_id, tenant_id=pair.id, by="Dana")


@given(st.integers(0, 10**9))
@example(181)  # the thread that goes back had turned to a lead that stays
def test_whatever_happens_meanwhile_each_gets_their_own_back_or_is_told_why_not(seed: int) -> None:
    async def story() -> None:
        store, luck = _store(), Random(seed)
        pair = await two_people(store, luck)
        async with store.begin(pair.id) as uow:
            own = {each.id: await uow.leads.of_person(each.id, tenant_id=pair.id) for each in (pair.keep, pair.other)}
            threads = [
                await uow.conversations.of_person(each.id, tenant_id=pair.id) for each in (pair.keep, pair.other)
            ]
        report = await _merge(store, pair, choices_of(luck))
        assert report.merge_id
        said = await _live_on(store, pair, luck)

        try:
            await unmerge_people(seams_of(store), report.merge_id, tenant_id=pair.id, by="Dana")
        except ChangedSinceError:
            assert threads[0] is None  # there was no other thread that the words could stay in
            assert said
            return

        async with store.begin(pair.id) as uow:
            for person, leads in own.items():
                now = await uow.leads.of_person(person, tenant_id=pair.id)
                assert [each.id for each in now] == [each.id for each in leads]
                thread = await uow.conversations.of_person(person, tenant_id=pair.id)
                if thread is not None and leads:
                    assert thread.lead_id in {each.id for each in leads}
            lengths = [
                len(await uow.conversations.entries(each.id, tenant_id=pair.id, after_seq=0, limit=99))
                for each in threads
                if each is not None
            ]
        assert sum(lengths) == report.entries + said

    asyncio.run(story())


async def _live_on(store: MemoryStore, pair: Pair, luck: Random) -> int:
    """Let leads move, words be said, and the thread turn to another lead; return how many words."""
    said = 0
    async with store.begin(pair.id) as uow:
        leads = await uow.leads.of_person(pair.keep.id, tenant_id=pair.id)
        for lead in leads:
            moved, _ = lead.progressed_to(LeadStatus.WON, at=NOON)
            if moved != lead and luck.random() < 0.4:
                await uow.leads.save(moved)
        for author in luck.sample(["staff", "customer", "assistant"], luck.randrange(3)):
            thread = await uow.conversations.of_person(pair.keep.id, tenant_id=pair.id)
            if thread is not None:
                await say_since(uow, thread, author=author)
                said += 1
        thread = await uow.conversations.of_person(pair.keep.id, tenant_id=pair.id)
        if thread is not None and leads and luck.random() < 0.5:
            await uow.conversations.save(replace(thread, lead_id=luck.choice(leads).id))
        await uow.commit()
    return said
