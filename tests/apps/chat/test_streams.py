import asyncio
import random
import time
from contextlib import AsyncExitStack

import httpx
from msgspec.structs import replace

from leadcore.conversations.model import Turn
from leadcore.flows import people
from leadcore.flows.apply_message import say
from leadcore.leads.model import Lead
from leadcore_runtime.turn_keeper import TurnKeeper
from tests.apps.chat.shop import (
    QUICK,
    DictatedModel,
    Event,
    EventReader,
    Shop,
    Site,
    eventually,
    parse,
    reading,
    served,
    text_of,
)

WORDS = ("Sure, ", "we ", "tint ", "cars, ", "también ", "coupés ", "and ", "vans, ", "señor.")


def path(lead: Lead) -> str:
    return f"/api/chat/{lead.id}/stream"


async def answered_stream(site: Site, lead: Lead, *, words: tuple[str, ...] = WORDS) -> EventReader:
    """A whole answer, read to its end."""
    site.shop.model.say(*words)
    async with reading(site.browser, "POST", path(lead), json={"message": "Hi", "client_message_id": "m"}) as stream:
        await stream.rest()
    return stream


async def text_arrives(shop: Shop, lead: Lead, text: str) -> Turn:
    """The customer texts; the turn waits for whoever answers texts, which is another process."""
    conversation = await shop.conversation(lead)
    async with shop.store.begin(lead.tenant_id) as uow:
        locked = await uow.conversations.lock(conversation.id, tenant_id=lead.tenant_id)
        said = await say(uow, shop.seams, locked, text=text, channel="sms", source_ref=f"sms:{text}")
        await uow.commit()
    assert said is not None
    assert said.turn is not None
    return said.turn


async def test_each_word_reaches_the_reader_before_the_next_is_generated(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    lags = []

    async with reading(site.browser, "POST", path(lead), json={"message": "Hi"}) as stream:
        turn = await stream.next()
        for word in WORDS:
            generated = time.perf_counter()
            shop.model.dictate(word)
            event = await stream.next()  # the model is silent until this is here
            lags.append(time.perf_counter() - generated)
            assert (event.name, event.data["text"].endswith(word)) == ("delta", True)
        shop.model.end()
        rest = await stream.rest()

    assert turn.name == "turn"
    assert [event.name for event in rest] == ["done"]
    assert sorted(lags)[len(lags) // 2] < 0.1


async def test_a_stream_opens_with_the_customers_stored_message_and_ends_with_the_answer_as_stored(
    shop: Shop, site: Site, lead: Lead
) -> None:
    await site.enter(lead)

    stream = await answered_stream(site, lead)

    events = parse(stream.raw)
    customer, answer = await shop.entries(lead)
    assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert stream.response.headers["cache-control"] == "no-store"
    assert stream.raw.startswith(b"retry: 2000\n\n")
    assert events[0].data == {"turn_id": str(answer.turn_id), "message_id": str(customer.id)}
    assert events[-1].data["message"]["id"] == str(answer.id)
    assert events[-1].data["message"]["metadata"]["provider"] == "dictated"
    assert text_of(events).encode() == answer.text.encode() == events[-1].data["message"]["text"].encode()
    assert all(event.number.startswith(f"{answer.turn_id}.") for event in events)


async def test_a_reader_cut_at_any_byte_resumes_to_exactly_the_transcript(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    whole = (await answered_stream(site, lead)).raw
    transcript = await shop.transcript(lead)
    offsets = sorted(random.Random(7).sample(range(len(whole) + 1), 40))

    for offset in offsets:
        before = parse(whole[:offset])
        if not before:
            continue
        headers = {"Last-Event-ID": before[-1].number}
        async with reading(site.browser, "GET", path(lead), headers=headers) as stream:
            after = [] if before[-1].name == "done" else await stream.until("done")

        assert text_of(before + after) == transcript, offset
        assert [event.number for event in before + after] == [event.number for event in parse(whole)], offset


async def test_a_reader_cut_while_the_answer_is_spoken_misses_nothing(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    seen = []
    async with reading(site.browser, "POST", path(lead), json={"message": "Hi"}) as stream:
        for word in WORDS[:3]:
            shop.model.dictate(word)
        seen += [await stream.next() for _ in range(4)]
    shop.model.dictate(*WORDS[3:5])

    headers = {"Last-Event-ID": seen[-1].number}
    async with reading(site.browser, "GET", path(lead), headers=headers) as stream:
        seen += [await stream.next() for _ in range(2)]
        shop.model.say(*WORDS[5:])
        seen += await stream.until("done")

    assert shop.model.calls == 1
    assert text_of(seen) == await shop.transcript(lead)
    assert [event.name for event in seen].count("turn") == 1


async def test_an_answer_is_finished_although_nobody_reads_it(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    async with reading(site.browser, "POST", path(lead), json={"message": "Hi"}) as stream:
        shop.model.dictate(WORDS[0])
        await stream.until("delta")

    shop.model.say(*WORDS[1:])

    async def answered() -> bool:
        return len(await shop.entries(lead)) == 2

    await eventually(answered)
    assert (await shop.transcript(lead)).endswith("".join(WORDS))


async def test_a_fresh_tail_hears_a_running_answer_from_its_first_word(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    async with AsyncExitStack() as open_ones:
        posted = await open_ones.enter_async_context(reading(site.browser, "POST", path(lead), json={"message": "Hi"}))
        shop.model.dictate(*WORDS[:4])
        own = [await posted.next() for _ in range(5)]

        tail = await open_ones.enter_async_context(reading(site.browser, "GET", path(lead)))
        told = [await tail.next() for _ in range(5)]

    assert told == own


async def test_two_tails_and_the_sender_are_told_the_same(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    async with AsyncExitStack() as open_ones:
        tails = [await open_ones.enter_async_context(reading(site.browser, "GET", path(lead))) for _ in range(2)]
        await eventually(lambda: site.hub.reader_count == 2)
        shop.model.say(*WORDS)
        sender = await open_ones.enter_async_context(
            reading(site.browser, "POST", path(lead), json={"message": "Hi", "client_message_id": "m"})
        )
        own = await sender.rest()
        told = [await tail.until("done") for tail in tails]

    for events in told:
        assert [event for event in events if event.name != "message"] == own
        [message] = [event for event in events if event.name == "message"]
        assert message.data["metadata"] == {"client_message_id": "m"}


async def test_what_another_process_answers_appears_in_the_tail_too(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    scheduler = TurnKeeper(seams=shop.seams, metrics=shop.metrics)

    async with reading(site.browser, "GET", path(lead)) as tail:
        await eventually(lambda: site.hub.reader_count == 1)
        turn = await text_arrives(shop, lead, "How long does it take?")
        message = await tail.next()
        answering = asyncio.create_task(scheduler.answer(turn.id, tenant_id=lead.tenant_id))
        shop.model.dictate("About ", "a ", "day, ", "we ", "say ")
        events = await tail.until("delta")
        shop.model.say("mostly.")
        events += await tail.until("done")
        await answering

    assert (message.name, message.data["channel"]) == ("message", "sms")
    assert events[0].name == "turn"
    assert events[0].data["message_id"] == message.data["id"]
    assert text_of(events) == await shop.transcript(lead)


async def failed_over(site: Site, lead: Lead) -> list[Event]:
    """All events of an answer that one model began and another gave."""
    dying = DictatedModel("dying")
    site.shop.models_list.insert(0, dying)
    async with reading(site.browser, "POST", path(lead), json={"message": "Hi"}) as stream:
        dying.dictate(*WORDS[:2])
        events = [await stream.next() for _ in range(3)]
        dying.die()
        site.shop.model.say(*WORDS)
        return events + await stream.rest()


async def test_when_a_model_dies_midway_the_other_begins_anew_and_no_word_is_shown_twice(
    shop: Shop, site: Site, lead: Lead
) -> None:
    await site.enter(lead)

    events = await failed_over(site, lead)

    assert [event.name for event in events].count("reset") == 1
    assert text_of(events) == await shop.transcript(lead)
    assert events[-1].data["message"]["metadata"]["provider"] == "dictated"
    assert events[-1].data["message"]["metadata"]["failed_over_from"] == ["dying"]


async def test_a_reader_of_a_void_generation_is_reset_when_it_comes_back(site: Site, lead: Lead) -> None:
    await site.enter(lead)
    whole = await failed_over(site, lead)
    cut = [event.name for event in whole].index("reset")

    headers = {"Last-Event-ID": whole[cut - 1].number}
    async with reading(site.browser, "GET", path(lead), headers=headers) as tail:
        after = await tail.until("done")

    assert after == whole[cut:]


async def test_a_retried_message_gets_its_answer_again_without_being_said_again(
    shop: Shop, site: Site, lead: Lead
) -> None:
    await site.enter(lead)
    first = await answered_stream(site, lead)

    body = {"message": "Hi", "client_message_id": "m"}
    async with reading(site.browser, "POST", path(lead), json=body) as stream:
        again = await stream.rest()

    assert again == parse(first.raw)
    assert shop.model.calls == 1


async def test_a_person_taking_over_withdraws_the_answer_and_says_so(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    conversation = await shop.conversation(lead)
    async with reading(site.browser, "POST", path(lead), json={"message": "Hi"}) as stream:
        shop.model.dictate(*WORDS[:2])
        events = await stream.until("delta")

        await people.take(shop.seams, conversation.id, tenant_id=lead.tenant_id, by="Marco")
        events += await stream.rest()

    assert text_of(events) == ""
    assert events[-1].name == "handoff"
    assert events[-1].data == {"speaker": "staff"}


async def test_a_persons_reply_and_the_release_reach_the_tail(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    await answered_stream(site, lead)
    conversation = await shop.conversation(lead)
    tenant_id = lead.tenant_id

    async with reading(site.browser, "GET", path(lead)) as tail:
        await eventually(lambda: site.hub.reader_count == 1)
        await people.take(shop.seams, conversation.id, tenant_id=tenant_id, by="Marco")
        taken = await tail.until("handoff")
        await people.reply(shop.seams, conversation.id, "Marco here.", tenant_id=tenant_id, by="Marco", ref="1")
        replied = await tail.until("message")
        await people.release(shop.seams, conversation.id, tenant_id=tenant_id, by="Marco")
        released = await tail.until("handoff")

    assert taken[-1].data == {"speaker": "staff"}
    assert (replied[-1].data["author"], replied[-1].data["text"]) == ("staff", "Marco here.")
    assert released[-1].data == {"speaker": "assistant"}


async def test_when_nobody_generates_an_answer_the_message_itself_is_confirmed(
    shop: Shop, site: Site, lead: Lead
) -> None:
    await site.enter(lead)
    conversation = await shop.conversation(lead)
    await people.take(shop.seams, conversation.id, tenant_id=lead.tenant_id, by="Marco")

    body = {"message": "Hello?", "client_message_id": "m"}
    async with reading(site.browser, "POST", path(lead), json=body) as stream:
        events = await stream.rest()

    assert [event.name for event in events] == ["message", "handoff"]
    assert events[0].data["metadata"] == {"client_message_id": "m"}


async def test_stop_written_here_is_confirmed_here_and_ends_every_tail(shop: Shop, lead: Lead) -> None:
    async with served(shop, pace=replace(QUICK, heartbeat_s=0.05)) as site:
        await site.enter(lead)
        async with reading(site.browser, "GET", path(lead)) as tail:
            await eventually(lambda: site.hub.reader_count == 1)
            async with reading(site.browser, "POST", path(lead), json={"message": "STOP"}) as stream:
                own = await stream.rest()
            told = await tail.rest()

    assert [(event.name, event.data["author"]) for event in own] == [("message", "customer"), ("message", "shop")]
    assert "opted out" in own[1].data["text"]
    assert told[-1].name == "bye"


async def test_a_quiet_connection_beats_and_ends_when_it_is_old(shop: Shop, lead: Lead) -> None:
    async with served(shop, pace=replace(QUICK, heartbeat_s=0.02, longest_s=0.3)) as site:
        await site.enter(lead)
        async with reading(site.browser, "GET", path(lead)) as tail:
            events = await tail.rest()

    assert tail.raw.count(b": still here\n\n") > 2
    assert [event.name for event in events] == ["bye"]


async def test_a_stopping_process_says_goodbye_and_hands_its_answer_back(shop: Shop, lead: Lead) -> None:
    async with served(shop) as site:
        await site.enter(lead)
        async with reading(site.browser, "POST", path(lead), json={"message": "Hi"}) as stream:
            shop.model.dictate(WORDS[0])
            await stream.until("delta")
            site.stop()
            events = await stream.rest()

    assert [event.name for event in events] == ["bye"]
    [due] = await shop.store.due.claim(("turn",), limit=5, lease_s=30, worker="scheduler")
    assert due.due_at == shop.clock.now()
    assert shop.model.open_calls == 0


async def test_a_made_up_event_id_begins_afresh(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    await answered_stream(site, lead)

    for made_up in ("x", "1.2.3", f"{lead.id}.1.2", "019b76da-a800-7000-8000-00000000000z.1.1"):
        async with reading(site.browser, "GET", path(lead), headers={"Last-Event-ID": made_up}) as tail:
            await eventually(lambda: site.hub.reader_count == 1)
            shop.model.say("Again.")
            await site.browser.post(f"/api/chat/{lead.id}/message", json={"message": made_up})
            events = await tail.until("done")
        await eventually(lambda: site.hub.reader_count == 0)

        assert text_of(events) == "Again."


async def test_readers_that_go_away_leave_nothing_behind(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)

    for _ in range(5):
        client = httpx.AsyncClient(base_url=site.url, cookies=dict(site.browser.cookies))
        async with client, reading(client, "GET", path(lead)):
            await eventually(lambda: site.hub.reader_count == 1)
        await eventually(lambda: site.hub.reader_count == 0)
