from contextlib import AbstractAsyncContextManager

from msgspec.structs import replace

from leadcore.flows.seams import Seams
from leadcore.kernel.ids import TenantId, TurnId
from leadcore.leads.model import Lead
from leadcore.memory.storage import MemoryStore, MemoryWork
from leadcore_chat.supervisor import Answer
from leadcore_runtime.hub import TurnHub
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.turn_keeper import TurnKeeper
from tests.apps.chat.shop import QUICK, Shop, eventually, reading, served, text_of


class FailingStore(MemoryStore):
    """Memory whose connection can be lost."""

    is_lost = False

    def begin(self, tenant_id: TenantId) -> AbstractAsyncContextManager[MemoryWork]:
        if self.is_lost:
            raise ConnectionError("the database is gone")
        return super().begin(tenant_id)


def failing_answers(seams: Seams, hub: TurnHub, metrics: Metrics) -> Answer:
    async def answer(turn_id: TurnId, *, tenant_id: TenantId) -> None:
        raise ConnectionError("the database is gone")

    return answer


async def test_an_answer_that_fails_here_is_given_by_the_scheduler(shop: Shop, lead: Lead) -> None:
    async with served(shop, make_answer=failing_answers) as site:
        await site.enter(lead)
        async with reading(site.browser, "POST", f"/api/chat/{lead.id}/stream", json={"message": "Hi"}) as stream:
            await stream.until("turn")
            shop.pass_time(seconds=31)
            [due] = await shop.store.due.claim(("turn",), limit=5, lease_s=30, worker="scheduler")
            shop.model.say("Hello.")
            await TurnKeeper(seams=shop.seams, metrics=shop.metrics).perform(due)
            events = await stream.rest()

    assert events[-1].name == "done"
    assert text_of(events) == await shop.transcript(lead)


async def test_who_waited_too_long_gets_the_answer_by_asking_again(shop: Shop, lead: Lead) -> None:
    body = {"message": "Hi", "client_message_id": "m"}
    async with served(shop, pace=replace(QUICK, answer_s=0.05)) as site:
        await site.enter(lead)
        late = await site.browser.post(f"/api/chat/{lead.id}/message", json=body)
        shop.model.say("Hello.")

        async def answered() -> bool:
            return len(await shop.entries(lead)) == 2

        await eventually(answered)
        again = await site.browser.post(f"/api/chat/{lead.id}/message", json=body)

    assert (late.status_code, late.json()["code"]) == (504, "answer_timeout")
    assert int(late.headers["retry-after"]) > 0
    assert again.json()["data"]["content"] == await shop.transcript(lead)
    assert shop.model.calls == 1


async def test_a_stream_that_loses_the_database_says_goodbye_instead_of_breaking_off(shop: Shop) -> None:
    shop.store = store = FailingStore(shop.clock)
    shop.seams = replace(shop.seams, store=store)
    await shop.new_tenant(shop.tenant)
    lead = await shop.new_lead()
    async with served(shop) as site:
        await site.enter(lead)
        async with reading(site.browser, "GET", f"/api/chat/{lead.id}/stream") as tail:
            await eventually(lambda: site.hub.reader_count == 1)
            store.is_lost = True
            events = await tail.rest()
        refused = await site.browser.get(f"/api/chat/{lead.id}/history")

    assert [event.data["reason"] for event in events] == ["trouble"]
    assert refused.status_code == 503
    assert "database is gone" not in refused.text


async def test_a_reader_too_slow_for_the_model_is_cut_and_still_misses_nothing(shop: Shop, lead: Lead) -> None:
    async with served(shop) as site:
        await site.enter(lead)
        async with reading(site.browser, "POST", f"/api/chat/{lead.id}/stream", json={"message": "Hi"}) as stream:
            events = await stream.until("turn")
            shop.model.dictate("Well, ")
            events += await stream.until("delta")
            shop.model.say(*["and "] * 900)  # all of it before the reader gets a chance
            events += await stream.rest()

    assert [event.name for event in events].count("delta") == 901
    assert text_of(events) == await shop.transcript(lead)


async def test_two_leads_of_one_person_share_the_thread(shop: Shop, lead: Lead) -> None:
    second = await shop.new_lead(same_person_as=lead)
    async with served(shop) as site:
        await site.enter(lead)
        shop.model.say("Hello.")
        await site.browser.post(f"/api/chat/{second.id}/message", json={"message": "Hi"})
        page = await site.browser.get(f"/api/chat/{lead.id}/history")

    assert page.json()["data"]["messages"][0]["text"] == "Hi"
