"""Whether this is still the database that knew what was sent: a restored, promoted or cloned one must not send.

PostgreSQL cannot say by itself that it was put back. Four witnesses can: whose deployment it is (a clone), which
timeline of which cluster it writes (a restore to a point in time, a promotion), a mark kept outside it of how far it
had come (a snapshot put back in place), and the carrier's own list (whatever the others cannot see).
"""

from datetime import datetime
from typing import Literal, get_args

import msgspec

from leadcore.ports.storage import DeploymentState, ServerSight

Witness = Literal["environment", "timeline", "mark", "provider"]
WITNESSES: frozenset[Witness] = frozenset(get_args(Witness))


class WitnessNote(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept outside the database. `senders`: from when on a sender's messages must be known, in real time.

    `lsn` was passed by a durable commit, `ticks` was its number. `held_because` is empty unless it ended in a hold.
    """

    epoch: int
    system_id: str
    timeline: int
    lsn: int
    ticks: int
    held_because: str = ""
    senders: dict[str, datetime] = {}


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """One witness's reason to stop all sending."""

    witness: Witness
    what: str


def disagreements(
    state: DeploymentState,
    sight: ServerSight,
    note: WitnessNote | None,
    *,
    deployment_id: str,
    heeded: frozenset[Witness] = WITNESSES,
) -> tuple[Disagreement, ...]:
    """Return what speaks against sending from this database. A *note* of an earlier epoch has nothing to say.

    The provider's word comes from elsewhere: it needs the carrier.
    """
    found = (*_by_the_database(state, sight, deployment_id=deployment_id), *_by_the_note(state, sight, note))
    return tuple(each for each in found if each.witness in heeded)


def is_outdated(note: WitnessNote | None, state: DeploymentState) -> bool:
    """Whether somebody released a hold since *note* was written: what it says was settled by a person then."""
    return note is not None and note.epoch < state.epoch


def _by_the_database(state: DeploymentState, sight: ServerSight, *, deployment_id: str) -> list[Disagreement]:
    found: list[Disagreement] = []
    if state.adopted_at is None:
        return found
    if state.deployment_id != deployment_id:
        what = f"this database belongs to the deployment {state.deployment_id!r}, and this is {deployment_id!r}"
        found.append(Disagreement(witness="environment", what=what))
    if state.system_id != sight.system_id:
        what = f"the database cluster is {sight.system_id}, and was {state.system_id}: it was moved by a dump or anew"
        found.append(Disagreement(witness="timeline", what=what))
    elif state.timeline != sight.timeline:
        what = f"the database writes timeline {sight.timeline}, and wrote {state.timeline}: it was restored or promoted"
        found.append(Disagreement(witness="timeline", what=what))
    return found


def _by_the_note(state: DeploymentState, sight: ServerSight, note: WitnessNote | None) -> list[Disagreement]:
    if note is None or is_outdated(note, state):
        return []
    what = ""
    if note.held_because and not state.held:
        what = f"sending was held ({note.held_because}), and the database does not know it"
    elif note.epoch > state.epoch:
        what = f"{note.epoch - 1} holds were released, the database knows of {state.epoch - 1}"
    elif note.ticks > state.ticks:
        what = f"the database was vouched for {note.ticks} times and knows of {state.ticks}: it is an older one"
    elif (note.system_id, note.timeline) == (sight.system_id, sight.timeline) and note.lsn > sight.lsn:
        what = f"the database's log had come to {note.lsn} and stands at {sight.lsn}: it is an older one"
    return [Disagreement(witness="mark", what=what)] if what else []
