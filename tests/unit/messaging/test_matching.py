from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.kernel.ids import AttemptId, MessageId, TenantId
from leadcore.messaging.model import Attempt
from leadcore.messaging.policies.matching import body_digest, find_attempt
from leadcore.ports.messaging import AcceptedMessage

NOON = datetime(2026, 11, 23, 18, tzinfo=UTC)
BODY = "Hi Ana, this is Austin Tint."
ATTEMPT = Attempt(
    id=AttemptId(UUID(int=1)),
    tenant_id=TenantId(UUID(int=2)),
    message_id=MessageId(UUID(int=3)),
    n=1,
    state="unknown",
    started_at=NOON,
    sender="+15125550100",
    recipient="+15125550142",
    body_digest=body_digest(BODY),
    rules_version="test",
)
OURS = AcceptedMessage(
    provider_id="SM-ours",
    sender="+15125550100",
    recipient="+15125550142",
    body=BODY,
    created_at=NOON + timedelta(seconds=1),
    status="queued",
)


def test_our_message_is_found_among_others() -> None:
    listed = [
        replace(OURS, provider_id="SM-other-sender", sender="+15125550101"),
        replace(OURS, provider_id="SM-other-recipient", recipient="+15125550143"),
        replace(OURS, provider_id="SM-other-body", body="Hi Bob"),
        replace(OURS, provider_id="SM-too-old", created_at=NOON - timedelta(minutes=5, seconds=1)),
        OURS,
    ]

    assert find_attempt(ATTEMPT, listed, bound=set()) == OURS
    assert find_attempt(ATTEMPT, listed[:-1], bound=set()) is None


def test_a_message_bound_to_another_attempt_proves_nothing() -> None:
    assert find_attempt(ATTEMPT, [OURS], bound={"SM-ours"}) is None


def test_behind_a_pool_any_number_may_have_sent_it() -> None:
    pooled = replace(ATTEMPT, sender="MG0123456789")

    assert find_attempt(pooled, [OURS], bound=set()) == OURS


def test_line_ends_may_change_on_the_way() -> None:
    attempt = replace(ATTEMPT, body_digest=body_digest("one\ntwo\n"))

    assert find_attempt(attempt, [replace(OURS, body="one\r\ntwo")], bound=set()) is not None


@given(st.permutations([OURS, replace(OURS, provider_id="SM-later", created_at=NOON + timedelta(minutes=9))]))
def test_the_nearest_is_taken_in_any_order(listed: list[AcceptedMessage]) -> None:
    assert find_attempt(ATTEMPT, listed, bound=set()) == OURS
