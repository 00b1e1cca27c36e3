"""START after STOP needs a consent given since; together they open what that consent covers, until the next STOP."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadcore.compliance.model import Consent, Suppression
from leadcore.compliance.policies.consenting_again import reopens, standing
from leadcore.flows.evidence import evidence_about
from leadcore.flows.reconsent import standing_consents
from leadcore.flows.steer import enroll_again
from leadcore.leads.model import FollowUpForbiddenError
from leadcore.ports.inbound import LeadSubmitted, SubmittedConsent
from leadcore.testing.builders import a_consent, a_point, a_suppression, a_tenant
from tests.unit.flows.world import MONDAY_NOON, PHONE, TENANT, World, nothing_wrong

ACTS = ("STOP", "START", "form", "other wording", "operator")


async def _agree(world: World, number: int, act: str) -> None:
    """Submit the shop's form: with its own wording, with somebody else's, or told by the shop's people."""
    wording = world.tenant.consent_wording if act != "other wording" else "You may write to me about my request."
    by: Any = "operator" if act == "operator" else "browser"
    now = world.clock.now()
    consent = SubmittedConsent(
        sms=True, email=False, wording=wording, at=now, reported_by=by, ip="203.0.113.7",
        page_url="https://example.com/quote",
    )  # fmt: skip
    submitted = LeadSubmitted(
        external_id=f"f{number}", submitted_at=now, first_name="Pat", phones=(PHONE,), services=("ceramic tint",),
        consent=consent,
    )  # fmt: skip
    await world.webhook(submitted)


async def _do(world: World, number: int, act: str) -> None:
    if act in {"STOP", "START"}:
        await world.text_from_customer(act)
    else:
        await _agree(world, number, act)
    await world.drain()
    world.clock.advance(timedelta(minutes=1))


async def _state(world: World) -> tuple[bool, set[str]]:
    """Whether the phone is open, and for what it has a consent that stands."""
    async with world.store.begin(TENANT) as uow:
        point = await uow.compliance.point("phone", PHONE, tenant_id=TENANT)
        assert point is not None
        suppressed = await uow.compliance.suppressions(point.id, tenant_id=TENANT)
        lines = await standing_consents(uow, point.id, tenant_id=TENANT)
    return not suppressed, {each.scope for each in lines}


def _expected(acts: list[str]) -> tuple[bool, set[str]]:
    """The oracle: only what came after the last STOP counts, and START and a customer's own consent must both have."""
    stops = [number for number, act in enumerate(acts) if act == "STOP"]
    since = acts[stops[-1] + 1 :] if stops else acts
    agreed = [each for each in since if each not in {"STOP", "START"}]
    scopes = {"conversational" if each == "other wording" else "marketing" for each in agreed}
    scopes |= set() if stops else {"marketing"}
    own = [each for each in since if each in {"form", "other wording"}]
    return not stops or ("START" in since and bool(own)), scopes


async def _play(acts: list[str]) -> World:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()
    world.clock.advance(timedelta(minutes=1))
    for number, act in enumerate(acts):
        await _do(world, number, act)
        assert await _state(world) == _expected(acts[: number + 1]), acts[: number + 1]
    await nothing_wrong(world)
    return world


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(ACTS), max_size=6))
def test_a_phone_is_open_exactly_when_start_and_a_consent_followed_the_last_stop(acts: list[str]) -> None:
    asyncio.run(_play(acts))


async def test_marketing_goes_again_on_the_new_consent_and_never_on_the_old_one() -> None:
    again = await _play(["STOP", "START", "form"])
    narrow = await _play(["STOP", "START", "other wording"])
    before = len(again.texts)
    (lead, narrow_lead) = (each.happened("cadence.enrolled")[0].lead_id for each in (again, narrow))

    await enroll_again(again.seams, lead, cadence="win-back", tenant_id=TENANT)
    with pytest.raises(FollowUpForbiddenError) as refusal:
        await enroll_again(narrow.seams, narrow_lead, cadence="win-back", tenant_id=TENANT)
    await again.pass_time(timedelta(days=2))

    assert len(again.texts) > before
    assert "phone: no consent to marketing texts" in refusal.value.message


async def test_the_evidence_shows_the_sequence() -> None:
    world = await _play(["STOP", "START", "form", "STOP"])

    found = await evidence_about(world.seams, PHONE, tenant_id=TENANT)

    assert [each.what for each in found.sequence] == [
        "agreed", "revoked", "said START", "agreed", "opened again", "revoked",
    ]  # fmt: skip
    assert [each.scope for each in world.happened("contact.reopened")] == ["marketing"]


def _lines(*hours: int) -> list[Consent]:
    point = a_point(a_tenant())
    return [
        a_consent(point, obtained_at=_at(hour), evidence={"recorded_by": "browser"}, wording="I agree")
        for hour in hours
    ]


def _at(hour: int) -> datetime:
    return MONDAY_NOON + timedelta(hours=hour)


@given(st.lists(st.integers(0, 9), max_size=4), st.integers(0, 9), st.one_of(st.none(), st.integers(0, 9)))
def test_an_older_consent_or_start_opens_nothing(hours: list[int], stopped: int, started: int | None) -> None:
    stop = _stop(stopped, started)
    lines = _lines(*hours)

    opening = reopens(stop, lines)

    assert (opening is not None) == (
        started is not None and started > stopped and any(hour > stopped for hour in hours)
    )
    assert [each.obtained_at for each in standing(lines, [stop])] == [_at(hour) for hour in hours if hour > stopped]


def _stop(stopped: int, started: int | None) -> Suppression:
    return a_suppression(
        a_point(a_tenant()), since=_at(stopped), restarted_at=None if started is None else _at(started)
    )


@pytest.mark.parametrize("reason", ["wrong_number", "complaint", "hard_bounce", "ambiguous", "withdrawn_in_crm"])
def test_what_is_not_the_customers_to_take_back_stays(reason: Any) -> None:
    stop = a_suppression(a_point(a_tenant()), reason=reason, since=_at(1), restarted_at=_at(2))

    assert reopens(stop, _lines(3)) is None


def test_a_flag_in_the_crm_is_no_consent_of_the_customers_own() -> None:
    (line,) = _lines(3)
    flag = a_consent(a_point(a_tenant()), obtained_at=line.obtained_at, evidence={"recorded_by": "shopmonkey"})

    assert reopens(_stop(1, 2), [line]) == line
    assert reopens(_stop(1, 2), [flag]) is None
