"""The same chat over PostgreSQL, as the runtime role: real locks, real isolation, real commits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from msgspec.structs import replace

from leadcore.leads.model import Lead
from leadcore_postgres.migration import migrate
from leadcore_postgres.store import PostgresStore
from leadcore_runtime.turn_keeper import TurnKeeper
from tests.apps.chat.shop import Shop, Site, eventually, parse, reading, served, text_of
from tests.conftest import APP_PASSWORD

pytestmark = pytest.mark.postgres

PASSWORD = APP_PASSWORD
WORDS = ("Sure, ", "we ", "tint ", "cars ", "and ", "vans.")


@pytest.fixture
async def store(make_database: Callable[..., Awaitable[str]]) -> AsyncIterator[PostgresStore]:
    owner_url = await make_database()
    await migrate(owner_url, create_roles=True, app_password=PASSWORD, environment="test")
    runtime_url = f"postgresql://leadcore_app:{PASSWORD}@{owner_url.rpartition('@')[2]}"
    opened = PostgresStore(runtime_url, application="tests", pool_size=4)
    yield opened
    await opened.aclose()


@pytest.fixture
async def shop(store: PostgresStore) -> Shop:
    made = Shop()
    made.seams = replace(made.seams, store=store)
    await made.new_tenant(made.tenant)
    return made


def path(lead: Lead) -> str:
    return f"/api/chat/{lead.id}/stream"


async def test_an_answer_streams_resumes_and_stays_byte_identical(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    async with reading(site.browser, "POST", path(lead), json={"message": "Hi", "client_message_id": "m"}) as stream:
        for word in WORDS:
            shop.model.dictate(word)
            if word == WORDS[0]:
                await stream.until("delta")
        shop.model.end()
        await stream.rest()
    whole = parse(stream.raw)

    for cut in range(1, len(whole)):
        async with reading(site.browser, "GET", path(lead), headers={"Last-Event-ID": whole[cut - 1].number}) as tail:
            after = await tail.until("done")
        assert after == whole[cut:]

    assert text_of(whole) == await shop.transcript(lead)


async def test_another_processs_answer_is_told_while_it_is_spoken(shop: Shop, lead: Lead) -> None:
    """Two apps over one database: one answers, the other's tail shows it."""
    async with served(shop) as answering, served(shop) as showing:
        await answering.enter(lead)
        showing.browser.cookies = answering.browser.cookies
        async with (
            reading(showing.browser, "GET", path(lead)) as tail,
            reading(answering.browser, "POST", path(lead), json={"message": "Hi"}) as stream,
        ):
            shop.model.dictate(*WORDS[:5])
            told = await tail.until("delta")
            shop.model.say(WORDS[5])
            told += await tail.until("done")
            own = await stream.rest()

    assert text_of(told) == text_of(own) == await shop.transcript(lead)


async def test_messages_at_the_same_time_are_said_once_each_in_one_order(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    shop.models_list.clear()
    bodies = [{"message": f"Hours {number // 2}?", "client_message_id": f"m-{number // 2}"} for number in range(12)]

    answers = await asyncio.gather(*(site.browser.post(f"/api/chat/{lead.id}/message", json=body) for body in bodies))

    said = [entry.text for entry in await shop.entries(lead) if entry.author == "customer"]
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(said) == [f"Hours {number}?" for number in range(6)]
    assert [entry.seq for entry in await shop.entries(lead)] == list(range(1, len(await shop.entries(lead)) + 1))


async def test_stop_ends_the_session_and_the_running_answer(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    async with reading(site.browser, "POST", path(lead), json={"message": "Hi"}) as stream:
        shop.model.dictate(WORDS[0])
        await stream.until("delta")
        stop = await site.browser.post(f"/api/chat/{lead.id}/message", json={"message": "STOP"})
        rest = await stream.rest()

    assert "opted out" in stop.json()["data"]["content"]
    assert rest[-1].name in {"reset", "handoff"}
    assert (await site.browser.get("/api/chat/session")).status_code == 401
    await eventually(lambda: shop.model.open_calls == 0)
    assert [entry.author for entry in await shop.entries(lead)] == ["customer", "customer", "shop"]


async def test_a_turn_taken_over_by_another_process_is_reset_not_mixed(
    shop: Shop, store: PostgresStore, site: Site, lead: Lead
) -> None:
    await site.enter(lead)
    other = TurnKeeper(seams=shop.seams, metrics=shop.metrics)
    async with reading(site.browser, "POST", path(lead), json={"message": "Hi"}) as stream:
        shop.model.dictate(WORDS[0])
        events = await stream.until("delta")
        conversation = await shop.conversation(lead)
        async with store.begin(lead.tenant_id) as uow:
            [turn] = await uow.conversations.turns_since(conversation.id, tenant_id=lead.tenant_id, limit=2)
        shop.models_list.clear()

        await other.answer(turn.id, tenant_id=lead.tenant_id)
        events += await stream.rest()
        shop.model.end()

    assert [event.name for event in events].count("reset") == 1
    assert text_of(events) == await shop.transcript(lead)
