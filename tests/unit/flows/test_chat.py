from datetime import timedelta

import pytest

from leadcore.conversations.model import Entry, Turn
from leadcore.conversations.values import ReplyMetadata, TokensUsed
from leadcore.flows.apply_message import say
from leadcore.flows.chat import Posted, client_id_of, hand_back_turn, outcome_of, post_message
from leadcore.flows.chat_reading import Reached, context, history, look, turns_of
from leadcore.flows.chat_session import (
    ChatAccess,
    LinkExpiredError,
    LinkUnknownError,
    SessionRequiredError,
    access_to_lead,
    open_session,
    session_of,
    view_session,
)
from leadcore.flows.people import take
from leadcore.flows.touch import chat_link
from leadcore.flows.turn import Answered, begin_turn, finish_turn, keep_segments
from leadcore.kernel.errors import InvalidInputError, NotFoundError
from leadcore.kernel.ids import LeadId, PersonId
from leadcore.leads.model import Lead, Person
from leadcore.memory.deployment import MemoryDirectory
from leadcore.ports.storage import LinkOwner
from leadcore.testing.builders import a_lead, new_id
from tests.unit.flows.world import TENANT, World

METADATA = ReplyMetadata(
    provider="scripted", model="script-1", tokens_used=TokensUsed(), latency_ms=1, finish_reason="stop"
)


class Chat(World):
    """A shop whose one lead opened the chat."""

    lead: Lead
    access: ChatAccess

    async def begin(self) -> "Chat":
        await self.open()
        await self.lead_arrives()
        await self.drain()
        async with self.store.begin(TENANT) as uow:
            [self.lead] = await uow.leads.listing(TENANT, status=None, limit=2, before=None)
        self.access = await access_to_lead(self.seams, self.lead.id, tenant_id=TENANT)
        return self

    async def post(self, text: str, *, client_id: str = "m-1") -> Posted:
        return await post_message(self.seams, self.access, text, client_id=client_id)

    async def text(self, text: str) -> Turn:
        """The customer texts, and the turn waits."""
        async with self.store.begin(TENANT) as uow:
            locked = await uow.conversations.lock(self.access.conversation_id, tenant_id=TENANT)
            said = await say(uow, self.seams, locked, text=text, channel="sms", source_ref=f"sms:{text}")
            await uow.commit()
        assert said is not None
        assert said.turn is not None
        return said.turn

    async def answer(self, turn: Turn, *pieces: str) -> Entry:
        opened = await begin_turn(self.seams, turn.id, tenant_id=TENANT)
        assert opened is not None
        await keep_segments(self.seams, opened, list(enumerate(pieces, start=1)))
        answered = Answered(text="".join(pieces), metadata=METADATA)
        entry = await finish_turn(self.seams, opened, answered)
        assert entry is not None
        return entry

    async def link(self) -> str:
        async with self.store.begin(TENANT) as uow:
            thread = await uow.conversations.of_lead(self.lead.id, tenant_id=TENANT)
            link = await chat_link(uow, self.seams, thread, at=await uow.now())
            await uow.commit()
        return link.partition("#")[2]

    async def states(self) -> dict[str, str]:
        found = await turns_of(self.seams, self.access)
        return {turn.client_ref: turn.state for turn in found.values()}


@pytest.fixture
async def chat() -> Chat:
    return await Chat().begin()


# ----------------------------------------------------------------------------------------------------------- sessions


async def test_a_session_reaches_the_thread_of_its_link(chat: Chat) -> None:
    session, view = await open_session(chat.seams, await chat.link())

    assert await session_of(chat.seams, session) == view.access == chat.access
    assert await view_session(chat.seams, session) == view
    assert "AI assistant" in view.disclosure


async def test_a_link_revoked_while_it_is_exchanged_leaves_no_session(chat: Chat) -> None:
    token = await chat.link()

    class RevokedMeanwhile(MemoryDirectory):
        """Gives the link away once; somebody revokes it before the exchange takes the lock."""

        async def chat_token(self, digest: bytes) -> LinkOwner | None:
            owner = await super().chat_token(digest)
            async with chat.store.begin(TENANT) as uow:
                await uow.conversations.lock(chat.access.conversation_id, tenant_id=TENANT)
                tokens = chat.store.database.tokens
                tokens.put((digest,), None)
                await uow.commit()
            return owner

    tables = chat.store.database
    chat.store.directory = RevokedMeanwhile(
        slugs=tables.slugs, connections=tables.connections, api_keys=tables.api_keys, tokens=tables.tokens
    )

    with pytest.raises(LinkUnknownError):
        await open_session(chat.seams, token)

    assert all(owner.target_id != chat.access.conversation_id for owner in tables.tokens.rows.values())


async def test_links_and_sessions_end(chat: Chat) -> None:
    token = await chat.link()
    session, _ = await open_session(chat.seams, token)
    chat.clock.advance(timedelta(days=30))

    with pytest.raises(LinkExpiredError) as link:
        await open_session(chat.seams, token)
    with pytest.raises(SessionRequiredError) as ended:
        await session_of(chat.seams, session)

    assert link.value.shop == ended.value.shop
    assert link.value.shop.brand == "Hill Country Tint"


async def test_made_up_tokens_open_nothing(chat: Chat) -> None:
    with pytest.raises(LinkUnknownError):
        await open_session(chat.seams, "made up")
    with pytest.raises(SessionRequiredError):
        await session_of(chat.seams, "made up")
    with pytest.raises(SessionRequiredError):
        await view_session(chat.seams, "made up")


async def test_a_lead_without_a_thread_gets_one_and_a_missing_lead_is_missing(chat: Chat) -> None:
    async with chat.store.begin(TENANT) as uow:
        person = await uow.leads.put_person(Person(id=PersonId(new_id()), tenant_id=TENANT))
        stranger = await uow.leads.add(a_lead(person, external_ref="walk-in"))
        await uow.commit()
    assert stranger is not None

    made = await access_to_lead(chat.seams, stranger.id, tenant_id=TENANT)
    again = await access_to_lead(chat.seams, stranger.id, tenant_id=TENANT)

    assert made == again != chat.access
    assert (await post_message(chat.seams, made, "Hi", client_id="1")).turn is not None
    with pytest.raises(NotFoundError):
        await access_to_lead(chat.seams, LeadId(new_id()), tenant_id=TENANT)


# ----------------------------------------------------------------------------------------------------------- messages


async def test_a_message_stops_the_cadence_and_waits_for_its_answer(chat: Chat) -> None:
    posted = await chat.post("How much?")

    assert posted.turn is not None
    assert posted.turn.upto_seq == posted.entry.seq
    assert client_id_of(posted.entry) == "m-1"
    assert [event.reason for event in chat.happened("cadence.ended")] == ["replied"]
    assert (await outcome_of(chat.seams, chat.access, posted.turn.id)).state == "waiting"


async def test_a_message_on_the_web_overrules_texts_decided_before(chat: Chat) -> None:
    await chat.post("How much?")

    async with chat.store.begin(TENANT) as uow:
        person = await uow.leads.person(chat.lead.person_id, tenant_id=TENANT)
        assert person.phone_id is not None
        point = await uow.compliance.get_point(person.phone_id, tenant_id=TENANT)
    assert point.last_inbound_at == chat.clock.now()


async def test_saying_it_again_changes_nothing(chat: Chat) -> None:
    first = await chat.post("How much?")
    entry = await chat.answer(first.turn or pytest.fail("no turn"), "A ", "lot.")

    again = await chat.post("How much?")

    assert (again.is_new, again.entry) == (False, first.entry)
    assert again.turn is not None
    assert again.turn.entry_id == entry.id
    with pytest.raises(InvalidInputError):
        await chat.post("How little?")


@pytest.mark.parametrize("text", ["", " \n\t", "x" * 2001])
async def test_nothing_and_too_much_are_refused(chat: Chat, text: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        await chat.post(text)

    assert refusal.value.field == "message"


async def test_a_newer_message_replaces_the_answer_on_the_web_but_not_a_texts(chat: Chat) -> None:
    texted = await chat.text("And by text?")
    first = await chat.post("One", client_id="1")
    second = await chat.post("Two", client_id="2")

    assert first.turn is not None
    assert second.overtaken == (first.turn.id,)
    assert await chat.states() == {"sms:And by text?": "pending", "web:1": "dropped", "web:2": "pending"}
    assert texted.id not in second.overtaken
    replaced = await outcome_of(chat.seams, chat.access, first.turn.id)
    assert (replaced.state, replaced.turn) == ("replaced", second.turn)


@pytest.mark.parametrize("words", ["STOP", "please stop texting me", "wrong number"])
async def test_after_an_opt_out_no_answer_is_given_on_any_channel(chat: Chat, words: str) -> None:
    await chat.text("How much?")
    await chat.post("Hello", client_id="1")

    posted = await chat.post(words, client_id="2")
    await chat.pass_time(timedelta(days=10))

    assert posted.turn is None
    assert posted.notice is not None
    assert "opted out" in posted.notice.text
    assert set((await chat.states()).values()) == {"dropped"}
    assert len(chat.texts) == 1  # the first response, before
    again = await chat.post(words, client_id="2")
    assert again.notice == posted.notice


async def test_a_word_that_may_mean_stop_goes_to_a_person(chat: Chat) -> None:
    posted = await chat.post("should I stop?")

    assert (posted.turn, posted.speaker) == (None, "staff")


async def test_when_a_person_takes_over_the_outcome_is_theirs(chat: Chat) -> None:
    posted = await chat.post("How much?")
    await take(chat.seams, chat.access.conversation_id, tenant_id=TENANT, by="Marco")

    assert posted.turn is not None
    assert (await outcome_of(chat.seams, chat.access, posted.turn.id)).state == "staff"
    assert (await chat.post("Hello?", client_id="2")).speaker == "staff"


async def test_a_turn_handed_back_is_answered_at_once_and_a_finished_one_is_left_alone(chat: Chat) -> None:
    posted = await chat.post("How much for ceramic tint?")
    assert posted.turn is not None
    await begin_turn(chat.seams, posted.turn.id, tenant_id=TENANT)

    await hand_back_turn(chat.seams, posted.turn.id, tenant_id=TENANT)
    await chat.drain()
    outcome = await outcome_of(chat.seams, chat.access, posted.turn.id)
    await hand_back_turn(chat.seams, posted.turn.id, tenant_id=TENANT)

    assert outcome.state == "answered"
    assert outcome.entry is not None
    assert await chat.store.due.claim(("turn",), limit=1, lease_s=1, worker="w") == []


# ------------------------------------------------------------------------------------------------------------ reading


async def test_a_look_brings_what_is_new_and_what_was_asked(chat: Chat) -> None:
    before = await look(chat.seams, chat.access, after_seq=None, reached={})
    posted = await chat.post("How much?")
    assert posted.turn is not None
    opened = await begin_turn(chat.seams, posted.turn.id, tenant_id=TENANT)
    assert opened is not None
    await keep_segments(chat.seams, opened, [(1, "A "), (2, "lot.")])

    found = await look(chat.seams, chat.access, after_seq=before.last_seq, reached={})
    beyond = await look(
        chat.seams, chat.access, after_seq=found.last_seq, reached={posted.turn.id: Reached(gen=1, seq=1)}
    )

    assert before.entries == []
    assert found.entries == [posted.entry]
    assert found.asked == {posted.turn.id: posted.entry.id}
    assert [segment.text for segment in found.segments[posted.turn.id]] == ["A ", "lot."]
    assert [segment.text for segment in beyond.segments[posted.turn.id]] == ["lot."]


async def test_history_and_context_tell_all_channels_and_no_price(chat: Chat) -> None:
    await chat.drain()
    await chat.post("How much?")

    page = await history(chat.seams, chat.access, limit=50, after=None)
    about = await context(chat.seams, chat.access)

    assert page.next_cursor is None
    assert page.entries[-1].text == "How much?"
    assert about.shop.brand == "Hill Country Tint"
    assert about.vehicle == "2022 Tesla Model Y"
    assert len(about.services) >= 1
    assert about.open_now is True
