"""Whatever order looks and pieces come in, and wherever a reader is cut: each event once, the text whole."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.conversations.model import Entry, Segment, Turn
from leadcore.flows.chat_reading import Look, Reached
from leadcore.kernel.ids import TurnId
from leadcore.testing.builders import (
    a_conversation,
    a_lead,
    a_person,
    a_point,
    a_tenant,
    a_turn,
    an_entry,
    new_id,
)
from leadcore_chat import wire
from leadcore_chat.follower import Follower, follow_from
from leadcore_runtime.hub import TurnPiece
from tests.apps.chat.shop import Event, parse, text_of

_LEAD = a_lead(a_person(a_point(a_tenant())))
_CONVERSATION = a_conversation(_LEAD)
TURN: Turn = replace(a_turn(_CONVERSATION, channel="web"), state="running", gen=1, upto_seq=1)


class Telling:
    """One turn told through any mix of sources, as the database and the hub would tell it."""

    def __init__(self, words: list[list[str]]) -> None:
        self.words = words
        self.pieces: list[TurnPiece] = []
        for gen, said in enumerate(words, start=1):
            if gen > 1:
                self.pieces.append(TurnPiece(kind="reset", turn_id=TURN.id, gen=gen))
            self.pieces += [
                TurnPiece(kind="delta", turn_id=TURN.id, gen=gen, seq=seq, text=text)
                for seq, text in enumerate(said, start=1)
            ]
        self.answer: Entry = an_entry(
            _CONVERSATION, seq=2, author="assistant", text="".join(words[-1]), turn_id=TURN.id
        )

    def look(self, follower: Follower, *, told: int, stored: int, is_done: bool = False) -> Look:
        """The database when *told* pieces were published and *stored* of them are segments."""
        gen = max([piece.gen for piece in self.pieces[:told]], default=1)
        at = follower.reached.get(TURN.id, Reached())
        after = at.seq if at.gen == gen else 0
        turn = replace(TURN, gen=gen, state="done" if is_done else "running")
        return Look(
            speaker="assistant",
            last_seq=2 if is_done else 1,
            entries=[self.answer] if is_done and (follower.after_seq or 0) < 2 else [],
            turns=[turn],
            segments={
                TURN.id: [
                    Segment(turn_id=TURN.id, gen=gen, seq=piece.seq, text=piece.text)
                    for piece in self.pieces[:stored]
                    if piece.kind == "delta" and piece.gen == gen and piece.seq > after
                ]
            },
            asked={},
        )


_WORDS = st.lists(st.lists(st.text("ab é€", min_size=1, max_size=3), min_size=1, max_size=5), min_size=1, max_size=3)


def follow(telling: Telling, follower: Follower, data: st.DataObject) -> list[Event]:
    """Tell the whole turn, with looks in between that lag behind as they like."""
    raw: list[bytes] = []
    stored = 0
    for told in range(len(telling.pieces) + 1):
        stored = data.draw(st.integers(stored, told), label="stored")
        if told == 0 or data.draw(st.booleans(), label="looks"):
            raw += follower.on_look(telling.look(follower, told=told, stored=stored))
        if told < len(telling.pieces) and data.draw(st.booleans(), label="hears"):
            raw += follower.on_piece(telling.pieces[told]) or []
        elif told < len(telling.pieces):
            # Not heard is cut: the reader is told again from the running turn's beginning, as the hub does.
            for piece in telling.pieces[: told + 1]:
                if piece.gen == telling.pieces[told].gen:
                    raw += follower.on_piece(piece) or []
    total = len(telling.pieces)
    raw += follower.on_look(telling.look(follower, told=total, stored=total, is_done=True))
    return parse(b"".join(raw))


@given(words=_WORDS, data=st.data())
def test_however_it_is_told_each_event_comes_once_and_the_text_is_the_answer(
    words: list[list[str]], data: st.DataObject
) -> None:
    telling = Telling(words)
    follower = Follower(after_seq=1, reached={TURN.id: Reached()}, only=TURN.id)

    events = follow(telling, follower, data)

    numbers = [position(event) for event in events]
    assert text_of(events) == telling.answer.text
    assert events[-1].name == "done"
    assert numbers == sorted(set(numbers))
    assert follower.is_over


@given(words=_WORDS, data=st.data())
def test_wherever_a_reader_is_cut_it_resumes_to_the_same_text(words: list[list[str]], data: st.DataObject) -> None:
    telling = Telling(words)
    first = follow(telling, Follower(after_seq=1, reached={TURN.id: Reached()}, only=TURN.id), data)
    kept = first[: data.draw(st.integers(1, len(first)), label="cut after")]
    total = len(telling.pieces)

    again = follow_from(kept[-1].number, {TURN.id: TURN})
    resumed = parse(b"".join(again.on_look(telling.look(again, told=total, stored=total, is_done=True))))

    assert text_of(kept + resumed) == telling.answer.text
    assert [event.name for event in kept + resumed].count("done") == 1
    numbers = [position(event) for event in kept + resumed]
    assert numbers == sorted(set(numbers))


def position(event: Event) -> tuple[int, int]:
    _, gen, number = event.number.split(".")
    return int(gen), int(number)


def test_a_held_sentence_never_costs_the_words_that_follow_it() -> None:
    held = wire.held_event(TURN.id, gen=1, seq=3)
    number = parse(held)[0].number

    found = wire.read_id(number)

    assert found == (TURN.id, Reached(gen=1, seq=3), False)


def test_a_stale_piece_of_a_void_generation_is_not_told() -> None:
    follower = Follower(after_seq=1, reached={TURN.id: Reached(gen=2, seq=1)})

    told = follower.on_piece(TurnPiece(kind="delta", turn_id=TURN.id, gen=1, seq=9, text="old"))

    assert told == []


def test_a_turn_nobody_announced_is_looked_up_first() -> None:
    follower = Follower(after_seq=1)

    told = follower.on_piece(TurnPiece(kind="delta", turn_id=TurnId(new_id()), gen=1, seq=1, text="new"))

    assert told is None


@given(st.text(max_size=60))
def test_a_made_up_event_id_is_no_place_or_a_place(text: str) -> None:
    found = wire.read_id(text)

    assert found is None or found[1].gen >= 0


def test_events_are_single_lines_of_json_whatever_was_said() -> None:
    raw = wire.delta_event(TURN.id, gen=1, seq=1, text="a\n\ndata: b\r\u2028é")

    [event] = parse(raw)
    data: dict[str, Any] = json.loads(raw.decode().split("data: ", 1)[1])
    assert event.data == data
    assert data["text"] == "a\n\ndata: b\r\u2028é"
