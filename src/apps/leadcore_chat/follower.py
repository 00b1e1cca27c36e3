"""What one reader of a conversation is told, in order and once. Pure: looks and pieces in, events out.

Text comes from two sources that agree: pieces from this process's hub, at once, and stored segments, a batch later or
from another process. Both number the same text alike, so whichever is first is told and the other is skipped.
"""

from collections.abc import Mapping

from leadcore.conversations.model import Entry, Turn
from leadcore.conversations.values import Speaker
from leadcore.flows.chat import Posted
from leadcore.flows.chat_reading import Look, Reached
from leadcore.kernel.ids import TurnId
from leadcore_chat import wire
from leadcore_runtime.hub import TurnPiece


class Follower:
    """Follows a whole conversation, or only the turn it is given.

    `after_seq` is the newest entry its reader knows; None: the first look sets it.
    """

    def __init__(
        self,
        *,
        after_seq: int | None = None,
        reached: Mapping[TurnId, Reached] | None = None,
        finished: frozenset[TurnId] = frozenset(),
        only: TurnId | None = None,
        speaker: Speaker | None = None,
    ) -> None:
        self.after_seq = after_seq
        self.reached: dict[TurnId, Reached] = dict(reached or {})
        self.is_over = False
        self._finished = set(finished)
        self._only = only
        self._speaker = speaker

    def on_look(self, look: Look) -> list[bytes]:
        """Take what the database has."""
        events = self._tell_turns(look)
        told, ended = self._tell_entries(look)
        events += told
        if self.after_seq is None:
            self.after_seq = look.last_seq
        if self._speaker is not None and self._speaker != look.speaker:
            events.append(wire.handoff_event(look.speaker, ending=ended))
        self._speaker = look.speaker
        return events

    def on_piece(self, piece: TurnPiece) -> list[bytes] | None:
        """Take what was published here. None: look into the database first."""
        turn_id = piece.turn_id
        if turn_id is None or piece.kind in {"done", "message", "handoff"}:
            return None
        if not self._follows(turn_id):
            return []
        at = self.reached.get(turn_id)
        if at is None:
            return None
        if piece.gen < at.gen:
            return []
        events = self._move_to(turn_id, piece.gen)
        at = self.reached[turn_id]
        if piece.kind == "delta" and piece.seq > at.seq:
            self.reached[turn_id] = Reached(gen=piece.gen, seq=piece.seq)
            events.append(wire.delta_event(turn_id, gen=piece.gen, seq=piece.seq, text=piece.text))
        elif piece.kind == "held" and piece.seq >= at.seq:
            events.append(wire.held_event(turn_id, gen=piece.gen, seq=piece.seq))
        return events

    def _tell_turns(self, look: Look) -> list[bytes]:
        events: list[bytes] = []
        for turn in look.turns:
            if not self._follows(turn.id):
                continue
            if turn.state == "running":
                events += self._catch_up(turn, look)
            elif turn.state == "dropped" and turn.id in self.reached:
                events.append(wire.reset_event(turn.id, gen=turn.gen, at_end=True))
                self._end(turn.id)
        return events

    def _tell_entries(self, look: Look) -> tuple[list[bytes], Turn | None]:
        """Return the events, and the last turn that ended with an entry."""
        events: list[bytes] = []
        done = {turn.id: turn for turn in look.turns if turn.state == "done" and self._follows(turn.id)}
        ended: Turn | None = None
        for entry in look.entries:
            turn = done.get(entry.turn_id) if entry.turn_id else None
            if turn is not None:
                events += [*self._catch_up(turn, look), wire.done_event(turn, entry)]
                self._end(turn.id)
                ended = turn
            elif self._is_news(entry):
                events.append(wire.message_event(entry))
            self.after_seq = entry.seq
        return events, ended

    def _follows(self, turn_id: TurnId) -> bool:
        return turn_id not in self._finished and self._only in {None, turn_id}

    def _is_news(self, entry: Entry) -> bool:
        return self._only is None and (entry.turn_id is None or entry.turn_id not in self._finished)

    def _catch_up(self, turn: Turn, look: Look) -> list[bytes]:
        events: list[bytes] = []
        if turn.id not in self.reached:
            self.reached[turn.id] = Reached()
            events.append(wire.turn_event(turn.id, asked=look.asked.get(turn.id)))
        if turn.gen < self.reached[turn.id].gen:
            return events  # the look is older than what the hub told since
        events += self._move_to(turn.id, turn.gen)
        for segment in look.segments.get(turn.id, []):
            if segment.gen == turn.gen and segment.seq > self.reached[turn.id].seq:
                self.reached[turn.id] = Reached(gen=segment.gen, seq=segment.seq)
                events.append(wire.delta_event(turn.id, gen=segment.gen, seq=segment.seq, text=segment.text))
        return events

    def _move_to(self, turn_id: TurnId, gen: int) -> list[bytes]:
        at = self.reached[turn_id]
        if gen <= at.gen:
            return []
        self.reached[turn_id] = Reached(gen=gen)
        return [wire.reset_event(turn_id, gen=gen)] if at.gen > 0 else []

    def _end(self, turn_id: TurnId) -> None:
        self._finished.add(turn_id)
        self.reached.pop(turn_id, None)
        self.is_over = self._only == turn_id


def follow_answer(posted: Posted, turn: Turn) -> tuple[list[bytes], Follower]:
    """Return the first events after a message was posted, and who follows its turn."""
    follower = Follower(
        after_seq=posted.entry.seq,
        reached={turn.id: Reached()},
        only=turn.id,
        speaker="assistant" if posted.is_new else None,
    )
    return [wire.turn_event(turn.id, asked=posted.entry.id)], follower


def follow_from(last_event_id: str | None, turns: Mapping[TurnId, Turn]) -> Follower:
    """Return who goes on where a reader was cut; without a known place, from now and the running turn's beginning."""
    found = wire.read_id(last_event_id)
    turn = turns.get(found[0]) if found else None
    if found is None or turn is None:
        return Follower()
    turn_id, reached, to_the_end = found
    if to_the_end:
        return Follower(after_seq=turn.upto_seq, finished=frozenset({turn_id}))
    return Follower(after_seq=turn.upto_seq, reached={turn_id: reached})
