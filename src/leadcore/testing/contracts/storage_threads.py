"""Promises about conversations."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from leadcore.conversations.model import Segment
from leadcore.conversations.values import ReplyMetadata, TokensUsed
from leadcore.flows.work import Store
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import EntryId, TurnId
from leadcore.testing.builders import (
    NOON,
    a_conversation,
    a_lead,
    a_person,
    a_point,
    a_turn,
    an_entry,
    new_id,
)
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import open_shop


class ConversationContract(Contract):
    """One thread per person, nothing in it twice, and only the newest generation speaks."""

    async def test_a_person_has_one_thread(self, store: Store) -> None:
        shop = await open_shop(store)
        newer = a_lead(shop.person)

        async with store.begin(shop.id) as uow:
            await uow.leads.add(newer)

            assert await uow.conversations.ensure(a_conversation(newer)) == shop.conversation
            assert await uow.conversations.of_person(shop.person.id, tenant_id=shop.id) == shop.conversation
            assert await uow.conversations.of_lead(newer.id, tenant_id=shop.id) == shop.conversation

    async def test_words_are_added_once(self, store: Store) -> None:
        shop = await open_shop(store)
        metadata = ReplyMetadata(
            provider="catalog", model="", tokens_used=TokensUsed(), latency_ms=7, finish_reason="stop", cost_usd=0.25
        )
        entry = an_entry(shop.conversation)
        answer = an_entry(shop.conversation, seq=2, author="assistant", text="é 🙂", metadata=metadata)

        async with store.begin(shop.id) as uow:
            assert await uow.conversations.add_entry(entry)
            assert not await uow.conversations.add_entry(
                an_entry(shop.conversation, seq=2, source_ref=entry.source_ref)
            )
            assert await uow.conversations.add_entry(answer)
            of = {"tenant_id": shop.id}

            assert await uow.conversations.entries(shop.conversation.id, after_seq=0, limit=9, **of) == [entry, answer]
            assert await uow.conversations.entries(shop.conversation.id, after_seq=1, limit=9, **of) == [answer]
            assert await uow.conversations.last_entries(shop.conversation.id, limit=1, **of) == [answer]
            assert await uow.conversations.last_entries(shop.conversation.id, limit=5, **of) == [entry, answer]

    async def test_the_most_recently_active_thread_comes_first(self, store: Store) -> None:
        shop = await open_shop(store)
        point = a_point(shop.tenant)
        person = a_person(point)
        lead = a_lead(person)
        other = a_conversation(lead, speaker="staff")

        async with store.begin(shop.id) as uow:
            await uow.compliance.ensure_point(point)
            await uow.leads.put_person(person)
            await uow.leads.add(lead)
            await uow.conversations.ensure(other)
            await uow.conversations.add_entry(an_entry(other))
            await uow.conversations.add_entry(an_entry(shop.conversation, at=NOON + timedelta(minutes=1)))

            every = await uow.conversations.listing(shop.id, waiting_for_staff=False, limit=9)
            waiting = await uow.conversations.listing(shop.id, waiting_for_staff=True, limit=9)
        assert every == [shop.conversation, other]
        assert waiting == [other]

    async def test_a_turn_is_added_once_per_client_ref(self, store: Store) -> None:
        shop = await open_shop(store)
        turn = a_turn(shop.conversation)

        async with store.begin(shop.id) as uow:
            assert await uow.conversations.add_turn(turn) == turn
            assert await uow.conversations.add_turn(a_turn(shop.conversation, client_ref=turn.client_ref)) == turn
            assert await uow.conversations.turn(turn.id, tenant_id=shop.id) == turn

    async def test_the_newest_open_turn_is_found(self, store: Store) -> None:
        shop = await open_shop(store)
        entry = an_entry(shop.conversation)
        turns = [a_turn(shop.conversation) for _ in range(3)]
        done = replace(turns[2], state="done", entry_id=entry.id, finished_at=NOON, gen=1)

        async with store.begin(shop.id) as uow:
            assert await uow.conversations.open_turn(shop.conversation.id, tenant_id=shop.id) is None
            for turn in turns:
                await uow.conversations.add_turn(turn)
            await uow.conversations.add_entry(replace(entry, turn_id=done.id))
            await uow.conversations.save_turn(done)

            assert await uow.conversations.open_turn(shop.conversation.id, tenant_id=shop.id) == turns[1]
            newest = await uow.conversations.turns_since(shop.conversation.id, tenant_id=shop.id, limit=2)
            assert newest == [turns[1], done]
            await uow.commit()

    async def test_only_the_running_generation_adds_segments(self, store: Store) -> None:
        shop = await open_shop(store)
        turn = a_turn(shop.conversation, state="running", gen=2)
        pieces = [Segment(turn_id=turn.id, gen=2, seq=seq, text=f"piece {seq}") for seq in (1, 2, 3)]

        async with store.begin(shop.id) as uow:
            await uow.conversations.add_turn(turn)
            await uow.conversations.add_segments(pieces[:2], tenant_id=shop.id)
            await uow.conversations.add_segments(pieces[2:], tenant_id=shop.id)
            await uow.conversations.add_segments([], tenant_id=shop.id)

            found = await uow.conversations.segments(turn.id, tenant_id=shop.id, gen=2, after_seq=1)
            assert found == pieces[1:]
            for stale in (replace(pieces[0], gen=1, seq=9), replace(pieces[0], gen=3, seq=9)):
                with pytest.raises(ConflictError):
                    await uow.conversations.add_segments([stale], tenant_id=shop.id)
            await uow.conversations.save_turn(replace(turn, state="dropped"))
            with pytest.raises(ConflictError):
                await uow.conversations.add_segments([replace(pieces[0], seq=9)], tenant_id=shop.id)

    async def test_a_thread_is_replaced_as_a_whole(self, store: Store) -> None:
        shop = await open_shop(store)
        taken, _ = shop.conversation.handed_to("staff", by="Bo", at=NOON, reason="asked for a person")
        taken = replace(taken, disclosed_at=NOON, last_seq=4)

        async with store.begin(shop.id) as uow:
            await uow.conversations.save(taken)

            assert await uow.conversations.lock(taken.id, tenant_id=shop.id) == taken
            assert await uow.conversations.get(taken.id, tenant_id=shop.id) == taken

    async def test_unknown_turns_and_threads_are_not_found(self, store: Store) -> None:
        shop = await open_shop(store)

        async with store.begin(shop.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.conversations.turn(TurnId(new_id()), tenant_id=shop.id)
            with pytest.raises(NotFoundError):
                await uow.conversations.save_turn(a_turn(shop.conversation, entry_id=EntryId(new_id())))
