"""How patient we are with a carrier before an attempt is ruled out or tried again."""

import msgspec

from leadcore.compliance.values import Purpose


class SettlePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How patient we are. `settle_s` must exceed call timeout, carrier's worst case and the lag of its list together.

    `retry_unknown` decides what follows when two looks found nothing: a new attempt, or giving the message up.
    """

    settle_s: float = 900
    backoff_s: float = 5
    backoff_max_s: float = 3600
    hold_s: float = 900
    look_again_s: float = 60
    max_attempts: int = 20
    retry_unknown: bool = True


def policy_for(purpose: Purpose) -> SettlePolicy:
    """Return the usual policy: marketing of unknown outcome is given up rather than risked twice."""
    return SettlePolicy(retry_unknown=purpose != "marketing")
