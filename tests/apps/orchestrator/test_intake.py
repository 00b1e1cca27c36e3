"""Lead forms over real HTTP: what a page, a vendor and a forger see of the orchestrator."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from leadcore.flows.apply import apply_inbox
from leadcore.leads.model import Lead
from tests.apps.orchestrator.house import House, served

SITE = "https://www.example.com"
PAGE = {"Origin": SITE, "X-Form-Key": "form_k"}
PAT = {
    "name": "Pat Sample",
    "phone": "512 555 0142",
    "consent": {"sms": True, "wording": "You may text me about this."},
}


class Doors(msgspec.Struct, frozen=True):
    """Where each kind of lead comes in."""

    webform: str
    meta: str
    googleads: str
    adf: str


@pytest.fixture
async def doors(house: House) -> Doors:
    made = [
        await house.connect("intake", "webform", {"origins": SITE, "form_key": "form_k", "secret": "s"}),
        await house.connect(
            "intake", "meta", {"app_secret": "app", "page_token": "token", "verify_token": "verify-me"}
        ),
        await house.connect("intake", "googleads", {"google_key": "g"}),
        await house.connect("intake", "adf", {"secret": "a"}),
    ]
    return Doors(*[f"/hooks/{each.id}" for each in made])


@pytest.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with served(house) as client:
        yield client


async def leads(house: House) -> list[Lead]:
    """Apply what came in, and return the leads."""
    for item in await house.store.due.claim(("inbox",), limit=50, lease_s=30, worker="test"):
        await apply_inbox(house.seams, item)
    async with house.store.begin(house.shop.id) as uow:
        return await uow.leads.listing(house.shop.id, status=None, before=None, limit=50)


async def test_a_page_may_ask_post_and_read_the_answer_and_twice_is_once(
    house: House, doors: Doors, http: httpx.AsyncClient
) -> None:
    asked = await http.options(doors.webform, headers={"Origin": SITE, "Access-Control-Request-Method": "POST"})

    answers = [await http.post(doors.webform, json=PAT, headers={**PAGE, "Idempotency-Key": "k-1"}) for _ in range(2)]

    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == SITE
    assert "x-form-key" in asked.headers["access-control-allow-headers"]
    assert [(each.status_code, each.text) for each in answers] == [(200, "{}"), (200, "{}")]
    assert answers[0].headers["access-control-allow-origin"] == SITE
    (lead,) = await leads(house)
    assert (lead.source, lead.external_ref) == ("webform", "browser:k-1")


async def test_the_consent_names_the_address_the_server_saw(
    house: House, doors: Doors, http: httpx.AsyncClient
) -> None:
    await http.post(doors.webform, json=PAT, headers={**PAGE, "User-Agent": "Browser/1"})

    await leads(house)

    async with house.store.begin(house.shop.id) as uow:
        point = await uow.compliance.point("phone", "+15125550142", tenant_id=house.shop.id)
        assert point is not None
        (line,) = await uow.compliance.consents(point.id, tenant_id=house.shop.id)
    assert line.wording == "You may text me about this."
    assert line.evidence == {"recorded_by": "browser", "ip": "127.0.0.1", "user_agent": "Browser/1"}


async def test_a_plain_form_is_answered_in_json_and_not_in_a_carriers_xml(
    doors: Doors, http: httpx.AsyncClient
) -> None:
    answer = await http.post(
        doors.webform, data={"form_key": "form_k", "email": "pat@example.com"}, headers={"Origin": SITE}
    )

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


async def test_a_refusal_names_field_and_fix_and_the_page_may_read_it(
    house: House, doors: Doors, http: httpx.AsyncClient
) -> None:
    answer = await http.post(doors.webform, json={**PAT, "phone": "12"}, headers=PAGE)

    problem: dict[str, Any] = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == SITE
    assert (problem["code"], problem["field"]) == ("refused_submission", "phone")
    assert problem["fix"]
    assert await leads(house) == []


async def test_pages_and_senders_without_proof_learn_nothing(
    house: House, doors: Doors, http: httpx.AsyncClient
) -> None:
    elsewhere = {"Origin": "https://evil.example.com", "X-Form-Key": "form_k"}

    asked = await http.options(doors.webform, headers=elsewhere)
    answers = [
        await http.post(doors.webform, json=PAT, headers=elsewhere),
        *[await http.post(path, json={}) for path in (doors.webform, doors.meta, doors.googleads, doors.adf)],
    ]

    assert "access-control-allow-origin" not in asked.headers
    assert [each.status_code for each in answers] == [401] * 5
    assert all("field" not in each.json() or each.json()["field"] is None for each in answers)
    assert all("access-control-allow-origin" not in each.headers for each in answers)
    assert await leads(house) == []


async def test_metas_challenge_is_echoed_as_plain_text_and_only_there(doors: Doors, http: httpx.AsyncClient) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "verify-me"}

    echoed = await http.get(doors.meta, params=query)
    refused = await http.get(doors.meta, params={**query, "hub.verify_token": "wrong"})
    elsewhere = await http.get(doors.webform, params=query)
    nowhere = await http.get(f"/hooks/{UUID(int=99)}", params=query)

    assert (echoed.status_code, echoed.text) == (200, "1158201444")
    assert echoed.headers["content-type"].startswith("text/plain")
    assert [refused.status_code, elsewhere.status_code, nowhere.status_code] == [401, 405, 404]


async def test_google_and_adf_leads_come_in_too(house: House, doors: Doors, http: httpx.AsyncClient) -> None:
    columns = [{"column_id": "EMAIL", "string_value": "kim@example.com"}]
    document = (
        "<adf><prospect><id>1</id><customer><contact><name part='full'>Lee</name>"
        "<email>lee@example.com</email></contact></customer></prospect></adf>"
    )

    answers = [
        await http.post(doors.googleads, json={"lead_id": "L1", "google_key": "g", "user_column_data": columns}),
        await http.post(doors.googleads, json={"lead_id": "T1", "google_key": "g", "is_test": True}),
        await http.post(doors.adf, content=document, headers={"Authorization": "Bearer a"}),
    ]

    assert [(each.status_code, each.text) for each in answers] == [(200, "{}")] * 3
    assert {lead.source for lead in await leads(house)} == {"googleads", "adf"}
