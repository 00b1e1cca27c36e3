"""What the shop does in its CRM is mirrored: sold, put away, opened again, booked, cancelled, answered by hand."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus
from leadcore.ports.crm import CrmAppointment, CrmCustomer, CrmMessage, CrmOrder, CrmPhone, CrmVehicle
from leadcore.ports.inbound import EntityChanged, EntityKind
from tests.unit.flows.world import PHONE, TENANT, World, nothing_wrong


@pytest.fixture
async def world() -> World:
    """A shop with one lead that was answered."""
    opened = await World().open()
    await opened.lead_arrives()
    await opened.drain()
    return opened


async def test_an_order_that_is_opened_again_is_quoted_and_gets_no_automated_texts(world: World) -> None:
    await _change(world, archived=True)
    assert (await _lead(world)).lost_reason == "closed_in_crm"

    await _change(world, archived=False)
    sent = len(world.texts)
    await world.pass_time(timedelta(days=20))

    assert (await _lead(world)).status is LeadStatus.QUOTED
    assert len(world.texts) == sent
    await nothing_wrong(world)


async def test_a_sale_that_is_taken_back_is_quoted(world: World) -> None:
    await _change(world, authorized=True)
    assert (await _lead(world)).status is LeadStatus.WON

    await _change(world, authorized=False)

    assert (await _lead(world)).status is LeadStatus.QUOTED


async def test_a_cancelled_appointment_unbooks_the_lead_and_starts_no_texts(world: World) -> None:
    await _visit(world, cancelled=False)
    assert (await _lead(world)).status is LeadStatus.BOOKED

    await _visit(world, cancelled=True)
    sent = len(world.texts)
    await world.pass_time(timedelta(days=20))

    assert (await _lead(world)).status is LeadStatus.QUOTED
    assert len(world.texts) == sent


async def test_an_appointment_that_moves_to_another_order_books_that_one() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.lead_arrives(order_id="o2", phone="+15125550143")
    await world.drain()
    await _visit(world, cancelled=False)

    await _visit(world, cancelled=False, order_id="o2")

    assert (await _lead(world)).status is LeadStatus.QUOTED
    assert (await _lead(world, "o2")).status is LeadStatus.BOOKED


async def test_an_order_that_leaves_the_lead_column_is_not_followed_up(world: World) -> None:
    await _change(world, column_name="In Progress")

    assert not await _is_followed_up(world)
    assert (await _lead(world)).is_open


async def test_a_text_that_a_person_wrote_in_the_crm_is_a_response_and_ends_follow_up() -> None:
    world = await World().open()
    await world.lead_arrives(opt_in=False, phone=PHONE)
    for item in await world.store.due.claim(("inbox",), limit=5, lease_s=30, worker="a"):
        await world.perform(item)
    at = world.clock.now() + timedelta(seconds=30)

    await _message(world, "staff", "Hi Pat, this is Sam from the shop", at=at)

    lead = await _lead(world)
    assert (lead.status, lead.first_response_at) == (LeadStatus.CONTACTED, at)
    assert not await _is_followed_up(world)


async def test_our_own_text_kept_in_the_crm_is_no_persons(world: World) -> None:
    await _message(world, "staff", world.texts[0])

    assert await _is_followed_up(world)


async def test_what_the_crm_writes_by_itself_is_no_persons_either(world: World) -> None:
    await _message(world, "system", "Your estimate is ready")

    assert await _is_followed_up(world)


@pytest.mark.parametrize("by", ["order", "customer"])
async def test_a_reply_that_only_the_crm_has_seen_ends_follow_up(world: World, by: str) -> None:
    await _message(world, "customer", "Friday is fine", by=by)

    assert (await _lead(world)).status is LeadStatus.ENGAGED
    assert not await _is_followed_up(world)


async def test_a_stop_that_only_the_crm_has_seen_is_heeded(world: World) -> None:
    await _message(world, "customer", "STOP")

    lead = await _lead(world)
    assert (lead.status, lead.lost_reason) == (LeadStatus.LOST, "opted_out")
    assert await _is_suppressed(world, PHONE)


async def test_an_opt_out_in_the_crm_suppresses_and_a_later_yes_does_not_undo_it(world: World) -> None:
    await _customer(world, opt_out=True)
    assert await _is_suppressed(world, PHONE)

    await _customer(world, opt_in=True)

    assert await _is_suppressed(world, PHONE)


async def test_a_no_that_was_never_a_yes_is_no_opt_out() -> None:
    world = await World().open()
    await world.lead_arrives(opt_in=False)
    await world.drain()

    await _customer(world, opt_out=True)

    assert not await _is_suppressed(world, PHONE)


async def test_no_more_marketing_in_the_crm_silences_every_address(world: World) -> None:
    await _customer(world, opt_in=True, marketing=True)
    await _customer(world, opt_in=True, marketing=False)

    assert await _is_suppressed(world, PHONE)
    assert await _is_suppressed(world, "pat5125550142@example.com")


async def test_a_known_person_follows_the_customers_name_and_address(world: World) -> None:
    await _customer(world, opt_in=True, first_name="Patricia", emails=("new@example.com",))

    lead = await _lead(world)
    async with world.store.begin(TENANT) as uow:
        person = await uow.leads.person(lead.person_id, tenant_id=TENANT)
        assert person.email_id is not None
        email = await uow.compliance.get_point(person.email_id, tenant_id=TENANT)
    assert (person.first_name, email.value) == ("Patricia", "new@example.com")


async def test_the_leads_vehicle_follows_the_crms(world: World) -> None:
    later = world.clock.now() + timedelta(minutes=5)
    world.crm_records.put(
        CrmVehicle(external_id=f"v-{PHONE}-Model Y", year=2024, make="Rivian", model="R1S", updated_at=later)
    )
    await _hint(world, "vehicle", f"v-{PHONE}-Model Y")

    assert (await _lead(world)).vehicle.label == "2024 Rivian R1S"


async def test_a_stale_answer_of_the_crm_changes_nothing_back(world: World) -> None:
    stale = await world.crm_records.order("o1")
    assert stale is not None
    await _change(world, authorized=True)
    world.crm_records.put(stale)

    await _hint(world, "order", "o1")

    assert (await _lead(world)).status is LeadStatus.WON


async def test_a_lie_about_a_deletion_deletes_nothing(world: World) -> None:
    await world.webhook(EntityChanged(kind="order", external_id="o1", deleted=True))
    await world.drain()

    assert (await _lead(world)).is_open


async def test_a_record_that_is_not_there_yet_is_not_taken_for_deleted() -> None:
    world = await World().open()
    await world.webhook(EntityChanged(kind="order", external_id="o1"))
    await world.drain()

    await world.lead_arrives()
    await world.drain()

    assert (await _lead(world)).is_open
    assert await _is_followed_up(world)


async def _change(world: World, **changes: Any) -> None:
    order = await world.crm_records.order("o1")
    assert order is not None
    world.clock.advance(timedelta(minutes=1))
    changed: CrmOrder = msgspec.structs.replace(order, updated_at=world.clock.now(), **changes)
    world.crm_records.put(changed)
    await _hint(world, "order", "o1")


async def _visit(world: World, *, cancelled: bool, order_id: str = "o1") -> None:
    world.clock.advance(timedelta(minutes=1))
    now = world.clock.now()
    world.crm_records.put(
        CrmAppointment(
            external_id="a1",
            title="Tint",
            starts_at=now + timedelta(days=2),
            ends_at=now + timedelta(days=2, hours=3),
            order_id=order_id,
            cancelled=cancelled,
            updated_at=now,
        )
    )
    await _hint(world, "appointment", "a1")


async def _message(world: World, author: Any, text: str, *, at: Any = None, by: str = "order") -> None:
    refs = {"order_id": "o1"} if by == "order" else {"customer_id": f"c-{PHONE}"}
    at = at or world.clock.now() + timedelta(seconds=1)
    world.crm_records.put(CrmMessage(external_id="m1", author=author, text=text, at=at, **refs))
    await _hint(world, "message", "m1")


async def _customer(
    world: World, *, opt_in: bool = False, opt_out: bool = False, marketing: bool | None = None, **changes: Any
) -> None:
    world.clock.advance(timedelta(minutes=1))
    known = await world.crm_records.customer(f"c-{PHONE}")
    assert known is not None
    phone = CrmPhone(number=PHONE, opt_in=opt_in, opt_out=opt_out)
    changed: CrmCustomer = msgspec.structs.replace(
        known, phones=(phone,), marketing_opt_in=marketing, updated_at=world.clock.now(), **changes
    )
    world.crm_records.put(changed)
    await _hint(world, "customer", f"c-{PHONE}")


async def _hint(world: World, kind: EntityKind, external_id: str) -> None:
    await world.webhook(EntityChanged(kind=kind, external_id=external_id))
    await world.drain()


async def _lead(world: World, order_id: str = "o1") -> Lead:
    async with world.store.begin(TENANT) as uow:
        lead = await uow.leads.by_external_ref("shopmonkey", order_id, tenant_id=TENANT)
    assert lead is not None
    return lead


async def _is_followed_up(world: World) -> bool:
    lead = await _lead(world)
    async with world.store.begin(TENANT) as uow:
        return bool(await uow.cadences.active_of_lead(lead.id, tenant_id=TENANT))


async def _is_suppressed(world: World, value: str) -> bool:
    async with world.store.begin(TENANT) as uow:
        point = await uow.compliance.point("email" if "@" in value else "phone", value, tenant_id=TENANT)
        assert point is not None
        return bool(await uow.compliance.suppressions(point.id, tenant_id=TENANT))
