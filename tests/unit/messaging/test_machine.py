from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.kernel.ids import AttemptId, ContactPointId, MessageId, TenantId
from leadcore.messaging.events import MessageSettled
from leadcore.messaging.machine import (
    Accepted,
    AlarmLateAccept,
    CallbackProof,
    Failure,
    FoundInList,
    HoldSender,
    LookAt,
    LookFailed,
    NeverLeft,
    NotFoundInList,
    Outcome,
    RetryAt,
    Settlement,
    Suppress,
    Unreachable,
    WorkerLost,
    settle,
)
from leadcore.messaging.model import Attempt, Message
from leadcore.messaging.policies.settling import SettlePolicy, policy_for
from leadcore.ports.messaging import (
    CarrierError,
    CarrierUnavailableError,
    LookupUnsupportedError,
    MessageRefusedError,
    OutcomeUnknownError,
    Receipt,
    RecipientRefusedError,
    SenderRefusedError,
)

NOON = datetime(2026, 11, 23, 18, tzinfo=UTC)
POLICY = SettlePolicy()
MESSAGE = Message(
    id=MessageId(UUID(int=1)),
    tenant_id=TenantId(UUID(int=2)),
    channel="sms",
    purpose="first_response",
    contact_point_id=ContactPointId(UUID(int=3)),
    recipient="+15125550142",
    body="Hi",
    decided_at=NOON,
    not_after=NOON + timedelta(hours=4),
    state="dispatching",
    attempts=1,
)


def attempt(n: int = 1, *, at: datetime = NOON) -> Attempt:
    return Attempt(
        id=AttemptId(UUID(int=100 + n)),
        tenant_id=MESSAGE.tenant_id,
        message_id=MESSAGE.id,
        n=n,
        state="started",
        started_at=at,
        sender="+15125550100",
        recipient=MESSAGE.recipient,
        body_digest=b"digest",
        rules_version="test",
    )


def after(*outcomes: Outcome, at: datetime = NOON, policy: SettlePolicy = POLICY) -> Settlement:
    done = Settlement(message=MESSAGE, attempt=attempt())
    for outcome in outcomes:
        done = settle(done.message, done.attempt, outcome, now=at, policy=policy)
    return done


LOST = Failure(error=OutcomeUnknownError("answer lost"))


@pytest.mark.parametrize(
    "proof",
    [Accepted(receipt=Receipt(provider_id="SM1")), CallbackProof(provider_id="SM1"), FoundInList(provider_id="SM1")],
)
@pytest.mark.parametrize("earlier", [(), (LOST,), (WorkerLost(),)])
def test_any_proof_accepts_an_open_attempt(proof: Outcome, earlier: tuple[Outcome, ...]) -> None:
    done = after(*earlier, proof)

    assert (done.attempt.state, done.message.state) == ("accepted", "accepted")
    assert done.attempt.provider_id == done.message.provider_id == "SM1"
    assert done.attempt.settled_at == NOON
    assert done.effects == ()
    assert isinstance(done.events[0], MessageSettled)


def test_the_same_proof_twice_is_no_news() -> None:
    proof = CallbackProof(provider_id="SM1")

    done = settle(after(proof).message, after(proof).attempt, proof, now=NOON, policy=POLICY)

    assert done == Settlement(message=after(proof).message, attempt=after(proof).attempt)


def test_two_ids_for_one_attempt_raise_the_alarm() -> None:
    done = after(CallbackProof(provider_id="SM1"), CallbackProof(provider_id="SM2"))

    assert done.attempt.provider_id == "SM1"
    assert done.effects == (AlarmLateAccept(provider_id="SM2", duplicate=True),)


def test_an_opt_out_at_the_carrier_suppresses() -> None:
    done = after(Failure(error=RecipientRefusedError("stopped", provider_code="21610", opted_out=True)))

    assert (done.attempt.state, done.message.state) == ("rejected", "suppressed")
    assert done.effects == (Suppress(),)


@pytest.mark.parametrize(
    "error", [RecipientRefusedError("not mobile", provider_code="21614"), MessageRefusedError("too long")]
)
def test_what_can_never_work_fails(error: CarrierError) -> None:
    done = after(Failure(error=error))

    assert (done.attempt.state, done.message.state) == ("rejected", "failed")
    assert done.effects == ((Unreachable(code="21614"),) if isinstance(error, RecipientRefusedError) else ())


def test_a_refused_sender_holds_the_connection_and_asks_again_later() -> None:
    done = after(Failure(error=SenderRefusedError("401", provider_code="20003", fix="renew the key")))

    assert (done.attempt.state, done.message.state) == ("not_sent", "held")
    assert done.effects == (
        HoldSender(reason="20003 401", fix="renew the key"),
        RetryAt(at=NOON + timedelta(minutes=15)),
    )


@given(
    st.integers(1, 200), st.floats(0, 1, exclude_max=True), st.one_of(st.none(), st.floats(0, 600)), st.integers(0, 5)
)
def test_unavailable_is_retried_with_growing_jittered_waits(
    n: int, fraction: float, wanted: float | None, hours: int
) -> None:
    message = replace(MESSAGE, attempts=n, not_after=NOON + timedelta(hours=hours))
    error = CarrierUnavailableError("busy", retry_after_s=wanted)

    done = settle(message, attempt(n), Failure(error=error), now=NOON, policy=POLICY, fraction=fraction)

    assert done.attempt.state == "not_sent"
    if done.message.state == "expired":
        assert done.effects == ()
        return
    (retry,) = done.effects
    assert isinstance(retry, RetryAt)
    wait = (retry.at - NOON).total_seconds()
    assert done.message.state == "pending"
    assert retry.at <= message.not_after
    assert max(1.0, wanted or 0) - 1e-5 <= wait <= max(1.0, wanted or 0, min(3600, 5 * 2.0 ** min(n - 1, 30))) + 1e-5


def test_after_twenty_tries_we_give_up() -> None:
    message = replace(MESSAGE, attempts=20)

    done = settle(message, attempt(20), NeverLeft(), now=NOON, policy=POLICY)

    assert done.message.state == "failed"
    assert done.effects == ()


def test_what_never_left_is_tried_again_at_once() -> None:
    done = after(NeverLeft())

    assert (done.attempt.state, done.message.state) == ("not_sent", "pending")
    assert done.effects == (RetryAt(at=NOON),)


@pytest.mark.parametrize("outcome", [LOST, WorkerLost(), NotFoundInList(), Failure(error=CarrierError("new kind"))])
def test_a_lost_answer_is_looked_up_after_the_settle_window(outcome: Outcome) -> None:
    done = after(outcome)

    assert (done.attempt.state, done.message.state) == ("unknown", "unknown")
    assert done.attempt.settled_at is None
    assert done.effects == (LookAt(at=NOON + timedelta(minutes=15)),)


def test_losing_the_worker_of_an_unknown_attempt_is_no_news() -> None:
    assert after(LOST, WorkerLost()).effects == ()


def test_an_early_look_does_not_count() -> None:
    done = after(LOST, NotFoundInList(), at=NOON + timedelta(minutes=14))

    assert done.attempt.looks == 0
    assert done.effects == (LookAt(at=NOON + timedelta(minutes=15)),)


def absent_twice(
    *, policy: SettlePolicy = POLICY, message: Message = MESSAGE, look: Outcome | None = None
) -> Settlement:
    looked = look or NotFoundInList()
    lost = settle(message, attempt(), LOST, now=NOON, policy=policy)
    once = settle(lost.message, lost.attempt, looked, now=NOON + timedelta(minutes=15), policy=policy)
    assert once.effects == (LookAt(at=NOON + timedelta(minutes=30)),)
    early = settle(once.message, once.attempt, looked, now=NOON + timedelta(minutes=29), policy=policy)
    assert early.attempt == once.attempt
    return settle(once.message, once.attempt, looked, now=NOON + timedelta(minutes=30), policy=policy)


@pytest.mark.parametrize("look", [NotFoundInList(), LookFailed(error=LookupUnsupportedError("no list"))])
def test_absent_from_two_looks_it_may_be_tried_again(look: Outcome) -> None:
    done = absent_twice(look=look)

    assert (done.attempt.state, done.message.state) == ("not_sent", "pending")
    assert done.effects == (RetryAt(at=NOON + timedelta(minutes=30)),)


def test_marketing_of_unknown_outcome_is_given_up() -> None:
    done = absent_twice(policy=policy_for("marketing"))

    assert (done.attempt.state, done.message.state) == ("abandoned", "failed")
    assert done.effects == ()


def test_a_stale_message_of_unknown_outcome_expires() -> None:
    done = absent_twice(message=replace(MESSAGE, not_after=NOON + timedelta(minutes=30)))

    assert (done.attempt.state, done.message.state) == ("abandoned", "expired")


def test_a_list_that_cannot_be_read_proves_nothing() -> None:
    late = NOON + timedelta(hours=1)

    done = after(LOST, LookFailed(error=CarrierUnavailableError("down")), at=late)
    refused = after(LOST, LookFailed(error=SenderRefusedError("401")), at=late)

    assert done.attempt.state == refused.attempt.state == "unknown"
    assert done.effects == (LookAt(at=late + timedelta(minutes=1)),)
    assert [type(effect) for effect in refused.effects] == [HoldSender, LookAt]


def test_a_late_proof_before_the_next_try_forbids_it() -> None:
    ruled_out = absent_twice()

    done = settle(ruled_out.message, ruled_out.attempt, CallbackProof(provider_id="SM1"), now=NOON, policy=POLICY)

    assert (done.attempt.state, done.message.state) == ("accepted", "accepted")
    assert done.effects == (AlarmLateAccept(provider_id="SM1", duplicate=False),)


def test_a_late_proof_after_the_next_try_is_an_alarm_and_moves_nothing() -> None:
    ruled_out = absent_twice()
    again = replace(ruled_out.message, state="dispatching", attempts=2)

    done = settle(again, ruled_out.attempt, CallbackProof(provider_id="SM1"), now=NOON, policy=POLICY)

    assert done.message == again
    assert (done.attempt.state, done.attempt.provider_id) == ("not_sent", "SM1")
    assert done.effects == (AlarmLateAccept(provider_id="SM1", duplicate=True),)


def test_a_message_somebody_else_ended_is_moved_by_proof_only() -> None:
    cancelled = replace(MESSAGE, state="cancelled")

    refused = settle(cancelled, attempt(), NeverLeft(), now=NOON, policy=POLICY)
    proven = settle(cancelled, attempt(), CallbackProof(provider_id="SM1"), now=NOON, policy=POLICY)

    assert (refused.message, refused.attempt.state, refused.effects) == (cancelled, "not_sent", ())
    assert proven.message.state == "accepted"


# ------------------------------------------------------------------------------------------------- any history at all

_ERRORS = st.sampled_from(
    [
        RecipientRefusedError("no", opted_out=True),
        RecipientRefusedError("no"),
        MessageRefusedError("no"),
        SenderRefusedError("no"),
        CarrierUnavailableError("busy"),
        OutcomeUnknownError("lost"),
        LookupUnsupportedError("no list"),
    ]
)
_OUTCOMES = st.one_of(
    st.builds(Accepted, receipt=st.builds(Receipt, provider_id=st.sampled_from(["SM1", "SM2"]))),
    st.builds(CallbackProof, provider_id=st.sampled_from(["SM1", "SM2"])),
    st.builds(FoundInList, provider_id=st.sampled_from(["SM1", "SM2"])),
    st.builds(Failure, error=_ERRORS),
    st.builds(LookFailed, error=_ERRORS),
    st.sampled_from([NeverLeft(), WorkerLost(), NotFoundInList()]),
)
_PROOFS = (Accepted, CallbackProof, FoundInList)


@given(st.lists(st.tuples(_OUTCOMES, st.integers(0, 3600)), max_size=12), st.booleans())
def test_ends_are_final_except_to_proof_and_an_open_end_has_an_alarm_clock(
    history: list[tuple[Outcome, int]], retry_unknown: bool
) -> None:
    policy = SettlePolicy(retry_unknown=retry_unknown)
    now, state = NOON, Settlement(message=MESSAGE, attempt=attempt())
    for outcome, wait in history:
        now += timedelta(seconds=wait)
        before, state = state, settle(state.message, state.attempt, outcome, now=now, policy=policy)

        if before.attempt.state not in {"started", "unknown"} and not isinstance(outcome, _PROOFS):
            assert (state.message, state.attempt) == (before.message, before.attempt)
            assert state.effects == ()
        if before.attempt.state == "accepted":
            assert state.attempt.state == "accepted"
        if state.attempt.state == "unknown" and before.attempt.state == "started":
            assert any(isinstance(effect, LookAt) for effect in state.effects)
        if state.message.state == "pending" and before.message.state != "pending":
            assert any(isinstance(effect, RetryAt) for effect in state.effects)
        assert all(effect.at <= MESSAGE.not_after for effect in state.effects if isinstance(effect, RetryAt))
        assert (state.attempt.settled_at is None) == (state.attempt.state in {"started", "unknown"})
        assert bool(state.events) == (state.attempt.state != before.attempt.state)


class _World:
    """A truthful carrier whose list lags, and a dispatcher that does exactly what the machine says."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.now = NOON
        self.message = replace(MESSAGE, state="pending", attempts=0)
        self.attempts: list[Attempt] = []
        self.accepted: dict[int, datetime] = {}

    def dispatch(self) -> None:
        self.message = replace(self.message, state="dispatching", attempts=len(self.attempts) + 1)
        self.attempts.append(attempt(len(self.attempts) + 1, at=self.now))
        took = self._draw(st.booleans())
        if took:
            self.accepted[len(self.attempts)] = self.now + timedelta(seconds=self._draw(st.integers(0, 400)))
        answers: list[Outcome] = [LOST, WorkerLost()]
        answers += (
            [Accepted(receipt=Receipt(provider_id=f"SM{len(self.attempts)}"))]
            if took
            else [
                Failure(error=CarrierUnavailableError("busy")),
                NeverLeft(),
                Failure(error=SenderRefusedError("401")),
            ]
        )
        self.settle(len(self.attempts), self._draw(st.sampled_from(answers)))

    def look(self) -> None:
        n = len(self.attempts)
        seen = n in self.accepted and self.accepted[n] <= self.now
        truth: Outcome = FoundInList(provider_id=f"SM{n}") if seen else NotFoundInList()
        self.settle(n, self._draw(st.sampled_from([truth, LookFailed(error=CarrierUnavailableError("down"))])))

    def call_back(self) -> None:
        n = self._draw(st.sampled_from(sorted(self.accepted)))
        self.settle(n, CallbackProof(provider_id=f"SM{n}"))

    def settle(self, n: int, outcome: Outcome) -> None:
        done = settle(self.message, self.attempts[n - 1], outcome, now=self.now, policy=POLICY)
        self.message, self.attempts[n - 1] = done.message, done.attempt
        assert not any(isinstance(effect, AlarmLateAccept) for effect in done.effects)

    def step(self) -> None:
        self.now += timedelta(seconds=self._draw(st.integers(0, 1200)))
        state = self.message.state
        calls = self._draw(st.booleans())
        if self.accepted and calls:
            self.call_back()
        elif state in {"pending", "held"} and self.now <= self.message.not_after:
            self.dispatch()
        elif state in {"dispatching", "unknown"}:
            self.look()


@st.composite
def _worlds(draw: st.DrawFn) -> _World:
    world = _World(draw)
    for _ in range(draw(st.integers(1, 25))):
        world.step()
    return world


@given(_worlds())
def test_whatever_happens_at_most_one_attempt_is_accepted(world: _World) -> None:
    open_or_accepted = [one for one in world.attempts if one.state in {"started", "unknown", "accepted"}]

    assert len(world.accepted) <= 1
    assert len(open_or_accepted) <= 1
