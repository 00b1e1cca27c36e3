"""The map of a roll-out: who moves where, who is in the share that is tried first."""

import hashlib
import tomllib
from collections.abc import Collection

import msgspec

from leadcore.cadences.model import MigrationMap, Step
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import LeadId

_HUNDRED = 100
_EXAMPLE = 'see docs/howto/roll-out-a-cadence.md: keep = ["ask"], [move], offer = "offer-2"'


def read_map(source: str) -> MigrationMap:
    """Read a map file. Raises `InvalidInputError` whose `field` is what is wrong."""
    try:
        return msgspec.convert(tomllib.loads(source), MigrationMap)
    except tomllib.TOMLDecodeError as cause:
        raise InvalidInputError(f"the map is not TOML: {cause}", field="map", fix=_EXAMPLE) from cause
    except msgspec.ValidationError as cause:
        raise InvalidInputError(f"the map: {cause}", field="map", fix=_EXAMPLE) from cause


def check_map(moves: MigrationMap, *, known: Collection[str], new: Collection[str]) -> None:
    """Refuse a map that names steps which do not exist. Raises `InvalidInputError`.

    *known* are the steps of every version that somebody may be on, *new* those of the version to come.
    """
    for step in (*moves.move, *moves.keep):
        if step not in known:
            where = "move" if step in moves.move else "keep"
            fix = f"known: {', '.join(sorted(known))}"
            raise InvalidInputError(f"nobody can wait on {step!r}: no version has it", field=f"map.{where}", fix=fix)
    for step, target in moves.move.items():
        if target not in new:
            fix = f"the new version has {', '.join(new)}"
            raise InvalidInputError(f"the new version has no step {target!r}", field=f"map.move.{step}", fix=fix)
    both = sorted(set(moves.move) & set(moves.keep))
    if both:
        raise InvalidInputError(f"{both[0]} is to move and to keep", field=f"map.move.{both[0]}", fix="choose one")


def destination(step: str, moves: MigrationMap, *, new: Collection[str]) -> str | None:
    """Return the step of the new version on which those wait who waited on *step*; None: they keep their version."""
    if step in moves.keep:
        return None
    if step in moves.move:
        return moves.move[step]
    return step if moves.move_same and step in new else None


def needs_entry(step: str, moves: MigrationMap, *, new: Collection[str]) -> bool:
    """Return whether somebody must say what becomes of those that wait on *step*: the new version has none such."""
    return step not in new and step not in moves.move and step not in moves.keep


def moving_steps(moves: MigrationMap, *, new: Collection[str]) -> tuple[str, ...]:
    """Return the steps whose waiting leads move."""
    same = tuple(new) if moves.move_same else ()
    return tuple(sorted({*moves.move, *same} - set(moves.keep)))


def way_back(step: str, moves: MigrationMap, *, old: Collection[str]) -> str | None:
    """Return the step of the old version for who entered on the new one and waits on *step*; None: there is none."""
    came_from = (before for before, after in moves.move.items() if after == step and before in old)
    return step if step in old else next(came_from, None)


def in_share(lead_id: LeadId, *, version: str, percent: int) -> bool:
    """Return whether a lead is among the first *percent*: always the same answer, another choice for each version."""
    digest = hashlib.sha256(version.encode() + lead_id.bytes).digest()
    return int.from_bytes(digest[:8], "big") % _HUNDRED < percent


def changed_steps(old: tuple[Step, ...], new: tuple[Step, ...]) -> tuple[list[str], list[str], list[str]]:
    """Return the ids of steps that are added, removed, and written differently."""
    before, after = ({step.id: step for step in steps} for steps in (old, new))
    return (
        [each for each in after if each not in before],
        [each for each in before if each not in after],
        [each for each in after if each in before and before[each] != after[each]],
    )
