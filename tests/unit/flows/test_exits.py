"""What ends a cadence: whatever happens in whatever order, the first exit its file has, and never anything else."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadcore.cadences.machine import Stop, advance
from leadcore.cadences.model import Enrollment
from leadcore.cadences.policies.definition import read_cadence
from leadcore.cadences.values import ALWAYS_EXITS, EXITS, StopReason
from leadcore.flows.cadence_files import publish_cadence
from leadcore.flows.onboard import change_tenant
from leadcore.flows.people import conversation_of_lead, take
from leadcore.kernel.ids import EnrollmentId, LeadId
from leadcore.ports.inbound import CustomerMessage, EntityChanged
from tests.unit.flows.test_steering import OWN
from tests.unit.flows.world import MONDAY_NOON, TENANT, World, nothing_wrong

SWITCHABLE = tuple(each for each in EXITS if each not in ALWAYS_EXITS)
DRIVING = "I'm driving right now and will get back to you later."
ENDS: dict[str, StopReason] = {
    "text": "replied", "mail": "replied", "stop": "opted_out", "mail stop": "opted_out", "book": "booked",
    "close": "closed_in_crm", "take": "taken_over", "doubt": "taken_over",
}  # fmt: skip
"""What each happening is to a cadence; those that are nothing to it are missing."""
SAYS = {"text": "How much?", "stop": "STOP", "doubt": "Who is this?", "driving": DRIVING}
MAILS = {
    "mail": ("How much is it?", "Re: Your request"),
    "mail stop": ("please stop mailing me", "Re: Your request"),
    "away": ("Back on Monday.", "Automatic reply: Your request"),
}


def _own(goes_on_after: tuple[str, ...]) -> str:
    return OWN.replace("sms_consent", f"goes_on_after = {list(goes_on_after)}\nsms_consent", 1)


async def _world(goes_on_after: tuple[str, ...]) -> tuple[World, LeadId]:
    world = await World().open()
    await publish_cadence(world.store, TENANT, _own(goes_on_after))
    await change_tenant(world.store, TENANT, {"cadence": "own"})
    await world.lead_arrives()
    await world.drain()
    return world, world.happened("cadence.enrolled")[0].lead_id


async def _happen(world: World, lead_id: LeadId, what: str, number: int) -> None:
    if what in SAYS:
        await world.text_from_customer(SAYS[what])
    elif what in MAILS:
        text, subject = MAILS[what]
        await world.webhook(
            CustomerMessage(
                channel="email", sender="pat5125550142@example.com", recipient="shop@example.com", text=text,
                subject=subject, provider_id=f"mail-{number}",
            )
        )  # fmt: skip
    elif what == "take":
        thread = await conversation_of_lead(world.seams, lead_id, tenant_id=TENANT)
        assert thread is not None
        await take(world.seams, thread.id, tenant_id=TENANT, by="Sam")
    elif what == "wait":
        await world.pass_time(timedelta(hours=3))
    else:
        await (world.book_order("o1") if what == "book" else world.close_order("o1"))
        await world.webhook(EntityChanged(kind="order", external_id="o1"))
    await world.drain()


async def _enrollment(world: World, lead_id: LeadId) -> Enrollment:
    async with world.store.begin(TENANT) as uow:
        return (await uow.cadences.enrollments_of_lead(lead_id, tenant_id=TENANT))[0]


def _expected(happenings: list[str], goes_on_after: frozenset[str], ends: dict[str, StopReason]) -> str | None:
    """The oracle: the first happening that is an exit of this cadence."""
    for each in happenings:
        if each == "doubt" and "replied" not in goes_on_after:
            return "replied"
        reason = ends.get(each)
        if reason is not None and reason not in goes_on_after:
            return reason
    return None


async def _play(happenings: list[str], goes_on_after: frozenset[str], *, ends: dict[str, StopReason] = ENDS) -> None:
    world, lead_id = await _world(tuple(sorted(goes_on_after)))
    revoked = -1

    for number, each in enumerate(happenings):
        await _happen(world, lead_id, each, number)
        if each in {"stop", "mail stop"} and revoked < 0:
            revoked = len([text for text in world.texts if "any news" in text or "Last word" in text])
    await world.pass_time(timedelta(days=9))

    await nothing_wrong(world)
    ended = await _enrollment(world, lead_id)
    expected = _expected(happenings, goes_on_after, ends)
    assert (ended.state, ended.ended_by) == (("stopped", expected) if expected else ("finished", None))
    if revoked >= 0:
        assert len([text for text in world.texts if "any news" in text or "Last word" in text]) == revoked


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([*ENDS, "driving", "away", "wait"]), max_size=5),
    st.frozensets(st.sampled_from(SWITCHABLE)),
)
def test_whatever_happens_the_first_exit_of_the_file_ends_it(happenings: list[str], goes_on: frozenset[str]) -> None:
    asyncio.run(_play(happenings, goes_on))


def test_the_oracle_would_notice_a_machine_that_ends_at_an_out_of_office_reply() -> None:
    assert _expected(["driving", "away", "wait"], frozenset(), ENDS) is None
    with pytest.raises(AssertionError):  # as if the oracle were such a machine
        asyncio.run(_play(["driving"], frozenset(), ends={**ENDS, "driving": "replied"}))


@given(st.lists(st.sampled_from(EXITS), max_size=6), st.frozensets(st.sampled_from(SWITCHABLE)))
def test_the_machine_ends_with_the_first_exit_it_has(reasons: list[StopReason], goes_on: frozenset[str]) -> None:
    definition = read_cadence(_own(tuple(goes_on)), tenant_id=TENANT)
    enrollment = _fresh(definition.name, definition.version)

    for reason in reasons:
        enrollment, _ = advance(enrollment, Stop(reason=reason), definition=definition, now=MONDAY_NOON)

    assert enrollment.ended_by == next((each for each in reasons if each not in goes_on), None)


def _fresh(name: str, version: str) -> Enrollment:
    return Enrollment(
        id=EnrollmentId(UUID(int=1)), tenant_id=TENANT, lead_id=LeadId(UUID(int=2)), cadence=name, version=version,
        zone="America/Chicago", enrolled_at=MONDAY_NOON,
    )  # fmt: skip


async def test_a_cadence_that_goes_on_after_replies_is_heard_again_the_next_day() -> None:
    world, _ = await _world(("replied",))

    await world.text_from_customer("How much?")
    await world.drain()
    await world.pass_time(timedelta(days=9))

    await nothing_wrong(world)
    assert any("any news" in text for text in world.texts)
    assert "Last word" in world.texts[-1]


async def test_an_out_of_office_reply_neither_ends_a_cadence_nor_makes_its_next_touch_stale() -> None:
    world, lead_id = await _world(())

    await _happen(world, lead_id, "driving", 1)
    await _happen(world, lead_id, "away", 2)
    await world.pass_time(timedelta(days=2))

    assert any("any news" in text for text in world.texts)
    assert (await _enrollment(world, lead_id)).state == "active"
