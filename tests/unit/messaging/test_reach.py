"""When an address counts as one at which nothing arrives."""

from hypothesis import given
from hypothesis import strategies as st

from leadcore.kernel.ids import MessageId
from leadcore.messaging.policies.reach import REPEATED, Delivery, why_unreachable
from leadcore.ports.inbound import Trouble
from leadcore.ports.messaging import DeliveryStatus
from leadcore.testing.builders import new_id


def _delivery(delivery: DeliveryStatus | None, trouble: Trouble = "", code: str = "") -> Delivery:
    return Delivery(message_id=MessageId(new_id()), delivery=delivery, trouble=trouble, code=code)


_NEVER = _delivery("undelivered", "never", "30006")
_NOT_NOW = _delivery("undelivered", "not_now", "30003")
_ARRIVED = _delivery("delivered")
_SENT = _delivery("sent")
_ANY = st.lists(st.sampled_from([_NEVER, _NOT_NOW, _ARRIVED, _SENT]), max_size=8)


def test_a_landline_counts_at_once_and_a_handset_that_is_off_when_it_is_repeated() -> None:
    assert "30006" in why_unreachable([_NEVER])
    assert why_unreachable([_NOT_NOW, _SENT]) == ""
    assert "30003" in why_unreachable([_NOT_NOW, _SENT, _NOT_NOW])


@given(_ANY)
def test_what_arrived_outweighs_everything_before_it(before: list[Delivery]) -> None:
    assert why_unreachable([_ARRIVED, *before]) == ""
    assert why_unreachable([_NOT_NOW, _ARRIVED, *before]) == ""


@given(_ANY)
def test_it_is_unreachable_exactly_after_a_never_or_enough_misses_since_the_last_that_arrived(
    found: list[Delivery],
) -> None:
    since = found[: found.index(_ARRIVED)] if _ARRIVED in found else found

    expected = _NEVER in since or since.count(_NOT_NOW) >= REPEATED

    assert bool(why_unreachable(found)) == expected


@given(_ANY)
def test_what_is_under_way_says_nothing(found: list[Delivery]) -> None:
    assert why_unreachable(found) == why_unreachable([each for each in found if each is not _SENT])
