"""A lead's progress is told to the shop's CRM, and comes back as nothing."""

from datetime import timedelta

from msgspec.structs import replace

from leadcore.flows.onboard import readiness
from leadcore.flows.seams import Crm
from leadcore.flows.write_back import retry_writes
from leadcore.kernel.ids import TenantId
from leadcore.memory.crm import MemoryReadOnlyCrm
from leadcore.ports.crm import CrmRefusedError, CrmUnavailableError
from leadcore.ports.inbound import EntityChanged
from leadcore.tenants.values import StatusColumns, WriteBackRule
from tests.unit.flows.world import TENANT, World, nothing_wrong
from tests.unit.flows.written import ALL, answered_lead, the_lead, writes


class OnlyRead(World):
    """A shop whose CRM can be told nothing."""

    async def crm(self, tenant_id: TenantId) -> Crm:
        return MemoryReadOnlyCrm(self.crm_records)


async def test_by_default_the_first_answer_is_noted_without_the_chat_link_and_the_order_stays_where_it_is() -> None:
    world = await World().open()

    await world.lead_arrives()
    await world.drain()

    [note] = world.crm_records.notes["o1"]
    order = await world.crm_records.order("o1")
    assert note.text.startswith("First response 0 seconds after the request, by ")
    assert "chat.example.com" not in note.text
    assert world.crm_records.written == [("note", "o1")]
    assert order is not None
    assert order.column_name == "Website Leads"
    assert [event.what for event in world.happened("write_back.done")] == ["note"]


async def test_nothing_is_written_when_the_shop_wants_nothing() -> None:
    world = await World(write_back=WriteBackRule(note=False)).open()

    await world.lead_arrives()
    await world.text_from_customer("How much?")
    await world.drain()

    assert world.crm_records.written == []
    assert world.happened("write_back.done") == []


async def test_the_order_follows_the_lead_through_its_columns_and_the_talk_is_kept_in_order() -> None:
    world = await World(write_back=ALL).open()

    await world.lead_arrives()
    await world.drain()
    first = await world.crm_records.order("o1")
    await world.text_from_customer("How much for ceramic tint?")
    await world.pass_time(timedelta(minutes=5))
    second = await world.crm_records.order("o1")
    await world.text_from_customer("STOP")
    await world.pass_time(timedelta(minutes=5))
    third = await world.crm_records.order("o1")

    assert [order.column_name for order in (first, second, third) if order] == ["Contacted", "Talking", "Closed"]
    said = world.crm_records.said["o1"]
    assert [each.author for each in said if each.channel == "sms"][:3] == ["shop", "customer", "shop"]
    assert said[-1].text == "STOP"
    assert len({each.reference for each in said}) == len(said)


async def test_what_we_wrote_comes_back_as_a_webhook_and_changes_nothing() -> None:
    world = await World(write_back=ALL).open()
    await world.lead_arrives()
    await world.drain()
    before, texts, wrote = await the_lead(world), len(world.texts), len(world.crm_records.written)
    order = await world.crm_records.order("o1")
    assert order is not None

    # our column is no lead's column, and the CRM counts the messages that we logged
    world.crm_records.put(replace(order, message_count=2, updated_at=order.updated_at + timedelta(seconds=1)))
    await world.webhook(EntityChanged(kind="order", external_id="o1"))
    await world.webhook(EntityChanged(kind="message", external_id="m1"))
    await world.drain()

    after = await the_lead(world)
    async with world.store.begin(TENANT) as uow:
        active = await uow.cadences.active_of_lead(before.id, tenant_id=TENANT)
    assert after == before
    assert len(active) == 1
    assert (len(world.texts), len(world.crm_records.written)) == (texts, wrote)
    await nothing_wrong(world)


async def test_an_order_that_staff_moved_is_left_alone() -> None:
    world = await World(write_back=replace(ALL, note=False, messages=False)).open()
    await answered_lead(world)
    order = await world.crm_records.order("o1")
    assert order is not None
    world.crm_records.put(replace(order, column_name="In Progress"))

    await world.drain()

    after = await world.crm_records.order("o1")
    assert after is not None
    assert after.column_name == "In Progress"
    assert [event.how for event in world.happened("write_back.done")] == ["left_alone"]


async def test_a_refusal_stands_on_the_timeline_and_is_not_repeated_until_a_person_asks() -> None:
    world = await World(write_back=replace(ALL, note=False, messages=False)).open()
    world.crm_records.columns = ("Website Leads", "Done")

    await world.lead_arrives()
    await world.pass_time(timedelta(hours=2))
    lead = await the_lead(world)
    async with world.store.begin(TENANT) as uow:
        timeline = await uow.leads.timeline(lead.id, tenant_id=TENANT)
    refused = [entry for entry in timeline if entry.type == "write_back.refused"]
    tries = (await writes(world))[0].tries
    world.crm_records.columns = ("Website Leads", "Contacted")
    again = await retry_writes(world.seams, lead.id, tenant_id=TENANT)
    await world.drain()

    assert len(refused) == 1
    assert "Done" in str(refused[0].detail["fix"])
    assert tries == 1
    assert [row.target for row in again] == ["Contacted"]
    assert [row.state for row in await writes(world)] == ["done"]


async def test_a_crm_that_is_only_read_is_said_to_be_so_once_and_not_once_per_lead() -> None:
    world = await OnlyRead(write_back=ALL).open()

    for number in range(5):
        await world.lead_arrives(order_id=f"o{number}", phone=f"+1512555014{number}")
    await world.drain()
    await world.text_from_customer("How much for ceramic tint?", phone="+15125550142")
    await world.pass_time(timedelta(hours=2))
    said = [each for each in await readiness(world.store, TENANT) if each.code == "crm_forbids"]

    assert len(world.texts) == 6
    assert world.happened("write_back.refused") == []
    assert sorted((each.what.partition(" since ")[0], each.fix) for each in said) == [
        ("shopmonkey is told no column", "empty write_back.columns"),
        ("shopmonkey is told no message", "switch write_back.messages off"),
        ("shopmonkey is told no note", "switch write_back.note off"),
    ]
    assert {(row.what, row.state) for row in await writes(world)} == {
        ("note", "waiting"), ("message", "waiting"), ("column", "waiting"),
    }  # fmt: skip
    assert len({row.lead_id for row in await writes(world) if row.what == "note"}) < 5
    assert world.crm_records.written == []


async def test_a_forbidden_kind_is_tried_ever_more_rarely_and_told_to_all_once_it_is_allowed() -> None:
    world = await World().open()
    world.crm_records.write_failure = CrmRefusedError("no scope for notes", fix="give the token the scope")
    for number in range(5):
        await world.lead_arrives(order_id=f"o{number}", phone=f"+1512555014{number}")
        await world.drain()
    await world.pass_time(timedelta(days=3))
    tries = sum(row.tries for row in await writes(world))
    [said] = [each for each in await readiness(world.store, TENANT) if each.code == "crm_forbids"]

    world.crm_records.write_failure = None
    await retry_writes(world.seams, (await the_lead(world, "o0")).id, tenant_id=TENANT)
    await world.pass_time(timedelta(hours=1))

    assert 3 <= tries <= 14
    assert ("no scope for notes" in said.what, said.fix) == (True, "give the token the scope")
    assert sorted(world.crm_records.written) == [("note", f"o{number}") for number in range(5)]
    assert [each for each in await readiness(world.store, TENANT) if each.code == "crm_forbids"] == []


async def test_what_is_allowed_again_is_found_out_by_itself() -> None:
    world = await World().open()
    await answered_lead(world)
    world.crm_records.write_failure = CrmRefusedError("no scope for notes")
    await world.pass_time(timedelta(hours=5))
    world.crm_records.write_failure = None

    await world.pass_time(timedelta(hours=24))

    assert world.crm_records.written == [("note", "o1")]


async def test_without_the_block_every_lead_would_ask() -> None:
    """The control: the same five leads, with what the CRM forbids forgotten before each."""
    world = await World().open()
    world.crm_records.write_failure = CrmRefusedError("no scope for notes")

    for number in range(5):
        await world.lead_arrives(order_id=f"o{number}", phone=f"+1512555014{number}")
        await world.drain()
        async with world.store.begin(TENANT) as uow:
            await uow.write_backs.unblock("shopmonkey", "note", tenant_id=TENANT)
            await uow.commit()

    assert len(await writes(world)) == 5


async def test_a_crm_that_is_away_for_hours_is_told_when_it_is_back() -> None:
    world = await World().open()
    world.crm_records.failure = None
    await answered_lead(world)
    world.crm_records.failure = CrmUnavailableError("down")
    await world.pass_time(timedelta(hours=2))
    waiting = await writes(world)
    world.crm_records.failure = None

    await world.pass_time(timedelta(hours=2))

    assert [row.state for row in waiting] == ["waiting"]
    assert 3 < waiting[0].tries < 14
    assert world.crm_records.written == [("note", "o1")]


async def test_a_field_that_vanishes_is_given_up_and_named() -> None:
    world = await World().open()
    world.crm_records.swallowed = {"note"}

    await world.lead_arrives()
    await world.pass_time(timedelta(hours=2))

    [row] = await writes(world)
    assert (row.state, row.tries) == ("refused", 3)
    assert "did not keep note" in world.happened("write_back.refused")[0].reason


async def test_a_lead_of_another_crm_or_of_a_form_is_not_written_back() -> None:
    world = await World(write_back=ALL).open()
    await answered_lead(world)
    async with world.store.begin(TENANT) as uow:
        tenant = await uow.tenants.get(TENANT)
        switched = replace(tenant.providers, crm="hubspot")
        await uow.tenants.save(replace(tenant, providers=switched, version=tenant.version + 1))
        await uow.commit()

    await world.text_from_customer("How much?")
    await world.pass_time(timedelta(minutes=5))

    assert world.crm_records.written == []
    assert await writes(world) == []


async def test_what_was_switched_off_meanwhile_is_dropped() -> None:
    world = await World().open()
    await answered_lead(world)
    world.crm_records.failure = CrmRefusedError("no such key")
    await world.drain()
    async with world.store.begin(TENANT) as uow:
        tenant = await uow.tenants.get(TENANT)
        off = replace(tenant, write_back=WriteBackRule(note=False), version=tenant.version + 1)
        await uow.tenants.save(off)
        await uow.commit()

    await world.pass_time(timedelta(hours=1))

    assert [row.state for row in await writes(world)] == ["dropped"]
    assert await world.store.due.next_due(("write_back",)) is None


async def test_a_new_request_of_a_known_person_is_told_its_own_talk_only() -> None:
    world = await World(write_back=replace(ALL, note=False, columns=StatusColumns())).open()
    await world.lead_arrives()
    await world.text_from_customer("First wish")
    await world.pass_time(timedelta(minutes=5))
    world.clock.advance(timedelta(days=1))

    await world.lead_arrives(order_id="o2", model="Model 3")
    await world.text_from_customer("Second wish")
    await world.pass_time(timedelta(minutes=5))

    first = [each.text for each in world.crm_records.said["o1"]]
    second = [each.text for each in world.crm_records.said["o2"]]
    assert "First wish" in first
    assert "Second wish" in second
    assert not set(first) & {"Second wish"}
    assert not set(second) & {"First wish"}
