"""Messages that did not go, and trying a step, over HTTP."""

from datetime import timedelta

import httpx
import pytest
from msgspec.structs import replace

from leadcore.testing.builders import a_conversation, a_lead, a_message, a_person, a_point, new_id
from tests.apps.orchestrator.house import House


@pytest.fixture
async def key(house: House) -> dict[str, str]:
    return await house.key()


async def test_a_message_that_failed_is_listed_and_released_once(
    house: House, site: httpx.AsyncClient, key: dict[str, str]
) -> None:
    point = a_point(house.shop, value="+15125550142")
    message = a_message(
        point, state="failed", reason="30007 filtered", not_after=house.store.now() + timedelta(hours=1)
    )
    async with house.store.begin(house.shop.id) as uow:
        await uow.compliance.ensure_point(point)
        await uow.messages.add(message)
        await uow.commit()
    path = f"/api/v1/messages/{message.id}/release"

    listed = (await site.get("/api/v1/messages/stuck?state=failed", headers=key)).json()
    released = await site.post(path, headers=key)
    again = await site.post(path, headers=key)
    unknown = await site.post(f"/api/v1/messages/{new_id()}/release", headers=key)

    assert [(each["message_id"], each["reason"], each["why_not"]) for each in listed] == [
        (str(message.id), "30007 filtered", "")
    ]
    assert (released.status_code, released.json()["state"]) == (200, "pending")
    assert (again.status_code, again.json()["code"]) == (409, "not_releasable")
    assert unknown.status_code == 404


async def test_a_step_is_tried_on_the_shops_own_people_only(
    house: House, site: httpx.AsyncClient, key: dict[str, str]
) -> None:
    point = a_point(house.shop, value="+15125550142")
    lead = a_lead(a_person(point))
    async with house.store.begin(house.shop.id) as uow:
        shop = await uow.tenants.get(house.shop.id)
        await uow.tenants.save(replace(shop, staff_phone="+15125550155", version=shop.version + 1))
        await uow.compliance.ensure_point(point)
        await uow.leads.put_person(a_person(point, id=lead.person_id))
        await uow.leads.add(lead)
        await uow.conversations.ensure(a_conversation(lead))
        await uow.commit()
    cadence = (await site.get("/api/v1/cadences/seven-in-eight", headers=key)).json()
    path = f"/api/v1/leads/{lead.id}/touches/{cadence['steps'][0]['id']}/test-send"

    tried = await site.post(path, json={}, headers=key)
    stranger = await site.post(path, json={"to": "+15125550142"}, headers=key)

    assert [each["recipient"] for each in tried.json()["sent"]] == ["+15125550155"]
    assert tried.json()["tests_this_month"] == 0
    assert stranger.status_code == 422
