"""The operator API: whose key sees what, page by page, and how a person takes, says and gives back the word."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from leadcore.compliance.model import Suppression
from leadcore.conversations.model import Conversation
from leadcore.kernel.ids import ConversationId
from leadcore.leads.model import Lead
from leadcore.tenants.model import Tenant
from leadcore.testing.builders import a_consent, a_lead, a_person, a_point, a_write_back, new_id
from tests.apps.orchestrator.house import House, served

PROBLEM = "application/problem+json"


@pytest.fixture
async def key(house: House) -> dict[str, str]:
    return await house.key()


@pytest.fixture
async def thread(house: House) -> tuple[Lead, Conversation]:
    return await _lead_of(house, house.shop)


async def test_a_good_key_with_the_right_scope_is_needed(house: House, site: httpx.AsyncClient) -> None:
    without = await site.get("/api/v1/leads")
    wrong = await site.get("/api/v1/leads", headers={"Authorization": "Bearer lc_live_nonsense"})
    chat = await site.get("/api/v1/leads", headers=await house.key(scopes=("chat",)))
    good = await site.get("/api/v1/leads", headers=await house.key())

    assert [each.status_code for each in (without, wrong, chat, good)] == [401, 401, 403, 200]
    assert [each.json()["code"] for each in (without, wrong, chat)] == ["unauthorized", "unauthorized", "missing_scope"]
    assert {each.headers["content-type"] for each in (without, wrong, chat)} == {PROBLEM}


async def test_leads_come_newest_first_page_by_page_each_once(
    house: House, site: httpx.AsyncClient, key: dict[str, str]
) -> None:
    made = [(await _lead_of(house, house.shop))[0] for _ in range(5)]
    await _lead_of(house, house.other)

    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await site.get("/api/v1/leads", params={"limit": 2, **cursor}, headers=key)).json()
        seen += [lead["id"] for lead in page["leads"]]
        if not page["has_more"]:
            break
        cursor = {"after": page["next_cursor"]}

    assert seen == [str(lead.id) for lead in reversed(made)]
    assert page["next_cursor"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=many", "after=no-uuid", "status=unheard"])
async def test_a_parameter_of_the_wrong_shape_is_named(
    house: House, site: httpx.AsyncClient, key: dict[str, str], query: str
) -> None:
    answer = await site.get(f"/api/v1/leads?{query}", headers=key)

    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert query.partition("=")[0] in answer.text


async def test_what_belongs_to_another_shop_looks_like_what_does_not_exist(
    house: House, site: httpx.AsyncClient, key: dict[str, str]
) -> None:
    lead, conversation = await _lead_of(house, house.other)
    for template, theirs in (
        ("GET /api/v1/leads/{}", lead.id),
        ("GET /api/v1/leads/{}/timeline", lead.id),
        ("GET /api/v1/conversations/{}", conversation.id),
        ("POST /api/v1/conversations/{}/take", conversation.id),
        ("POST /api/v1/conversations/{}/release", conversation.id),
        ("POST /api/v1/conversations/{}/reply", conversation.id),
    ):
        method, path = template.split(" ")
        body: dict[str, Any] = {"json": {"text": "hi", "ref": "r"}} if path.endswith("reply") else {}
        missing = new_id()

        foreign = await site.request(method, path.format(theirs), headers=key, **body)
        unknown = await site.request(method, path.format(missing), headers=key, **body)

        assert foreign.status_code == unknown.status_code == 404
        assert foreign.text.replace(str(theirs), "X") == unknown.text.replace(str(missing), "X")


async def test_a_lead_and_its_story_are_shown(
    site: httpx.AsyncClient, key: dict[str, str], thread: tuple[Lead, Conversation]
) -> None:
    lead, conversation = thread
    await site.post(f"/api/v1/conversations/{conversation.id}/take", headers=key)

    shown = (await site.get(f"/api/v1/leads/{lead.id}", headers=key)).json()
    story = (await site.get(f"/api/v1/leads/{lead.id}/timeline", headers=key)).json()

    assert shown["id"] == story["lead"]["id"] == str(lead.id)
    assert "conversation.speaker" in {event["type"] for event in story["events"]}


async def test_a_person_takes_the_word_says_something_once_and_gives_it_back(
    house: House, site: httpx.AsyncClient, key: dict[str, str], thread: tuple[Lead, Conversation]
) -> None:
    _, conversation = thread
    path = f"/api/v1/conversations/{conversation.id}"
    words = {"text": "Sam here, come by at ten.", "ref": "r1"}

    early = await site.post(f"{path}/reply", json=words, headers=key)
    taken = await site.post(f"{path}/take", headers=key)
    waiting = (await site.get("/api/v1/conversations?waiting=true", headers=key)).json()
    said = await site.post(f"{path}/reply", json=words, headers=key)
    again = await site.post(f"{path}/reply", json=words, headers=key)
    shown = (await site.get(path, headers=key)).json()
    released = await site.post(f"{path}/release", headers=key)

    assert (early.status_code, early.json()["code"]) == (409, "not_the_speaker")
    assert (taken.status_code, taken.json()["speaker"], taken.json()["taken_by"] != "") == (200, "staff", True)
    assert [each["id"] for each in waiting] == [str(conversation.id)]
    assert (said.status_code, said.json()["author"]) == (201, "staff")
    assert again.status_code == 409
    assert [entry["text"] for entry in shown["entries"]] == ["Sam here, come by at ten."]
    assert (released.status_code, released.json()["speaker"]) == (200, "assistant")
    assert await house.store.due.next_due(("message",)) == 0


async def test_who_opted_out_cannot_be_written_to_and_nothing_is_said(
    house: House, site: httpx.AsyncClient, key: dict[str, str], thread: tuple[Lead, Conversation]
) -> None:
    lead, conversation = thread
    async with house.store.begin(house.shop.id) as uow:
        person = await uow.leads.person(lead.person_id, tenant_id=house.shop.id)
        assert person.phone_id is not None
        await uow.compliance.suppress(
            Suppression(
                contact_point_id=person.phone_id, tenant_id=house.shop.id, channel="sms", reason="stop_word",
                since=await uow.now(),
            )
        )  # fmt: skip
        await uow.commit()
    path = f"/api/v1/conversations/{conversation.id}"
    await site.post(f"{path}/take", headers=key)

    answer = await site.post(f"{path}/reply", json={"text": "hello?", "ref": "r1"}, headers=key)

    assert (answer.status_code, answer.json()["code"]) == (409, "no_way_to_reach")
    assert (await site.get(path, headers=key)).json()["entries"] == []


@pytest.mark.parametrize("body", [{"text": "", "ref": "r"}, {"text": "x"}, {"text": "x", "ref": "r", "tenant_id": "t"}])
async def test_a_reply_of_the_wrong_shape_is_refused(
    site: httpx.AsyncClient, key: dict[str, str], thread: tuple[Lead, Conversation], body: dict[str, str]
) -> None:
    path = f"/api/v1/conversations/{thread[1].id}"
    await site.post(f"{path}/take", headers=key)

    answer = await site.post(f"{path}/reply", json=body, headers=key)

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == PROBLEM


async def test_what_the_crm_refused_is_listed_and_goes_again(
    house: House, site: httpx.AsyncClient, key: dict[str, str], thread: tuple[Lead, Conversation]
) -> None:
    lead, _ = thread
    row = a_write_back(lead, state="refused", error="no column", fix="rename it")
    async with house.store.begin(house.shop.id) as uow:
        await uow.write_backs.begin(row)
        await uow.commit()

    listed = (await site.get("/api/v1/write-backs", params={"state": "refused"}, headers=key)).json()
    wrong = await site.get("/api/v1/write-backs", params={"state": "odd"}, headers=key)
    again = await site.post(f"/api/v1/leads/{lead.id}/write-backs/retry", headers=key)
    foreign = await site.post(f"/api/v1/leads/{new_id()}/write-backs/retry", headers=key)

    assert [(each["error"], each["fix"]) for each in listed] == [("no column", "rename it")]
    assert [each["state"] for each in again.json()] == ["unknown"]
    assert [each.status_code for each in (wrong, again, foreign)] == [422, 200, 404]


async def test_every_operation_documents_its_refusals_as_problems(site: httpx.AsyncClient) -> None:
    paths = (await site.get("/schema/openapi.json")).json()["paths"]

    operations = [found for path, each in paths.items() if path.startswith("/api/v1") for found in each.values()]

    assert len(operations) >= 10
    for operation in operations:
        for status in ("401", "403", "503"):
            assert list(operation["responses"][status]["content"]) == [PROBLEM]


@pytest.fixture
async def broken(house: House) -> AsyncIterator[httpx.AsyncClient]:
    house.is_down = True
    async with served(house) as client:
        yield client


async def test_health_says_what_is_wrong_and_asks_no_vendor(house: House, broken: httpx.AsyncClient) -> None:
    ill = await broken.get("/health")
    unready = await broken.get("/readyz")
    alive = await broken.get("/livez")
    metrics = await broken.get("/metrics")
    house.is_down = False
    well = await broken.get("/health")

    assert (ill.status_code, ill.json()["checks"]) == (503, {"database": "OSError"})
    assert (unready.status_code, alive.status_code, metrics.status_code) == (503, 200, 200)
    assert (well.status_code, well.json()["status"]) == (200, "ok")
    assert house.adapters._open == {}  # no adapter was even opened


async def _lead_of(house: House, tenant: Tenant) -> tuple[Lead, Conversation]:
    house.clock.advance(timedelta(seconds=1))
    point = replace(a_point(tenant), last_inbound_at=house.clock.now())
    person = a_person(point)
    lead = a_lead(person)
    async with house.store.begin(tenant.id) as uow:
        await uow.compliance.ensure_point(point)
        await uow.leads.put_person(person)
        await uow.leads.add(lead)
        conversation = await uow.conversations.ensure(
            Conversation(id=ConversationId(new_id()), tenant_id=tenant.id, person_id=person.id, lead_id=lead.id)
        )
        await uow.commit()
    return lead, conversation


async def test_the_consent_evidence_is_read_by_its_own_shop_only(house: House, site: httpx.AsyncClient) -> None:
    point = a_point(house.shop, value="+15125550142")
    async with house.store.begin(house.shop.id) as uow:
        await uow.compliance.ensure_point(point)
        stored = await uow.compliance.add_consent(a_consent(point))
        await uow.commit()
    asked = {"contact": point.value}

    mine = await site.get("/api/v1/consent", params=asked, headers=await house.key())
    theirs = await site.get("/api/v1/consent", params=asked, headers=await house.key(house.other))
    nonsense = await site.get("/api/v1/consent", params={"contact": "nobody"}, headers=await house.key())
    checked = await site.get("/api/v1/consent/verify", headers=await house.key())

    assert mine.status_code == 200, mine.text
    assert [each["id"] for each in mine.json()["consents"]] == [str(stored.id)]
    assert (theirs.status_code, nonsense.status_code) == (404, 422)
    assert checked.json()["intact"] is True
