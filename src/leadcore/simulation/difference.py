"""What another version of a cadence does to the same people."""

import msgspec

from leadcore.simulation.outcome import Outcome


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of two runs. `ours` is the file's, `theirs` the other version's."""

    what: str
    ours: int
    theirs: int

    @property
    def by(self) -> int:
        """How much more the file has."""
        return self.ours - self.theirs


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs over the same people, seed and days, figure by figure; `steps` are named `cadence/step`."""

    against: str
    totals: list[Change]
    held_because: list[Change]
    dropped_because: list[Change]
    left: list[Change]
    steps: list[Change]


def difference(ours: Outcome, theirs: Outcome) -> Difference:
    """Compare the outcome of a file with that of another version."""
    totals = {
        name: (getattr(ours.tally, name), getattr(theirs.tally, name))
        for name in ("texts", "mails", "segments", "held", "dropped", "waiting")
    }
    for name in sorted({*ours.acts, *theirs.acts}):
        totals[f"customers: {name}"] = (ours.acts.get(name, 0), theirs.acts.get(name, 0))
    return Difference(
        against=f"{theirs.cadence}@{theirs.version}",
        totals=[Change(what=name, ours=mine, theirs=other) for name, (mine, other) in totals.items()],
        held_because=_changes(ours.held_because, theirs.held_because),
        dropped_because=_changes(ours.dropped_because, theirs.dropped_because),
        left=_changes(ours.left, theirs.left),
        steps=_changes(_sent_by_step(ours), _sent_by_step(theirs)),
    )


def _sent_by_step(outcome: Outcome) -> dict[str, int]:
    return {f"{each.cadence}/{each.step}": each.tally.texts + each.tally.mails for each in outcome.steps}


def _changes(ours: dict[str, int], theirs: dict[str, int]) -> list[Change]:
    return [
        Change(what=name, ours=ours.get(name, 0), theirs=theirs.get(name, 0))
        for name in dict.fromkeys([*ours, *theirs])
    ]
