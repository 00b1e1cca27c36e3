"""What follows from one try."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.ports.crm import (
    CrmAnswerError,
    CrmError,
    CrmNotKeptError,
    CrmOutcomeUnknownError,
    CrmRefusedError,
    CrmUnavailableError,
    CrmWriteRefusedError,
)
from leadcore.testing.builders import NOON, a_lead, a_person, a_point, a_tenant, a_write_back
from leadcore.write_back.events import WriteBackRefused, WrittenBack
from leadcore.write_back.machine import MAX_FAILURES, Failed, Written, blocked, probing, reopened, settle
from leadcore.write_back.values import WriteState

ROW = a_write_back(a_lead(a_person(a_point(a_tenant()))))


def test_what_was_written_is_done_and_told() -> None:
    row, told = settle(ROW, Written(how="found"), now=NOON, fraction=0.5)

    assert row.state == "done"
    assert isinstance(told, WrittenBack)
    assert told.how == "found"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (CrmUnavailableError("down"), "waiting"),
        (CrmRefusedError("key"), "waiting"),
        (CrmOutcomeUnknownError("lost"), "unknown"),
        (CrmAnswerError("gibberish"), "unknown"),
        (CrmNotKeptError("dropped", field="note"), "unknown"),
        (CrmWriteRefusedError("no column", field="column", fix="one of: A"), "refused"),
    ],
)
def test_an_error_says_whether_it_is_repeated_looked_up_or_given_up(error: CrmError, state: WriteState) -> None:
    row, told = settle(ROW, Failed(error=error), now=NOON, fraction=0.5)

    assert row.state == state
    assert (told is not None) == (state == "refused")
    if isinstance(told, WriteBackRefused):
        assert (told.reason, told.fix) == ("no column", "one of: A")


def test_what_perhaps_happened_stays_so_until_it_was_looked_up() -> None:
    lost, _ = settle(ROW, Failed(error=CrmOutcomeUnknownError("lost")), now=NOON, fraction=0.5)

    down, _ = settle(lost, Failed(error=CrmUnavailableError("down")), now=NOON, fraction=0.5)

    assert (down.state, down.unsure) == ("unknown", True)


def test_a_vendors_pause_is_kept_and_a_refused_key_is_not_hammered() -> None:
    busy, _ = settle(ROW, Failed(error=CrmUnavailableError("429", retry_after_s=120)), now=NOON, fraction=0.0)
    keyless, _ = settle(ROW, Failed(error=CrmRefusedError("key")), now=NOON, fraction=0.0)

    assert busy.not_before == NOON + timedelta(seconds=120)
    assert keyless.not_before == NOON + timedelta(minutes=15)


_ERRORS = st.sampled_from(
    [
        CrmUnavailableError("down"),
        CrmOutcomeUnknownError("lost"),
        CrmAnswerError("x"),
        CrmNotKeptError("dropped", field="note"),
    ]
)


@given(errors=st.lists(_ERRORS, min_size=MAX_FAILURES, max_size=MAX_FAILURES), fraction=st.floats(0, 0.999))
def test_nothing_is_tried_for_ever_and_giving_up_is_told_once(errors: list[CrmError], fraction: float) -> None:
    row, told, tries = ROW, [], 0
    for error in errors:
        if not row.is_open:
            break
        row, event = settle(row, Failed(error=error), now=NOON, fraction=fraction)
        tries += 1
        told += [event] if event else []
        assert not row.is_open or row.not_before > NOON
    assert row.state == "refused"
    assert len(told) == 1
    assert tries <= MAX_FAILURES


def test_a_person_may_give_a_refused_write_another_round_which_begins_with_a_look() -> None:
    row, _ = settle(ROW, Failed(error=CrmWriteRefusedError("no column")), now=NOON, fraction=0.5)

    again = reopened(row, now=NOON)

    assert (again.state, again.failures, again.tries) == ("unknown", 0, row.tries)


@given(st.integers(1, 60), st.floats(0, 0.999))
def test_what_the_crm_forbids_is_no_leads_failure_and_is_asked_ever_more_rarely(times: int, fraction: float) -> None:
    error = CrmRefusedError("no scope", fix="give it the scope")
    row, known, pauses, now = ROW, None, [], NOON
    for _ in range(times):
        row, told = settle(row, Failed(error=error), now=now, fraction=fraction)
        known = blocked(row, error, known, source="hubspot", now=now, fraction=fraction)
        pauses.append(known.until - now)
        assert told is None
        now = known.until

    assert known is not None
    assert (row.state, row.failures) == ("waiting", 0)
    assert (known.what, known.since, known.tries, known.fix) == (ROW.what, NOON, times, "give it the scope")
    assert pauses == sorted(pauses)
    assert timedelta(minutes=15) <= pauses[0]
    assert pauses[-1] <= timedelta(hours=36)
    assert probing(known, now=now).until > now
