"""A form somebody filled in: one lead, the consent as it was shown, and a first text only if it was wanted."""

from datetime import timedelta
from typing import Any

import pytest

from leadcore.compliance.model import Consent
from leadcore.intake.model import InboxItem
from leadcore.leads.model import Lead
from leadcore.leads.values import Vehicle
from leadcore.ports.inbound import LeadSubmitted, SubmissionAnnounced, SubmittedConsent, SubmittedVehicle
from tests.unit.flows.world import MONDAY_NOON, PHONE, TENANT, World, nothing_wrong

WORDING = "Text me about my request. Reply STOP to opt out."


def consent(**changes: Any) -> SubmittedConsent:
    known: dict[str, Any] = {
        "sms": True, "email": False, "wording": WORDING, "at": MONDAY_NOON, "reported_by": "browser",
        "ip": "203.0.113.9", "user_agent": "Mozilla/5.0", "page_url": "https://www.example.com/quote",
    }  # fmt: skip
    return SubmittedConsent(**(known | changes))


def submission(**changes: Any) -> LeadSubmitted:
    known: dict[str, Any] = {
        "external_id": "browser:k-1", "submitted_at": MONDAY_NOON, "name": "Pat van der Sample",
        "phones": ("(512) 555-0142",), "emails": ("Pat@example.com",),
        "vehicle": SubmittedVehicle(year=2022, make="Tesla", model="Model Y"), "services": ("ceramic tint", "wrap"),
        "message": "How soon?", "consent": consent(),
    }  # fmt: skip
    return LeadSubmitted(**(known | changes))


async def leads(world: World) -> list[Lead]:
    async with world.store.begin(TENANT) as uow:
        return await uow.leads.listing(TENANT, status=None, before=None, limit=50)


async def consents(world: World, kind: Any, value: str) -> list[Consent]:
    async with world.store.begin(TENANT) as uow:
        point = await uow.compliance.point(kind, value, tenant_id=TENANT)
        return await uow.compliance.consents(point.id, tenant_id=TENANT) if point else []


async def rows(world: World) -> list[InboxItem]:
    async with world.store.begin(TENANT) as uow:
        return await uow.inbox.listing(TENANT, state=None, limit=50)


async def test_a_submission_is_a_person_a_lead_and_a_first_text() -> None:
    world = await World().open()

    await world.webhook(submission())
    await world.drain()

    (lead,) = await leads(world)
    async with world.store.begin(TENANT) as uow:
        person = await uow.leads.person(lead.person_id, tenant_id=TENANT)
    assert (person.first_name, person.last_name) == ("Pat", "van der Sample")
    assert lead.external_ref == "browser:k-1"
    assert lead.vehicle == Vehicle(year=2022, make="Tesla", model="Model Y")
    assert (lead.interest, lead.note) == ("ceramic tint, wrap", "How soon?")
    assert [event.found_by for event in world.happened("lead.arrived")] == ["form"]
    assert len(world.texts) == 1
    await nothing_wrong(world)


async def test_the_ledger_keeps_the_wording_and_what_proves_it() -> None:
    world = await World().open()

    await world.webhook(submission())
    await world.drain()

    (line,) = await consents(world, "phone", PHONE)
    assert (line.wording, line.scope, line.obtained_at) == (WORDING, "conversational", MONDAY_NOON)
    assert line.evidence == {
        "recorded_by": "browser", "ip": "203.0.113.9", "user_agent": "Mozilla/5.0",
        "page_url": "https://www.example.com/quote",
    }  # fmt: skip
    assert await consents(world, "email", "pat@example.com") == []


async def test_the_tenants_own_wording_covers_what_the_tenant_says_it_covers() -> None:
    world = await World().open()
    shown = world.tenant.consent_wording.replace(". ", ".\n  ")

    await world.webhook(submission(consent=consent(wording=shown, email=True)))
    await world.drain()

    for kind, value in (("phone", PHONE), ("email", "pat@example.com")):
        (line,) = await consents(world, kind, value)
        assert (line.scope, line.wording) == ("marketing", shown)


async def test_without_consent_there_is_a_lead_and_no_text() -> None:
    world = await World().open()

    await world.webhook(submission(consent=None))
    await world.pass_time(timedelta(days=1))

    assert len(await leads(world)) == 1
    assert world.texts == []
    assert len(world.email.accepted) >= 1


async def test_replays_under_any_webhook_make_one_lead_and_one_line_of_consent() -> None:
    world = await World().open()

    for webhook_id in ("a", "a", "b", "c"):
        await world.webhook(submission(), webhook_id=webhook_id)
        await world.drain()

    assert len(await leads(world)) == 1
    assert len(await consents(world, "phone", PHONE)) == 1
    assert len(world.texts) == 1
    await nothing_wrong(world)


async def test_a_second_wish_of_the_same_person_is_a_second_lead_of_one_person() -> None:
    world = await World().open()

    await world.webhook(submission())
    civic = SubmittedVehicle(year=2015, make="Honda", model="Civic")
    await world.webhook(submission(external_id="browser:k-2", phones=("+1 512 555 0142",), emails=(), vehicle=civic))
    await world.drain()

    found = await leads(world)
    assert len(found) == 2
    assert len({lead.person_id for lead in found}) == 1


async def test_nobody_who_can_be_reached_is_noted_with_the_reason() -> None:
    world = await World().open()

    await world.webhook(submission(phones=("<test lead>",), emails=()))
    await world.drain()

    (row,) = await rows(world)
    assert row.state == "ignored"
    assert "neither a phone nor an e-mail" in row.error
    assert await leads(world) == []


async def test_the_future_is_not_believed() -> None:
    world = await World().open()
    later = MONDAY_NOON + timedelta(hours=1)

    await world.webhook(submission(submitted_at=later, consent=consent(at=later)))
    await world.drain()

    (lead,), (line,) = await leads(world), await consents(world, "phone", PHONE)
    assert lead.requested_at == line.obtained_at == MONDAY_NOON


async def test_what_no_database_can_keep_is_left_out() -> None:
    world = await World().open()

    await world.webhook(submission(message="a\0b", first_name="P\0at", last_name="Sample"))
    await world.drain()

    (lead,) = await leads(world)
    assert lead.note == "ab"


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ({"name": "Pat"}, ("Pat", "")),
        ({"name": "", "first_name": "Kim", "last_name": "Lee"}, ("Kim", "Lee")),
        ({"name": "Wrong Name", "first_name": "Kim"}, ("Kim", "")),
    ],
)
async def test_names_are_taken_apart_only_where_the_source_does_not(
    told: dict[str, str], names: tuple[str, str]
) -> None:
    world = await World().open()

    await world.webhook(submission(**told))
    await world.drain()

    (lead,) = await leads(world)
    async with world.store.begin(TENANT) as uow:
        person = await uow.leads.person(lead.person_id, tenant_id=TENANT)
    assert (person.first_name, person.last_name) == names


async def test_an_announcement_that_nobody_can_fetch_waits_and_says_why() -> None:
    world = await World().open()

    await world.webhook(SubmissionAnnounced(external_id="111"))
    await world.drain()

    (row,) = await rows(world)
    assert (row.state, row.tries) == ("new", 1)
    assert "submission_unavailable" in row.error
