"""Who is who: one person over several addresses and requests, the shop's own people, and what a reply is to."""

from datetime import timedelta

from msgspec.structs import replace

from leadcore.flows import people
from leadcore.flows.merge import merge_people
from leadcore.flows.merge_plan import Choices
from leadcore.flows.unmerge import unmerge_people
from leadcore.kernel.ids import LeadId
from leadcore.leads.model import Lead, Person
from leadcore.leads.values import LeadStatus
from leadcore.memory.model import says
from leadcore.ports.crm import CrmCustomer
from leadcore.ports.inbound import CustomerMessage, EntityChanged, LeadSubmitted, SubmittedVehicle, UnsubscribeRequested
from leadcore.tenants.values import Senders
from tests.unit.flows.world import MONDAY_NIGHT, PHONE, TENANT, World, nothing_wrong

OTHER_PHONE = "+15125550143"
STAFF = "+15125550177"
MAIL = "pat5125550142@example.com"


async def test_a_reply_stops_the_follow_up_of_every_open_request_of_the_person() -> None:
    world = await World().open()
    await world.lead_arrives(order_id="o1")
    await world.drain()
    await world.lead_arrives(order_id="o2", model="Model 3")
    await world.drain()

    await world.text_from_customer("Thanks, I will call you")
    await world.pass_time(timedelta(minutes=1))
    before = len(world.texts) + len(world.email.accepted)
    await world.pass_time(timedelta(days=12))

    assert len(world.texts) + len(world.email.accepted) == before


async def test_a_newer_request_ends_the_follow_up_of_the_older_one() -> None:
    world = await World().open()
    await world.lead_arrives(order_id="o1")
    await world.drain()

    await world.lead_arrives(order_id="o2", model="Model 3")
    await world.drain()

    assert [event.reason for event in world.happened("cadence.ended")] == ["newer_request"]


async def test_an_opt_out_loses_every_open_request_of_the_person() -> None:
    world = await World().open()
    await world.lead_arrives(order_id="o1")
    await world.drain()
    await world.lead_arrives(order_id="o2", model="Model 3")
    await world.drain()

    await world.text_from_customer("STOP")
    await world.drain()

    assert {lead.status for lead in await _leads(world)} == {LeadStatus.LOST}


async def test_a_request_with_a_new_number_is_answered_there_and_shows_nobody_elses_thread() -> None:
    world = await World().open()
    await world.lead_arrives(order_id="o1")
    await world.drain()

    await _request_from(world, order_id="o2", phone=OTHER_PHONE, email=MAIL)

    assert world.sms.accepted[-1].message.recipient == OTHER_PHONE
    assert len({lead.person_id for lead in await _leads(world)}) == 2


async def test_a_request_whose_phone_and_mail_belong_to_two_known_people_is_answered_by_text() -> None:
    world = await World().open()
    await _mail(world, "Do you tint?", sender=MAIL)
    await world.text_from_customer("Do you tint?")
    await world.pass_time(timedelta(minutes=1))
    before = len(world.texts)

    await world.lead_arrives()
    await world.drain()

    assert [each.message.recipient for each in world.sms.accepted[before:]] == [PHONE]
    newest = (await _leads(world))[0]
    person = await _person(world, newest)
    assert person.phone_id is not None
    assert person.email_id is None


async def test_the_shops_own_people_are_no_customers() -> None:
    world = await World(staff_phone=STAFF, staff_email="owner@example.com").open()

    await world.text_from_customer("ok, stop by later", phone=STAFF)
    await _mail(world, "got it", sender="owner@example.com")
    await _mail(world, "delivery notice", sender="shop@example.com")
    await world.pass_time(timedelta(minutes=1))

    assert await _leads(world) == []
    assert world.texts == []
    assert world.happened("contact.suppressed") == []


async def test_staff_that_say_stop_get_no_more_notices() -> None:
    world = await World(staff_phone=STAFF, senders=Senders(sms="MG0123", email="shop@example.com")).open()
    await world.text_from_customer("STOP", phone=STAFF)

    await world.text_from_customer("I want to cancel")
    await world.pass_time(timedelta(minutes=1))

    assert [each for each in world.sms.accepted if each.message.recipient == STAFF] == []


async def test_a_mail_is_answered_below_the_customers_own() -> None:
    world = await World().open()
    world.model.add(says("Yes, we do."))

    await _mail(world, "Do you tint?", sender=MAIL, letter="abc@mail.example.com")
    await world.pass_time(timedelta(minutes=1))

    [answer] = [each.message for each in world.email.accepted]
    assert answer.thread_ref == "abc@mail.example.com"
    assert answer.recipient == MAIL


async def test_an_automatic_mail_is_heard_by_nobody() -> None:
    world = await World().open()

    await _mail(world, "I am out of office. Please stop.", sender=MAIL, automatic=True)
    await world.pass_time(timedelta(minutes=1))

    assert await _leads(world) == []
    assert world.happened("contact.suppressed") == []


async def test_what_a_mailbox_unsubscribes_from_is_in_the_story_and_no_riddle_in_the_inbox() -> None:
    world = await World().open()

    await world.webhook(UnsubscribeRequested(email=MAIL, reason="complaint"))
    await world.drain()

    async with world.store.begin(TENANT) as uow:
        [row] = await uow.inbox.listing(TENANT, state=None, limit=10)
    assert row.state == "done"
    assert [event.reason for event in world.happened("contact.suppressed")] == ["complaint"]


async def test_a_person_may_write_first_to_a_customer_who_consented() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()
    [lead] = await _leads(world)
    conversation = await people.conversation_of_lead(world.seams, lead.id, tenant_id=TENANT)
    assert conversation is not None
    await people.take(world.seams, conversation.id, tenant_id=TENANT, by="Sam")

    await people.reply(world.seams, conversation.id, "Sam here!", tenant_id=TENANT, by="Sam", ref="r1")
    await world.drain()

    assert world.texts[-1] == "Sam here!"


async def test_a_text_that_waited_for_us_for_hours_is_not_fresh_at_night() -> None:
    world = await World(at=MONDAY_NIGHT - timedelta(hours=6)).open()
    await world.lead_arrives()
    await world.drain()
    world.model.add(says("Sure."))
    await world.text_from_customer("Do you do windshields?")

    world.clock.advance(timedelta(hours=6))  # nobody applied it meanwhile
    await world.pass_time(timedelta(minutes=5))
    assert len(world.texts) == 1
    await world.pass_time(timedelta(hours=10))

    assert len(world.texts) == 2
    assert world.sms.accepted[-1].at.hour == 14


async def test_help_and_the_confirmation_of_an_opt_out_answer_no_request() -> None:
    world = await World(help_reply="ours").open()

    await world.text_from_customer("HELP")
    await world.drain()

    assert len(world.texts) == 1
    [lead] = await _leads(world)
    assert lead.first_response_at is None


async def test_an_order_that_is_deleted_before_we_hear_of_it_is_no_lead() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)
    world.crm_records.forget("o1")
    await world.webhook(EntityChanged(kind="order", external_id="o1", deleted=True))
    await world.drain()

    assert await _leads(world) == []
    await nothing_wrong(world)


async def _request_from(world: World, *, order_id: str, phone: str, email: str) -> None:
    await world.lead_arrives(order_id=order_id, phone=phone, webhook=False)
    customer = await world.crm_records.customer(f"c-{phone}")
    assert isinstance(customer, CrmCustomer)
    world.crm_records.put(replace(customer, emails=(email,)))
    await world.webhook(EntityChanged(kind="order", external_id=order_id))
    await world.drain()


async def _mail(
    world: World, text: str, *, sender: str, letter: str = "m1@example.com", automatic: bool = False
) -> None:
    await world.webhook(
        CustomerMessage(
            channel="email", sender=sender, recipient="shop@example.com", text=text,
            provider_id=f"{letter}", automatic=automatic,
        )
    )  # fmt: skip


async def _leads(world: World) -> list[Lead]:
    async with world.store.begin(TENANT) as uow:
        return await uow.leads.listing(TENANT, status=None, limit=10, before=None)


async def _person(world: World, lead: Lead) -> Person:
    async with world.store.begin(TENANT) as uow:
        return await uow.leads.person(
            (await uow.leads.get(LeadId(lead.id), tenant_id=TENANT)).person_id, tenant_id=TENANT
        )


async def test_the_same_request_again_joins_the_lead_and_is_followed_up_once() -> None:
    world = await World().open()
    await world.lead_arrives(order_id="o1")
    await world.drain()
    await world.lead_arrives(order_id="o2")
    await world.drain()

    [lead] = await _leads(world)
    async with world.store.begin(TENANT) as uow:
        references = await uow.leads.references(lead.id, tenant_id=TENANT)
        found = await uow.leads.by_external_ref("shopmonkey", "o2", tenant_id=TENANT)
    assert [each.external_ref for each in references] == ["o1", "o2"]
    assert found == lead
    assert [(event.external_ref, event.reopened) for event in world.happened("lead.joined")] == [("o2", False)]
    assert len(world.texts) == 1
    await nothing_wrong(world)


async def test_the_same_request_delivered_again_joins_nothing_twice() -> None:
    world = await World().open()
    for order_id in ("o1", "o2", "o2", "o1"):
        await world.lead_arrives(order_id=order_id)
        await world.drain()

    assert len(await _leads(world)) == 1
    assert len(world.happened("lead.joined")) == 1


async def test_a_lost_request_that_comes_back_in_time_is_reopened_and_answered() -> None:
    world = await World().open()
    await world.lead_arrives(order_id="o1")
    await world.pass_time(timedelta(days=12))
    [lost] = await _leads(world)
    assert lost.status is LeadStatus.LOST
    before = len(world.texts)

    await world.lead_arrives(order_id="o2")
    await world.pass_time(timedelta(minutes=1))

    [lead] = await _leads(world)
    assert lead.id == lost.id
    assert lead.status is not LeadStatus.LOST
    assert lead.requested_at > lost.requested_at
    assert len(world.texts) == before + 1
    assert [event.reopened for event in world.happened("lead.joined")] == [True]


async def test_a_request_past_the_window_is_a_new_lead() -> None:
    world = await World(reopen_days=10).open()
    await world.lead_arrives(order_id="o1")
    await world.pass_time(timedelta(days=30))
    await world.lead_arrives(order_id="o2")
    await world.drain()

    newer, older = await _leads(world)
    assert newer.person_id == older.person_id
    assert older.status is LeadStatus.LOST


async def test_a_request_after_a_sale_is_a_new_lead() -> None:
    world = await World().open()
    await world.lead_arrives(order_id="o1")
    await world.drain()
    await world.close_order("o1")
    await world.webhook(EntityChanged(kind="order", external_id="o1"))
    await world.drain()

    await world.lead_arrives(order_id="o2")
    await world.drain()

    assert [lead.status for lead in await _leads(world)] == [LeadStatus.CONTACTED, LeadStatus.WON]


async def test_a_silent_open_lead_past_the_window_makes_room_for_the_new_one() -> None:
    world = await World(reopen_days=1).open()
    await world.text_from_customer("Do you tint?")
    await world.drain()
    await world.pass_time(timedelta(days=40))
    await world.text_from_customer("Hello?", phone=OTHER_PHONE)
    await world.webhook(_form("f1", phone=PHONE))
    await world.drain()

    leads = [lead for lead in await _leads(world) if lead.source != "sms"]
    assert len(leads) == 1
    stale = [lead for lead in await _leads(world) if lead.lost_reason == "newer_request"]
    assert [lead.person_id for lead in stale] == [leads[0].person_id]


async def test_the_crm_closes_the_lead_by_the_order_that_made_it_and_sells_it_by_any() -> None:
    world = await World().open()
    for order_id in ("o1", "o2"):
        await world.lead_arrives(order_id=order_id)
        await world.drain()

    await world.webhook(EntityChanged(kind="order", external_id="o2", deleted=True))
    await world.drain()
    [lead] = await _leads(world)
    assert lead.is_open

    await world.close_order("o2")
    await world.webhook(EntityChanged(kind="order", external_id="o2"))
    await world.drain()
    [lead] = await _leads(world)
    assert lead.status is LeadStatus.WON


async def test_a_form_after_a_text_is_the_same_lead_and_knows_the_vehicle() -> None:
    world = await World().open()
    world.model.add(says("We do."))
    await world.text_from_customer("Do you tint?")
    await world.pass_time(timedelta(minutes=1))

    await world.webhook(_form("f1", phone="(512) 555-0142", make="Tesla"))
    await world.drain()

    [lead] = await _leads(world)
    assert lead.vehicle.make == "Tesla"
    assert lead.source == "sms"


async def test_merged_people_are_one_to_texts_and_to_an_opt_out() -> None:
    world = await World().open()
    await world.lead_arrives(order_id="o1")
    await _request_from(world, order_id="o2", phone=OTHER_PHONE, email="lou@example.com")
    first, second = sorted({lead.person_id for lead in await _leads(world)})
    await world.pass_time(timedelta(minutes=1))

    await merge_people(world.seams, first, second, tenant_id=TENANT, by="Dana", choices=Choices())
    before = len(world.texts) + len(world.email.accepted)
    await world.text_from_customer("STOP", phone=OTHER_PHONE)
    await world.pass_time(timedelta(days=12))

    assert len(world.texts) + len(world.email.accepted) == before
    async with world.store.begin(TENANT) as uow:
        [thread] = await uow.conversations.listing(TENANT, waiting_for_staff=False, limit=9)
        for phone in (PHONE, OTHER_PHONE):
            point = await uow.compliance.point("phone", phone, tenant_id=TENANT)
            assert point is not None
            assert await uow.compliance.suppressions(point.id, tenant_id=TENANT)
    assert thread.person_id == first
    assert {lead.status for lead in await _leads(world)} == {LeadStatus.LOST}


async def test_a_suppression_of_the_other_side_silences_the_follow_up_of_the_kept_one() -> None:
    world = await World().open()
    await world.text_from_customer("STOP", phone=OTHER_PHONE)
    await world.lead_arrives(order_id="o1")
    await world.drain()
    async with world.store.begin(TENANT) as uow:
        points = [await uow.compliance.point("phone", phone, tenant_id=TENANT) for phone in (PHONE, OTHER_PHONE)]
        owners = [await uow.leads.person_of([each.id], tenant_id=TENANT) for each in points if each]
    keep, other = [each.id for each in owners if each]
    before = len(world.texts) + len(world.email.accepted)

    report = await merge_people(world.seams, keep, other, tenant_id=TENANT, by="Dana", choices=Choices())
    await world.pass_time(timedelta(days=12))

    assert report.suppressed_by == ("stop_word",)
    assert len(world.texts) + len(world.email.accepted) == before

    assert report.merge_id
    await unmerge_people(world.seams, report.merge_id, tenant_id=TENANT, by="Dana")
    async with world.store.begin(TENANT) as uow:
        point = await uow.compliance.point("phone", PHONE, tenant_id=TENANT)
        assert point is not None
        assert await uow.compliance.suppressions_around(point.id, tenant_id=TENANT) == []


async def test_a_merge_taken_back_lets_the_follow_up_go_on() -> None:
    world = await World().open()
    await world.lead_arrives(order_id="o1")
    await _request_from(world, order_id="o2", phone=OTHER_PHONE, email="lou@example.com")
    first, second = sorted({lead.person_id for lead in await _leads(world)})
    report = await merge_people(world.seams, first, second, tenant_id=TENANT, by="Dana", choices=Choices())
    assert len(report.follow_up_ended) == 1
    assert report.merge_id
    await unmerge_people(world.seams, report.merge_id, tenant_id=TENANT, by="Dana")

    await world.pass_time(timedelta(days=3))

    reached = {each.message.recipient for each in world.sms.accepted[2:]}
    assert reached == {PHONE, OTHER_PHONE}


def _form(external_id: str, *, phone: str, make: str = "") -> LeadSubmitted:
    return LeadSubmitted(
        external_id=external_id,
        submitted_at=MONDAY_NIGHT,
        name="Pat",
        phones=(phone,),
        vehicle=SubmittedVehicle(make=make),
    )
