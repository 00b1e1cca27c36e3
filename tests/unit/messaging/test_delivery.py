import random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.messaging.policies.delivery import delivery_of
from leadcore.ports.messaging import DeliveryStatus

_REPORTS = st.lists(st.tuples(st.sampled_from(get_args(DeliveryStatus)), st.sampled_from(["", "30003", "30005"])))


@given(_REPORTS, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(reports: list[tuple[DeliveryStatus, str]], shuffle: random.Random) -> None:
    again = reports + reports[: len(reports) // 2]
    shuffle.shuffle(again)

    assert delivery_of(again) == delivery_of(reports) == delivery_of(set(reports))


@given(_REPORTS, _REPORTS)
def test_more_reports_never_move_it_back(
    early: list[tuple[DeliveryStatus, str]], late: list[tuple[DeliveryStatus, str]]
) -> None:
    before, after = delivery_of(early), delivery_of(early + late)

    assert delivery_of([(status, "") for status in (before, after) if status is not None]) == after


@pytest.mark.parametrize("failure", ["undelivered", "failed", "canceled"])
def test_delivered_beats_every_failure_and_failures_beat_progress(failure: DeliveryStatus) -> None:
    assert delivery_of([(failure, "30003"), ("delivered", "")]) == "delivered"
    assert delivery_of([("sent", ""), (failure, "30003"), ("sending", "")]) == failure


def test_without_reports_nothing_is_known() -> None:
    assert delivery_of([]) is None
