"""The operator API for what becomes of a lead."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from leadcore.kernel.ids import LeadId
from leadcore.leads.events import LeadArrived
from leadcore.leads.model import Lead
from leadcore.tenants.model import Tenant
from leadcore.tenants.values import StaffMember
from leadcore.testing.builders import a_conversation, a_lead, a_person, a_point, a_score, an_assignment, new_id
from tests.apps.orchestrator.house import House

LEADS = "/api/v1/leads"


@pytest.fixture
async def key(house: House) -> dict[str, str]:
    return await house.key()


@pytest.fixture
async def lead(house: House) -> Lead:
    return await _lead_of(house, house.shop)


async def _lead_of(house: House, tenant: Tenant, *, score: int | None = None) -> Lead:
    point = a_point(tenant)
    person = a_person(point)
    lead = a_lead(person, requested_at=house.clock.now())
    async with house.store.begin(tenant.id) as uow:
        await uow.compliance.ensure_point(point)
        await uow.leads.put_person(person)
        await uow.leads.add(lead)
        await uow.conversations.ensure(a_conversation(lead))
        if score is not None:
            await uow.life.put_score(a_score(lead, total=score))
        await uow.commit()
    return lead


async def _employ(house: House, *staff: StaffMember) -> None:
    async with house.store.begin(house.shop.id) as uow:
        before = await uow.tenants.get(house.shop.id)
        await uow.tenants.save(replace(before, staff=staff, version=before.version + 1))
        await uow.commit()


async def test_a_lead_is_booked_once_and_a_time_without_a_zone_is_refused(
    site: httpx.AsyncClient, key: dict[str, str], lead: Lead, house: House
) -> None:
    path = f"{LEADS}/{lead.id}/book"
    at = house.clock.now() + timedelta(days=2)

    booked = await site.post(path, json={"at": at.isoformat(), "minutes": 90, "service": "Tint"}, headers=key)
    again = await site.post(path, json={"at": at.isoformat(), "minutes": 90}, headers=key)
    naive = await site.post(path, json={"at": "2026-12-01T09:00:00"}, headers=key)
    late = await site.post(path, json={"at": "2020-12-01T09:00:00Z"}, headers=key)
    closed = await site.post(f"{LEADS}/{lead.id}/win", headers=key)
    refused = await site.post(path, json={"at": (at + timedelta(days=1)).isoformat()}, headers=key)

    assert (booked.status_code, booked.json()["lead"]["status"]) == (200, "booked")
    assert booked.json()["appointment"]["service"] == "Tint"
    assert again.json() == booked.json()
    assert (naive.status_code, naive.json()["field"]) == (422, "at")
    assert (late.status_code, late.json()["field"]) == (422, "at")
    assert closed.status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (409, "unreachable_status")


async def test_a_lead_is_lost_re_opened_and_won_and_illegal_moves_are_refused(
    site: httpx.AsyncClient, key: dict[str, str], lead: Lead
) -> None:
    path = f"{LEADS}/{lead.id}"

    lost = await site.post(f"{path}/lose", json={"reason": "price"}, headers=key)
    again = await site.post(f"{path}/lose", json={"reason": "price"}, headers=key)
    unlawful = await site.post(f"{path}/reopen", json={"follow_up": True}, headers=key)
    opened = await site.post(f"{path}/reopen", json={}, headers=key)
    twice = await site.post(f"{path}/reopen", json={}, headers=key)
    won = await site.post(f"{path}/win", headers=key)
    final = await site.post(f"{path}/lose", json={"reason": "other"}, headers=key)

    assert (lost.status_code, lost.json()["lost_reason"]) == (200, "price")
    assert (again.status_code, again.json()["code"]) == (409, "unreachable_status")
    assert (unlawful.status_code, unlawful.json()["code"]) == (409, "follow_up_forbidden")
    assert (opened.status_code, opened.json()["status"]) == (200, "engaged")
    assert (twice.status_code, twice.json()["code"]) == (409, "not_lost")
    assert (won.status_code, won.json()["status"]) == (200, "won")
    assert final.status_code == 409


@pytest.mark.parametrize("body", [{}, {"reason": "bored"}, {"reason": "price", "tenant_id": "x"}])
async def test_a_loss_of_the_wrong_shape_is_refused(
    site: httpx.AsyncClient, key: dict[str, str], lead: Lead, body: dict[str, str]
) -> None:
    answer = await site.post(f"{LEADS}/{lead.id}/lose", json=body, headers=key)

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_only_the_crm_closes_in_its_name(site: httpx.AsyncClient, key: dict[str, str], lead: Lead) -> None:
    answer = await site.post(f"{LEADS}/{lead.id}/lose", json={"reason": "closed_in_crm"}, headers=key)

    assert (answer.status_code, answer.json()["field"]) == (422, "reason")


async def test_a_lead_is_given_to_somebody_and_everybody_sees_it(
    house: House, site: httpx.AsyncClient, key: dict[str, str], lead: Lead
) -> None:
    await _employ(house, StaffMember(key="dana", name="Dana Reyes"))

    given = await site.post(f"{LEADS}/{lead.id}/assign", json={"staff": "dana"}, headers=key)
    unknown = await site.post(f"{LEADS}/{lead.id}/assign", json={"staff": "kim"}, headers=key)
    shown = (await site.get(f"{LEADS}/{lead.id}", headers=key)).json()
    listed = (await site.get(LEADS, headers=key)).json()["leads"]
    [conversation] = (await site.get("/api/v1/conversations", headers=key)).json()
    thread = (await site.get(f"/api/v1/conversations/{conversation['id']}", headers=key)).json()

    assert (given.status_code, given.json()["how"]) == (200, "by_hand")
    assert (unknown.status_code, unknown.json()["field"], unknown.json()["fix"]) == (422, "staff", "known: dana")
    assert shown["assignment"]["staff"] == "dana"
    assert [each["assigned_to"] for each in listed] == ["dana"]
    assert conversation["assigned_to"] == thread["conversation"]["assigned_to"] == "dana"


async def test_the_most_promising_leads_come_first_page_by_page_with_their_reasons(
    house: House, site: httpx.AsyncClient, key: dict[str, str]
) -> None:
    made = {score: await _lead_of(house, house.shop, score=score) for score in (20, 90, 50)}
    await _lead_of(house, house.other, score=99)

    first = (await site.get(LEADS, params={"sort": "score", "limit": 2}, headers=key)).json()
    rest = (
        await site.get(LEADS, params={"sort": "score", "limit": 2, "after": first["next_cursor"]}, headers=key)
    ).json()
    shown = (await site.get(f"{LEADS}/{made[90].id}", headers=key)).json()
    wrong = await site.get(LEADS, params={"sort": "luck"}, headers=key)

    assert [each["score"] for each in first["leads"] + rest["leads"]] == [90, 50, 20]
    assert rest["has_more"] is False
    assert shown["score"]["total"] == 90
    assert shown["score"]["reasons"][0]["reason"] == "wrote back"
    assert shown["answered"] == {"automation": None, "staff": None}
    assert wrong.status_code == 422


async def test_the_speed_is_told_for_the_days_asked_for(
    site: httpx.AsyncClient, key: dict[str, str], lead: Lead
) -> None:
    answer = await site.get(f"{LEADS}/speed", params={"days": 7}, headers=key)
    wrong = await site.get(f"{LEADS}/speed", params={"days": 0}, headers=key)

    assert [(each["responded_by"], each["leads"], each["answered"]) for each in answer.json()] == [
        ("automation", 1, 0),
        ("staff", 1, 0),
    ]
    assert wrong.status_code == 422


async def test_the_story_is_told_page_by_page(
    house: House, site: httpx.AsyncClient, key: dict[str, str], lead: Lead
) -> None:
    async with house.store.begin(house.shop.id) as uow:
        for _ in range(3):
            uow.publish(LeadArrived(tenant_id=house.shop.id, at=await uow.now(), lead_id=lead.id, source="web"))
        await uow.commit()
    path = f"{LEADS}/{lead.id}/timeline"

    first = (await site.get(path, params={"limit": 2}, headers=key)).json()
    rest = (await site.get(path, params={"limit": 2, "after": first["next_cursor"]}, headers=key)).json()

    assert [len(first["events"]), len(rest["events"])] == [2, 1]
    assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)


async def test_another_shops_lead_looks_like_none(house: House, site: httpx.AsyncClient, key: dict[str, str]) -> None:
    theirs = await _lead_of(house, house.other)
    await _employ(house, StaffMember(key="dana", name="Dana"))
    bodies: dict[str, Any] = {"lose": {"reason": "price"}, "win": {}, "reopen": {}, "assign": {"staff": "dana"}}

    for verb, body in bodies.items():
        for lead_id in (theirs.id, LeadId(new_id())):
            answer = await site.post(f"{LEADS}/{lead_id}/{verb}", json=body, headers=key)
            assert answer.status_code == 404, verb
    async with house.store.begin(house.other.id) as uow:
        assert await uow.leads.get(theirs.id, tenant_id=house.other.id) == theirs
        assert an_assignment(theirs) not in await uow.life.assignments([theirs.id], tenant_id=house.other.id)
