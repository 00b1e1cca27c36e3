"""People over HTTP: a preview, a merge, who they are then, and back again."""

import httpx
import pytest

from leadcore.leads.model import Person
from leadcore.testing.builders import a_conversation, a_lead, a_person, a_point, new_id
from tests.apps.orchestrator.house import House


@pytest.fixture
async def key(house: House) -> dict[str, str]:
    return await house.key()


async def _someone(house: House, phone: str) -> Person:
    point = a_point(house.shop, value=phone)
    person = a_person(point)
    lead = a_lead(person)
    async with house.store.begin(house.shop.id) as uow:
        await uow.compliance.ensure_point(point)
        await uow.leads.put_person(person)
        await uow.leads.add(lead)
        await uow.conversations.ensure(a_conversation(lead))
        await uow.commit()
    return person


async def test_two_people_are_previewed_merged_shown_and_parted(
    house: House, site: httpx.AsyncClient, key: dict[str, str]
) -> None:
    keep, other = [await _someone(house, phone) for phone in ("+15125550142", "+15125550143")]
    path, body = f"/api/v1/people/{keep.id}/merge", {"other": str(other.id), "choices": {"phone": "other"}}

    found = (await site.get("/api/v1/people/duplicates", headers=key)).json()
    preview = (await site.post(path, json={**body, "dry_run": True}, headers=key)).json()
    before = (await site.get(f"/api/v1/people/{keep.id}", headers=key)).json()
    merged = (await site.post(path, json=body, headers=key)).json()
    card = (await site.get(f"/api/v1/people/{keep.id}", headers=key)).json()
    again = await site.post(path, json=body, headers=key)
    undone = await site.post(f"/api/v1/merges/{merged['merge_id']}/undo", json={}, headers=key)
    after = (await site.get(f"/api/v1/people/{keep.id}", headers=key)).json()

    assert [each["people"] for each in found] == [[str(keep.id), str(other.id)]]
    assert "asked about a 2022 Tesla Model Y" in found[0]["reasons"][1]
    assert (preview["merge_id"], preview["phone"]) == (None, "+15125550143")
    assert before["merges"] == []
    assert merged["also_reached_at"] == ["+15125550142"]
    assert len(merged["duplicates"]) == 1
    assert {each["value"] for each in card["contacts"]} == {"+15125550142", "+15125550143"}
    assert len(card["leads"]) == 2
    assert (again.status_code, again.json()["code"]) == (409, "refused")
    assert undone.json()["left"] == []
    assert (after["contacts"], after["leads"]) == (before["contacts"], before["leads"])
    assert after["merges"][0]["undone_at"] is not None


async def test_what_cannot_be_merged_is_refused_with_the_reason(
    house: House, site: httpx.AsyncClient, key: dict[str, str]
) -> None:
    keep = await _someone(house, "+15125550142")
    path = f"/api/v1/people/{keep.id}/merge"

    answers = [
        await site.post(path, json={"other": str(keep.id)}, headers=key),
        await site.post(path, json={"other": str(new_id())}, headers=key),
        await site.post(path, json={"other": str(new_id()), "choices": {"phone": "mine"}}, headers=key),
        await site.get(f"/api/v1/people/{new_id()}", headers=key),
        await site.post(f"/api/v1/merges/{new_id()}/undo", json={}, headers=key),
        await site.get(f"/api/v1/people/{keep.id}"),
    ]

    assert [each.status_code for each in answers] == [422, 404, 422, 404, 404, 401]


async def test_a_foreign_person_is_no_person(house: House, site: httpx.AsyncClient) -> None:
    keep = await _someone(house, "+15125550142")

    answer = await site.get(f"/api/v1/people/{keep.id}", headers=await house.key(house.other))

    assert answer.status_code == 404
