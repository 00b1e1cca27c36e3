"""What must hold of every run, whatever went wrong in it: judged by the carriers' own records and the clock.

The rules are told again here from their sources, in plain words, and not by asking the policies that were run.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from leadcore.compliance.policies.area_codes import STATE_OF_AREA_CODE
from leadcore.compliance.policies.rulebook import CURRENT
from leadcore.kernel.contact import area_of
from leadcore.messaging.model import Attempt, Message
from leadcore.simulation.carrier import Taken
from leadcore.simulation.run import Run

_OPENS, _CLOSES = 8, 21
"""47 CFR 64.1200(c)(1): no telephone solicitation before 8 a.m. or after 9 p.m. at the called party's location."""
_ANSWERS = frozenset({"optout_confirm", "help", "reply", "transactional", "staff_notice"})
_FRESH = timedelta(minutes=15)
_SETTLED = frozenset({"accepted", "failed", "suppressed", "expired", "cancelled"})
_OVERDUE = timedelta(hours=2)
_STATE_RULES = frozenset({"strict", "safe_default"})


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that did not hold, and what broke it."""

    rule: str
    what: str


def violations(run: Run, *, spacing: timedelta | None = None) -> list[Violation]:
    """Return everything that must not have happened; empty when all is well.

    With *spacing* no address may get two messages that no reply asked for within that time, save the answer to its own
    request and what follows it on the other channel.
    """
    sight = _Sight(run)
    found = [
        *_sent_twice(sight),
        *_outside_hours(sight),
        *_over_the_cap(sight),
        *_after_stop(sight),
        *_stale(sight),
        *_without_a_reason(sight),
    ]
    return found + (list(_too_close(sight, spacing)) if spacing is not None else [])


class _Sight:
    """What the carriers took, beside what we thought we were sending."""

    def __init__(self, run: Run) -> None:
        database = run.world.store.database
        self.run = run
        self.attempts: dict[object, Attempt] = {each.id: each for each in database.attempts.rows.values()}
        self.messages: dict[object, Message] = {each.id: each for each in database.messages.rows.values()}
        self.taken = [
            (each, self.message_of(each)) for carrier in run.world.carriers.values() for each in carrier.taken
        ]

    def message_of(self, taken: Taken) -> Message:
        return self.messages[self.attempts[taken.message.attempt_id].message_id]

    def is_marketing(self, taken: Taken, message: Message) -> bool:
        """Whether hours bind it: an answer within minutes of the request, or to words, is no solicitation."""
        if taken.message.channel != "sms" or message.purpose in _ANSWERS:
            return False
        return message.purpose != "first_response" or not (
            message.requested_at is not None and taken.at - message.requested_at <= _FRESH
        )


def _sent_twice(sight: _Sight) -> Iterator[Violation]:
    for message_id, n in Counter(message.id for _, message in sight.taken).items():
        if n > 1:
            yield Violation(rule="no duplicates", what=f"the message {message_id} was taken {n} times")
    touches = Counter((m.touch_id, m.channel) for _, m in sight.taken if m.touch_id is not None)
    for (touch_id, channel), n in touches.items():
        if n > 1:
            yield Violation(rule="no duplicates", what=f"the touch {touch_id} went {n} times by {channel}")


def _outside_hours(sight: _Sight) -> Iterator[Violation]:
    for taken, message in sight.taken:
        if not sight.is_marketing(taken, message):
            continue
        for zone in area_of(taken.message.recipient).zones:
            local = taken.at.astimezone(ZoneInfo(zone))
            if not _OPENS <= local.hour < _CLOSES:
                yield Violation(rule="hours", what=f"{taken.message.recipient} got a text at {local:%H:%M} {zone}")


def _over_the_cap(sight: _Sight) -> Iterator[Violation]:
    """The caps of the recipient's own state, where the shop lets state rules bind."""
    if sight.run.plan.tenant.quiet_profile not in _STATE_RULES:
        return
    texts: dict[str, list[datetime]] = defaultdict(list)
    for taken, message in sight.taken:
        if sight.is_marketing(taken, message):
            texts[taken.message.recipient].append(taken.at)
    for number, instants in texts.items():
        state = STATE_OF_AREA_CODE.get(area_of(number).code, "")
        rule = CURRENT.rule_of(state, min(instants).date()) if state else None
        for cap in rule.caps if rule is not None else ():
            period = timedelta(hours=cap.hours)
            worst = max(sum(at <= each < at + period for each in instants) for at in instants)
            if worst > cap.messages:
                yield Violation(rule="caps", what=f"{number} got {worst} texts within {cap.hours} h in {state}")


def _after_stop(sight: _Sight) -> Iterator[Violation]:
    stopped: dict[str, int] = {}
    for each in sight.run.acknowledged:
        stopped.setdefault(each.address, each.n)
    for opened in sight.run.world.opened:
        attempt = sight.attempts[opened.attempt_id]
        purpose = sight.messages[attempt.message_id].purpose
        n = stopped.get(attempt.recipient)
        if n is not None and opened.n > n and purpose not in {"optout_confirm", "help"}:
            yield Violation(rule="STOP", what=f"{attempt.recipient} was sent to at {opened.at} after its STOP")


def _stale(sight: _Sight) -> Iterator[Violation]:
    for taken, message in sight.taken:
        if taken.at > message.not_after:
            yield Violation(
                rule="nothing stale", what=f"{message.id} went at {taken.at}, useful until {message.not_after}"
            )


def _without_a_reason(sight: _Sight) -> Iterator[Violation]:
    """Every touch and message that fell due is sent, or says why not."""
    run, database = sight.run, sight.run.world.store.database
    taken = {message.id for _, message in sight.taken}
    for touch in database.touches.rows.values():
        if touch.state == "due" and touch.due_at < run.ends - _OVERDUE:
            yield Violation(rule="sent or a reason", what=f"the touch {touch.id} was due {touch.due_at}: nobody looked")
        if touch.state in {"expired", "cancelled", "skipped"} and not touch.reason:
            yield Violation(rule="sent or a reason", what=f"the touch {touch.id} is {touch.state} without a reason")
    for message in database.messages.rows.values():
        if message.state == "accepted" and message.id not in taken:
            yield Violation(rule="sent or a reason", what=f"{message.id} counts as sent, and no carrier took it")
        elif message.state in _SETTLED and message.state != "accepted" and not message.reason:
            yield Violation(
                rule="sent or a reason", what=f"the message {message.id} is {message.state} without a reason"
            )
        elif message.state not in _SETTLED and message.not_after < run.ends - _OVERDUE:
            yield Violation(rule="sent or a reason", what=f"the message {message.id} is still {message.state}")


def _too_close(sight: _Sight, spacing: timedelta) -> Iterator[Violation]:
    last: dict[str, datetime] = {}
    for taken, message in sorted(sight.taken, key=lambda each: each[0].at):
        if message.touch_id is None:
            continue
        before = last.get(taken.message.recipient)
        answers = message.purpose == "first_response"  # the answer to a request waits for nothing
        if before is not None and taken.at - before < spacing and not answers:
            yield Violation(rule="spacing", what=f"{taken.message.recipient} got two within {taken.at - before}")
        last[taken.message.recipient] = taken.at
