"""What a run came to: every touch and every hold with its reason, by step and by day, and what it cost."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import chain
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from leadcore.cadences.events import TouchDecided
from leadcore.cadences.model import Touch
from leadcore.compliance.policies.gate import RULES_VERSION, Defer
from leadcore.compliance.repository import RecordedDecision
from leadcore.kernel.ids import LeadId, MessageId, TouchId
from leadcore.leads.values import LeadStatus
from leadcore.messaging.model import Attempt, Message
from leadcore.messaging.policies.segments import segments
from leadcore.simulation.run import Run

What = Literal["sent", "held", "dropped", "waiting"]
_OPEN = frozenset({"pending", "held", "dispatching", "unknown"})


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a touch on one channel at one instant (UTC): sent, held back until later, or dropped for good.

    `channel` is empty where the touch itself came to nothing. `segments` is what a text is charged as.
    """

    at: datetime
    what: What
    lead: int
    step: str
    channel: Literal["sms", "email", ""]
    reason: str = ""
    until: datetime | None = None
    segments: int = 0


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Marks counted. `waiting` are messages whose time is after the end of the run."""

    texts: int = 0
    mails: int = 0
    segments: int = 0
    held: int = 0
    dropped: int = 0
    waiting: int = 0


class StepTally(msgspec.Struct, frozen=True, kw_only=True):
    """One step of one cadence: how many touches fell due, what became of them, and why they waited or did not go."""

    cadence: str
    step: str
    touches: int
    tally: Tally
    held_because: dict[str, int]
    dropped_because: dict[str, int]


class DayTally(msgspec.Struct, frozen=True, kw_only=True):
    """One local day of the shop."""

    day: date
    tally: Tally


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run. `leads` came in; `left` says how they stand at the end, `acts` what customers did.

    `answers` are texts that no touch asked for: the confirmations of opt-outs and the like, with their segments.
    `event_digest` is the SHA-256 of the event log: two runs of one plan have the same.
    """

    tenant: str
    cadence: str
    version: str
    zone: str
    rules_version: str
    start: datetime
    days: int
    seed: int
    leads: int
    tally: Tally
    answers: int
    answer_segments: int
    left: dict[str, int]
    acts: dict[str, int]
    held_because: dict[str, int]
    dropped_because: dict[str, int]
    steps: list[StepTally]
    calendar: list[DayTally]
    event_digest: str
    marks: list[Mark]


def outcome_of(run: Run) -> Outcome:
    """Read a finished run."""
    plan, database = run.plan, run.world.store.database
    zone = ZoneInfo(plan.tenant.zone)
    reading = _Reading(run)
    marks = sorted(reading.marks(), key=lambda each: (each.at, each.lead, each.step, each.channel, each.what))
    answers = [each for each in database.messages.rows.values() if each.touch_id is None and each.state == "accepted"]
    return Outcome(
        tenant=plan.tenant.slug,
        cadence=plan.cadence.name,
        version=plan.cadence.version,
        zone=plan.tenant.zone,
        rules_version=RULES_VERSION,
        start=plan.start,
        days=plan.days,
        seed=plan.seed,
        leads=run.arrived,
        tally=_tally(marks),
        answers=len(answers),
        answer_segments=sum(segments(each.body).count for each in answers if each.channel == "sms"),
        left=dict(Counter(_standing(each.status, each.lost_reason) for each in database.leads.rows.values())),
        acts=dict(run.acts),
        held_because=_reasons(marks, "held"),
        dropped_because=_reasons(marks, "dropped"),
        steps=reading.by_step(marks),
        calendar=_by_day(marks, zone),
        event_digest=hashlib.sha256(event_log(run)).hexdigest(),
        marks=marks,
    )


def event_log(run: Run) -> bytes:
    """Return every event of the run as JSON lines, in the order of commits."""
    encode = msgspec.json.encode
    return b"\n".join(encode(each) for each in run.world.store.database.events.rows.values())


class _Reading:
    """A finished run's tables, read once."""

    def __init__(self, run: Run) -> None:
        database = run.world.store.database
        self._ends = run.ends
        self._touches = database.touches.rows.values()
        self._enrollments = {each.id: each for each in database.enrollments.rows.values()}
        self._numbers: dict[LeadId, int] = {
            each.id: int(each.external_ref.rpartition("-")[2]) for each in database.leads.rows.values()
        }
        self._messages: dict[TouchId, list[Message]] = defaultdict(list)
        for message in database.messages.rows.values():
            if message.touch_id is not None:
                self._messages[message.touch_id].append(message)
        self._attempts: dict[MessageId, list[Attempt]] = defaultdict(list)
        for attempt in database.attempts.rows.values():
            self._attempts[attempt.message_id].append(attempt)
        self._decisions: dict[MessageId, list[RecordedDecision]] = defaultdict(list)
        for decision in database.decisions.rows.values():
            if decision.message_id is not None:
                self._decisions[decision.message_id].append(decision)
        self._verdicts: dict[TouchId, dict[str, str]] = {
            each.touch_id: each.verdicts for each in database.events.rows.values() if isinstance(each, TouchDecided)
        }

    def marks(self) -> Iterator[Mark]:
        """Everything that became of every touch that says something."""
        return chain.from_iterable(self._of_touch(each) for each in self._touches if each.step != "end")

    def by_step(self, marks: Iterable[Mark]) -> list[StepTally]:
        """Count by cadence and step, in the order their first touches fell due."""
        cadence_of: dict[tuple[int, str], str] = {}
        touches: Counter[tuple[str, str]] = Counter()
        for touch in self._touches:
            name = self._enrollments[touch.enrollment_id].cadence
            cadence_of[self._numbers[touch.lead_id], touch.step] = name
            if touch.step != "end" and touch.state != "cancelled" and touch.due_at < self._ends:
                touches[name, touch.step] += 1
        grouped: dict[tuple[str, str], list[Mark]] = defaultdict(list)
        for mark in marks:
            grouped[cadence_of[mark.lead, mark.step], mark.step].append(mark)
        return [
            StepTally(
                cadence=name,
                step=step,
                touches=count,
                tally=_tally(grouped[name, step]),
                held_because=_reasons(grouped[name, step], "held"),
                dropped_because=_reasons(grouped[name, step], "dropped"),
            )
            for (name, step), count in touches.items()
        ]

    def _of_touch(self, touch: Touch) -> Iterator[Mark]:
        lead = self._numbers[touch.lead_id]
        if touch.state == "due":
            if touch.due_at < self._ends:
                yield Mark(at=touch.due_at, what="waiting", lead=lead, step=touch.step, channel="")
        elif touch.state == "cancelled":
            ended = self._enrollments[touch.enrollment_id].ended_at or touch.due_at
            reason = f"no longer needed: {touch.reason}"
            yield Mark(at=ended, what="dropped", lead=lead, step=touch.step, channel="", reason=reason)
        elif touch.state != "decided":
            at = touch.decided_at or touch.due_at
            yield Mark(at=at, what="dropped", lead=lead, step=touch.step, channel="", reason=touch.reason)
        else:
            yield from self._of_decided(touch, lead)

    def _of_decided(self, touch: Touch, lead: int) -> Iterator[Mark]:
        at = touch.decided_at or touch.due_at
        for channel, verdict in self._verdicts.get(touch.id, {}).items():
            if not verdict.startswith("written"):
                reason = verdict.removeprefix("denied: ")
                known: Literal["sms", "email"] = "sms" if channel == "sms" else "email"
                yield Mark(at=at, what="dropped", lead=lead, step=touch.step, channel=known, reason=reason)
        for message in self._messages.get(touch.id, ()):
            yield from self._of_message(message, touch, lead)

    def _of_message(self, message: Message, touch: Touch, lead: int) -> Iterator[Mark]:
        ended = touch.decided_at or touch.due_at
        for each in self._decisions.get(message.id, ()):
            ended = each.at
            if isinstance(each.decision, Defer):
                yield Mark(
                    at=each.at, what="held", lead=lead, step=touch.step, channel=message.channel,
                    reason=each.decision.reason, until=each.decision.until,
                )  # fmt: skip
        gone = next((each for each in self._attempts.get(message.id, ()) if each.state == "accepted"), None)
        if gone is not None:
            charged = segments(message.body).count if message.channel == "sms" else 0
            undelivered = message.delivery in {"undelivered", "failed"}
            reason = "not delivered" if undelivered else ""
            yield Mark(
                at=gone.started_at, what="sent", lead=lead, step=touch.step, channel=message.channel, reason=reason,
                segments=charged,
            )  # fmt: skip
        elif message.state in _OPEN:
            yield Mark(
                at=ended, what="waiting", lead=lead, step=touch.step, channel=message.channel, reason=message.reason
            )
        else:
            reason = f"no longer needed: {message.reason}" if message.state == "cancelled" else message.reason
            yield Mark(
                at=ended, what="dropped", lead=lead, step=touch.step, channel=message.channel,
                reason=reason or message.state,
            )  # fmt: skip


def _tally(marks: Iterable[Mark]) -> Tally:
    counts: Counter[str] = Counter()
    charged = 0
    for each in marks:
        name = ("texts" if each.channel == "sms" else "mails") if each.what == "sent" else each.what
        counts[name] += 1
        charged += each.segments
    return Tally(segments=charged, **counts)


def _reasons(marks: Iterable[Mark], what: What) -> dict[str, int]:
    return dict(Counter(each.reason for each in marks if each.what == what).most_common())


def _by_day(marks: Iterable[Mark], zone: ZoneInfo) -> list[DayTally]:
    days: dict[date, list[Mark]] = defaultdict(list)
    for each in marks:
        days[each.at.astimezone(zone).date()].append(each)
    return [DayTally(day=day, tally=_tally(found)) for day, found in sorted(days.items())]


def _standing(status: LeadStatus, reason: str | None) -> str:
    return f"{status} ({reason})" if reason else str(status)
