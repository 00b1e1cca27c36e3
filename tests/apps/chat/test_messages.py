import asyncio
from typing import Any

import httpx
import pytest

from leadcore.flows import people
from leadcore.flows.seams import token_digest
from leadcore.leads.model import Lead
from leadcore.testing.builders import a_tenant, new_id
from tests.apps.chat.shop import Shop, Site, eventually


def path(lead: Lead, what: str = "message") -> str:
    return f"/api/chat/{lead.id}/{what}"


async def test_a_message_is_answered_with_the_words_operators_know(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    shop.model.say("We ", "do ", "tint.")

    answer = await site.browser.post(path(lead), json={"message": "What do you do?"})

    document = answer.json()
    latency = document["data"]["metadata"].pop("latency_ms")
    assert answer.status_code == 200
    assert isinstance(latency, int)
    assert document == {
        "success": True,
        "data": {
            "content": await shop.transcript(lead),
            "provider": "dictated",
            "metadata": {
                "provider": "dictated",
                "model": "dictated-1",
                "tokens_used": {"input": 100, "output": 20, "total": 120},
                "finish_reason": "stop",
                "cost_usd": None,
            },
        },
    }
    assert document["data"]["content"].endswith("We do tint.")


async def test_an_api_key_needs_neither_cookie_nor_origin(shop: Shop, site: Site, lead: Lead) -> None:
    shop.model.say("Hello.")

    async with httpx.AsyncClient(base_url=site.url, headers=await shop.key()) as client:
        answer = await client.post(path(lead), json={"message": "Hi"})

    assert answer.status_code == 200
    assert answer.json()["data"]["content"].endswith("Hello.")


async def test_without_any_model_the_catalog_answers(shop: Shop, site: Site, lead: Lead) -> None:
    shop.models_list.clear()

    answer = await site.browser.post(
        path(lead), json={"message": "How much for ceramic tint?"}, headers=await shop.key()
    )

    data = answer.json()["data"]
    assert data["provider"] == data["metadata"]["provider"] == "catalog"
    assert "$449" in data["content"]


async def test_a_foreign_lead_looks_exactly_like_one_that_does_not_exist(shop: Shop, site: Site, lead: Lead) -> None:
    elsewhere = a_tenant(slug="elsewhere")
    await shop.new_tenant(elsewhere)
    foreign = await shop.new_lead(elsewhere)
    missing = new_id()
    key = await shop.key()

    async def ask(lead_id: Any, headers: dict[str, str]) -> tuple[int, str]:
        answer = await site.browser.post(f"/api/chat/{lead_id}/message", json={"message": "Hi"}, headers=headers)
        return answer.status_code, answer.text.replace(str(lead_id), "LEAD")

    await site.enter(lead)
    by_key = await ask(foreign.id, key), await ask(missing, key)
    by_session = await ask(foreign.id, {}), await ask(missing, {})

    assert by_key[0] == by_key[1]
    assert by_session[0] == by_session[1]
    assert by_key[0][0] == by_session[0][0] == 404
    assert await shop.entries(foreign) == []


async def test_a_session_reaches_no_other_lead_of_the_same_shop(shop: Shop, site: Site, lead: Lead) -> None:
    neighbour = await shop.new_lead()
    await site.enter(lead)

    answers = [await site.browser.get(path(neighbour, what)) for what in ("history", "context", "stream")]

    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize(("key", "status"), [("lc_live_abcdefgh_x", 401), ("", 401)])
async def test_a_wrong_key_is_refused_even_beside_a_good_cookie(site: Site, lead: Lead, key: str, status: int) -> None:
    await site.enter(lead)

    answer = await site.browser.get(path(lead, "history"), headers={"Authorization": f"Bearer {key}".strip()})

    assert (answer.status_code, answer.json()["code"]) == (status, "unauthorized")


async def test_a_key_without_the_scope_may_not_chat(shop: Shop, site: Site, lead: Lead) -> None:
    answer = await site.browser.get(path(lead, "history"), headers=await shop.key(scopes=("operate",)))

    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"message": "  \n "}, "message"),
        ({"message": "x" * 2001}, "message"),
        ({"message": "Hi", "client_message_id": "x" * 201}, "client_message_id"),
    ],
)
async def test_what_cannot_be_said_is_refused_by_field(
    shop: Shop, site: Site, lead: Lead, body: dict[str, str], field: str
) -> None:
    await site.enter(lead)

    answer = await site.browser.post(path(lead), json=body)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert await shop.entries(lead) == []


async def test_a_message_of_two_thousand_characters_is_taken(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    shop.model.say("Long.")

    answer = await site.browser.post(path(lead), json={"message": "x" * 2000})

    assert answer.status_code == 200


async def test_the_same_id_says_a_thing_once_and_answers_the_same(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    shop.model.say("Once.")

    first = await site.browser.post(path(lead), json={"message": "Hi", "client_message_id": "m-1"})
    again = await site.browser.post(path(lead), json={"message": "Hi", "client_message_id": "m-1"})
    by_header = await site.browser.post(path(lead), json={"message": "Hi"}, headers={"Idempotency-Key": "m-1"})

    assert first.json() == again.json() == by_header.json()
    assert [entry.author for entry in await shop.entries(lead)] == ["customer", "assistant"]
    assert shop.model.calls == 1


async def test_an_id_cannot_be_used_for_other_words(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    shop.model.say("Once.")
    await site.browser.post(path(lead), json={"message": "Hi", "client_message_id": "m-1"})

    answer = await site.browser.post(path(lead), json={"message": "Bye", "client_message_id": "m-1"})

    assert (answer.status_code, answer.json()["field"]) == (422, "client_message_id")


async def test_another_sites_page_cannot_speak_with_the_customers_cookie(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    body = {"message": "Cancel everything"}

    refused = [
        await site.browser.post(path(lead), json=body, headers={"Origin": "https://evil.example.com"}),
        await site.browser.post(path(lead), json=body, headers={"Sec-Fetch-Site": "same-site"}),
        await site.browser.post(path(lead, "stream"), json=body, headers={"Origin": "null"}),
    ]
    del site.browser.headers["Origin"]
    refused.append(await site.browser.post(path(lead), json=body))

    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(403, "cross_site")}
    assert await shop.entries(lead) == []


async def test_the_twenty_first_message_in_a_minute_waits(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    conversation = await shop.conversation(lead)
    await people.take(shop.seams, conversation.id, tenant_id=lead.tenant_id, by="Marco")

    answers = [await site.browser.post(path(lead), json={"message": f"Hello {number}"}) for number in range(21)]

    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 3
    assert answers[-1].json()["shop"] == {"brand": "Hill Country Tint", "phone": "+15125550199"}


async def test_while_a_person_has_the_word_the_assistant_is_silent(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    conversation = await shop.conversation(lead)
    await people.take(shop.seams, conversation.id, tenant_id=lead.tenant_id, by="Marco")

    answer = await site.browser.post(path(lead), json={"message": "Are you there?"})

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert (data["provider"], data["metadata"]["finish_reason"]) == ("staff", "handoff")
    assert "team" in data["content"]
    assert shop.model.calls == 0
    assert [entry.text for entry in await shop.entries(lead)] == ["Are you there?"]


async def test_stop_is_heeded_confirmed_in_the_chat_and_closes_every_door(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    link = await shop.link(lead)

    answer = await site.browser.post(path(lead), json={"message": "please stop texting me"})

    data = answer.json()["data"]
    person = shop.store.database.people.rows[lead.tenant_id, lead.person_id]
    assert "opted out" in data["content"]
    assert data["provider"] == "catalog"
    assert [suppressed.reason for suppressed in shop.store.database.suppressions.rows[lead.tenant_id, person.phone_id]]
    assert [(said.author, said.channel) for said in await shop.entries(lead)] == [("customer", "web"), ("shop", "web")]
    assert shop.model.calls == 0
    assert (token_digest(link),) not in shop.store.database.tokens.rows
    assert (await site.browser.get(path(lead, "history"))).status_code == 401
    assert shop.store.database.messages.rows == {}


async def test_stop_ends_an_answer_that_is_being_given(shop: Shop, site: Site, lead: Lead) -> None:
    key = await shop.key()
    shop.model.dictate("Well, ")
    asking = asyncio.create_task(site.browser.post(path(lead), json={"message": "Hi"}, headers=key))
    await eventually(lambda: shop.model.open_calls == 1)

    await site.browser.post(path(lead), json={"message": "STOP"}, headers=key)

    first = await asking
    assert first.json()["data"]["provider"] == "staff"
    assert [entry.author for entry in await shop.entries(lead)] == ["customer", "customer", "shop"]
    assert shop.model.open_calls == 0


async def test_help_says_who_we_are_without_a_model(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)

    answer = await site.browser.post(path(lead), json={"message": "HELP", "client_message_id": "h"})
    again = await site.browser.post(path(lead), json={"message": "HELP", "client_message_id": "h"})

    assert "Reply STOP to opt out" in answer.json()["data"]["content"]
    assert answer.json() == again.json()
    assert len(await shop.entries(lead)) == 2


async def test_a_newer_message_overtakes_the_answer_and_is_answered_with_it(shop: Shop, site: Site, lead: Lead) -> None:
    key = await shop.key()
    shop.model.dictate("Let me ")
    first = asyncio.create_task(site.browser.post(path(lead), json={"message": "How much?"}, headers=key))
    await eventually(lambda: shop.model.open_calls == 1)

    second = asyncio.create_task(site.browser.post(path(lead), json={"message": "For my SUV"}, headers=key))
    await eventually(lambda: shop.model.calls == 2)
    shop.model.say("For both.")
    answers = [(await first).json(), (await second).json()]

    assert answers[0] == answers[1]
    assert answers[0]["data"]["content"].endswith("For both.")
    assert [entry.author for entry in await shop.entries(lead)] == ["customer", "customer", "assistant"]


async def test_history_pages_through_everything_oldest_first(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    conversation = await shop.conversation(lead)
    await people.take(shop.seams, conversation.id, tenant_id=lead.tenant_id, by="Marco")
    for number in range(5):
        body = {"message": f"Hello {number}", "client_message_id": f"m-{number}"}
        await site.browser.post(path(lead), json=body)

    pages = []
    after: str | None = None
    while True:
        page = (
            await site.browser.get(path(lead, "history"), params={"limit": 2} | ({"after": after} if after else {}))
        ).json()["data"]
        pages.append(page["messages"])
        after = page["next_cursor"]
        if after is None:
            break

    assert [len(messages) for messages in pages] == [2, 2, 1]
    assert [item["text"] for messages in pages for item in messages] == [f"Hello {number}" for number in range(5)]
    assert pages[0][0] == {
        "id": pages[0][0]["id"],
        "author": "customer",
        "channel": "web",
        "text": "Hello 0",
        "at": "2026-06-01T15:00:00Z",
        "metadata": {"client_message_id": "m-0"},
    }
    assert page["speaker"] == "staff"


@pytest.mark.parametrize("cursor", ["-1", "x", "9" * 40, "1.5"])
async def test_a_made_up_cursor_is_refused(site: Site, lead: Lead, cursor: str) -> None:
    await site.enter(lead)

    answer = await site.browser.get(path(lead, "history"), params={"after": cursor})

    assert (answer.status_code, answer.json()["field"]) == (422, "after")


async def test_context_tells_the_shop_the_vehicle_and_what_is_sold_without_prices(
    shop: Shop, site: Site, lead: Lead
) -> None:
    await site.enter(lead)

    answer = await site.browser.get(path(lead, "context"))

    assert answer.json()["success"] is True
    assert answer.json()["data"]["vehicle"] == "2022 Tesla Model Y"
    assert answer.json()["data"]["services_of_interest"] == ["Ceramic tint"]
    assert answer.json()["data"]["services"] == ["Ceramic tint"]
    assert answer.json()["data"]["shop"]["brand"] == "Hill Country Tint"
    assert "$" not in answer.text
