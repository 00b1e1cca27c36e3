"""When a poll's turn comes, and how its pace follows what a CRM can bear."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from leadcore.intake.model import POLL_EVERY_S, POLL_MOST, PollState
from leadcore.intake.policies import next_pass
from leadcore.kernel.ids import TenantId

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
tenants = st.uuids().map(TenantId)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(tenant=tenants, now=instants, pause_s=st.floats(POLL_EVERY_S, 4000))
def test_the_next_pass_is_after_now_never_later_than_the_pause_and_on_the_tenants_beat(
    tenant: TenantId, now: datetime, pause_s: float
) -> None:
    at = next_pass(tenant, now=now, pause_s=pause_s)
    following = next_pass(tenant, now=at + timedelta(milliseconds=1), pause_s=POLL_EVERY_S)

    early = timedelta(seconds=pause_s - POLL_EVERY_S)
    assert now + early - timedelta(milliseconds=1) < at <= now + timedelta(seconds=pause_s, milliseconds=1)
    assert abs((following - at).total_seconds() - POLL_EVERY_S) < 0.01


@given(tenant=tenants, now=instants, took_s=st.floats(0, 20))
def test_passes_that_start_on_the_beat_start_every_thirty_seconds_however_long_they_take(
    tenant: TenantId, now: datetime, took_s: float
) -> None:
    start = next_pass(tenant, now=now, pause_s=POLL_EVERY_S)

    after = next_pass(tenant, now=start + timedelta(seconds=max(took_s, 0.001)), pause_s=POLL_EVERY_S)

    assert abs((after - start).total_seconds() - POLL_EVERY_S) < 0.01


def test_tenants_that_start_together_are_spread_over_the_beat_and_stay_there() -> None:
    ids = [TenantId(UUID(int=number)) for number in range(1, 1001)]

    first = {tenant: next_pass(tenant, now=NOON, pause_s=POLL_EVERY_S) for tenant in ids}
    later = {tenant: next_pass(tenant, now=NOON + timedelta(hours=5), pause_s=POLL_EVERY_S) for tenant in ids}

    per_second = Counter(int((at - NOON).total_seconds()) for at in first.values())
    assert max(per_second.values()) <= 65  # 33 on average; all 1000 without the beat
    shift = {round((later[tenant] - first[tenant]).total_seconds(), 3) for tenant in ids}
    assert shift <= {18_000.0}


@given(outcomes=st.lists(st.sampled_from(["slowed", "broken_off", "sped_up"]), max_size=80))
def test_pace_and_budget_stay_within_their_bounds_and_recover(outcomes: list[str]) -> None:
    state = PollState(tenant_id=TenantId(UUID(int=7)))
    for outcome in outcomes:
        before = state
        state = state.sped_up() if outcome == "sped_up" else getattr(state, outcome)("busy")
        assert POLL_EVERY_S <= state.pause_s <= 600
        assert 5 <= state.budget <= POLL_MOST
        assert state.passes == before.passes + 1
        assert bool(state.trouble) == (outcome != "sped_up")
        if outcome == "slowed":
            assert state.pause_s == min(before.pause_s * 2, 600)

    for _ in range(57):  # 570 s in steps of ten
        state = state.sped_up()

    assert (state.pause_s, state.budget) == (POLL_EVERY_S, POLL_MOST)
