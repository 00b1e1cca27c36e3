"""Whether a new version does harm: its opt-out and failure rates against those of the old ones.

The judgement is one-sided and sure: the lower end of the new rate's interval (Wilson, 1927; score interval without
continuity correction) must lie above the old rate and a margin. A few unlucky leads do not halt a roll-out; many do,
whatever the old version did.
"""

from collections.abc import Iterable
from math import sqrt

from leadcore.cadences.model import Thresholds, VersionFigures
from leadcore.kernel.errors import InvalidInputError

_Z = 1.6448536269514722
"""One-sided 95 %."""


def check_thresholds(thresholds: Thresholds) -> None:
    """Raise `InvalidInputError` for margins that are no shares and for a sample without anybody."""
    for name in ("opt_out_margin", "failure_margin"):
        if not 0 <= getattr(thresholds, name) < 1:
            raise InvalidInputError(f"{name} is a share", field=name, fix="0.02 means two in a hundred more")
    if thresholds.min_sample < 1:
        raise InvalidInputError("nobody is no sample", field="min_sample", fix="1 or more")


def lower_bound(hits: int, of: int) -> float:
    """Return the least rate that fits *hits* *of* so many, at 95 %; 0 when there was nobody."""
    if of <= 0 or hits <= 0:
        return 0.0
    rate, square = min(hits / of, 1.0), _Z * _Z
    centre = rate + square / (2 * of)
    spread = _Z * sqrt(rate * (1 - rate) / of + square / (4 * of * of))
    return max(0.0, (centre - spread) / (1 + square / of))


def split(figures: Iterable[VersionFigures], *, new_version: str) -> tuple[VersionFigures, VersionFigures]:
    """Return the figures of the new version and the sum of all others, which is called `others`."""
    new, old = VersionFigures(version=new_version), VersionFigures(version="others")
    for each in figures:
        if each.version == new_version:
            new = new.plus(each)
        else:
            old = old.plus(each)
    return new, old


def why_halt(new: VersionFigures, old: VersionFigures, thresholds: Thresholds) -> str:
    """Return why the new version must be halted, with the figures; empty when it may go on.

    An old version with too few leads or messages of its own is taken for one without any harm.
    """
    questions = (
        ("opt-outs", "leads", (new.opt_outs, new.leads), (old.opt_outs, old.leads), thresholds.opt_out_margin),
        ("failures", "messages", (new.failures, new.messages), (old.failures, old.messages), thresholds.failure_margin),
    )
    for what, whom, (hits, of), (old_hits, old_of), margin in questions:
        usual = old_hits / old_of if old_of >= thresholds.min_sample else 0.0
        least = lower_bound(hits, of)
        if of >= thresholds.min_sample and least > usual + margin:
            return (
                f"{what}: {hits} of {of} {whom}, at least {least:.1%}; old versions {old_hits} of {old_of},"
                f" and {usual + margin:.1%} is the limit"
            )
    return ""
