"""How well a classifier of revocations reads a corpus, in figures only (`python -m tests.corpora.scores`).

The held-out part may be measured this way, since no line of it is shown.
"""

import sys
from collections.abc import Callable, Iterable
from time import process_time

import msgspec

from leadcore.compliance.policies.revocation import Revocation, classify
from tests import corpora

PARTS = ("revocation_training", "revocation_development", "revocation_held_out")
_ENDING = frozenset({"stop", "wrong_number"})


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of the lines they are about: opt-outs for the first two, messages that end nothing for the others."""

    stop_recall: float
    """Opt-outs that are obeyed at once."""
    stopped_or_held: float
    """Opt-outs after which nothing automated is sent, be it that a person is asked first."""
    false_stops: float
    """Messages that are neither an opt-out nor from a stranger, and end contact."""
    false_holds: float
    """Innocent messages that wait for a person."""


def score(lines: list[corpora.Line], read: Callable[[str], Revocation] = classify) -> Scores:
    """Return how *read* does on *lines*."""
    kinds = [read(line.text).kind for line in lines]
    stops = [kind for line, kind in zip(lines, kinds, strict=True) if line.labels == {"stop"}]
    others = [kind for line, kind in zip(lines, kinds, strict=True) if not line.labels & _ENDING]
    innocent = [kind for line, kind in zip(lines, kinds, strict=True) if line.labels == {"none"}]
    return Scores(
        stop_recall=_share(kind == "stop" for kind in stops),
        stopped_or_held=_share(kind in _ENDING or kind == "ambiguous" for kind in stops),
        false_stops=_share(kind in _ENDING for kind in others),
        false_holds=_share(kind == "ambiguous" for kind in innocent),
    )


def _share(found: Iterable[bool]) -> float:
    each = list(found)
    return sum(each) / len(each)


def _line(part: str) -> str:
    lines = corpora.read(part)
    begun = process_time()
    for line in lines:
        classify(line.text)
    microseconds = (process_time() - begun) / len(lines) * 1e6
    found = ", ".join(f"{name} {share:.2%}" for name, share in msgspec.structs.asdict(score(lines)).items())
    return f"{part}: {len(lines)} lines, {found}, {microseconds:.0f} us a line"


if __name__ == "__main__":
    sys.stdout.write("".join(f"{_line(part)}\n" for part in PARTS))
