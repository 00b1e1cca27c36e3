"""Hearing the witnesses: at boot, every minute, and every ten with the carriers. Without their word nothing is sent."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from msgspec.structs import replace

from leadcore.flows.seams import Seams
from leadcore.flows.unknown_sends import Sender, known_from, senders, unknown_sends
from leadcore.kernel.errors import LeadcoreError
from leadcore.messaging.policies.witnesses import (
    WITNESSES,
    Disagreement,
    Witness,
    WitnessNote,
    disagreements,
)
from leadcore.ports.messaging import CarrierError, LookupUnsupportedError
from leadcore.ports.storage import DeploymentState, ServerSight
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.witness_file import WitnessFile

LOOK_S = 60.0
AGAIN_S = 1.0
"""Until the witnesses have spoken for the first time, and while sending is held: a release is noticed at once."""
ASK_CARRIERS_S = 600.0
PATIENCE_S = 90.0
"""How long a process without a note waits for another one, which has a note, to vouch for the database."""
_NEWEST = 100
_BREATH_S = 0.2
_AT_A_TIME = 8


class Watch:
    """Sets the process's epoch as long as all witnesses agree, and holds the whole deployment when one does not."""

    def __init__(
        self,
        *,
        seams: Seams,
        metrics: Metrics,
        file: WitnessFile,
        deployment_id: str,
        monotonic: Callable[[], float],
        heeded: frozenset[Witness] = WITNESSES,
    ) -> None:
        self._seams = seams
        self._deployment = seams.store.deployment
        self._metrics = metrics
        self._file = file
        self._deployment_id = deployment_id
        self._monotonic = monotonic
        self._heeded = heeded
        self._first_seen: tuple[float, DeploymentState] | None = None  # without a note: when, and what was true then
        self._asked_at: float | None = None
        self._asked_in = 0  # the epoch
        self._silent: set[str] = set()
        self._has_failed = False
        self._is_held = False
        self._log = structlog.get_logger()

    async def settle(self, *, within_s: float) -> None:
        """Look until the witnesses have spoken, for *within_s* at most: what is due at boot need not wait for them."""
        deadline = self._monotonic() + within_s
        while not await self._looked() and self._monotonic() < deadline:
            if self._is_held:
                return
            await asyncio.sleep(_BREATH_S)

    async def run(self, stopping: asyncio.Event) -> None:
        """Look again and again until *stopping* is set."""
        while not stopping.is_set():
            pause = LOOK_S if self._seams.epoch.value and not self._has_failed else AGAIN_S
            try:
                await asyncio.wait_for(stopping.wait(), pause)
            except TimeoutError:
                await self._looked()

    async def _looked(self) -> bool:
        """Look; what cannot be looked at is asked again soon. Who may send may do so until then: it needs the same."""
        try:
            speaks = await self.look()
        except Exception as trouble:  # noqa: BLE001 - the database may be away; the watch outlives it
            self._has_failed = True
            self._log.error("witness.look_failed", exc_info=trouble)
            return False
        self._has_failed = False
        return speaks

    async def look(self) -> bool:
        """Hear every witness once; return whether this process may send now."""
        # The note first: what another process writes into both between two reads must not look like an older database.
        note = await asyncio.to_thread(self._file.read)
        state, sight = await self._deployment.state(), await self._deployment.sight()
        self._is_held = state.held
        if note is None and state.adopted_at is None:
            await self._deployment.adopt(sight, deployment_id=self._deployment_id)
            self._log.info("witness.adopted", field=self._deployment_id)
            state = await self._deployment.state()
            await self._vouch(state, sight, {})  # at once: who dies while carriers answer leaves it
        elif note is None and not self._is_vouched_for(state):
            return await self._without_note(state)
        found = disagreements(state, sight, note, deployment_id=self._deployment_id, heeded=self._heeded)
        if found:
            return await self._hold(found, state, note)
        if state.held and state.held_by == "witness":
            await self._note_hold(state.held_because)
            return self._speak(0)
        return await self._agreed(state, sight, note)

    async def _agreed(self, state: DeploymentState, sight: ServerSight, note: WitnessNote | None) -> bool:
        since = dict(note.senders) if note is not None else {}
        if "provider" in self._heeded and self._is_time_to_ask(state):
            unknown = await self._ask_carriers(since)
            if unknown:
                return await self._hold(unknown, state, note)
            self._asked_at, self._asked_in = self._monotonic(), state.epoch
        await self._vouch(state, sight, since)
        self._first_seen = None
        self._speak(state.epoch)
        self._metrics.sending_held.set(state.held)
        return True

    async def _vouch(self, state: DeploymentState, sight: ServerSight, since: dict[str, datetime]) -> None:
        """Write down, in the database and outside, how far it is."""
        ticks = await self._deployment.tick()
        fresh = WitnessNote(
            epoch=state.epoch,
            system_id=sight.system_id,
            timeline=sight.timeline,
            lsn=sight.lsn,
            ticks=ticks,
            senders=since,
        )
        await asyncio.to_thread(self._file.change, lambda before: _later(before, fresh))

    def _is_vouched_for(self, state: DeploymentState) -> bool:
        """Whether somebody who has a note, or a person, vouched for the database since this process looked first."""
        if self._first_seen is None:
            self._first_seen = (self._monotonic(), state)
        then = self._first_seen[1]
        return state.ticks > then.ticks or state.epoch > then.epoch

    async def _without_note(self, state: DeploymentState) -> bool:
        """Wait for somebody to vouch; the last one who could is waited for in vain: hold."""
        assert self._first_seen is not None
        waited_s = self._monotonic() - self._first_seen[0]
        if waited_s < PATIENCE_S and not state.held:
            self._log.warning("witness.no_note", path=str(self._file.path), duration_ms=round(waited_s * 1000))
            return self._speak(0)
        what = f"there is no witness note at {self._file.path}, and nobody vouches for the database: it may be a copy"
        return await self._hold((Disagreement(witness="mark", what=what),), state, None)

    def _is_time_to_ask(self, state: DeploymentState) -> bool:
        if self._asked_at is None or self._asked_in != state.epoch:
            return True
        return self._monotonic() - self._asked_at >= ASK_CARRIERS_S

    async def _ask_carriers(self, since: dict[str, datetime]) -> tuple[Disagreement, ...]:
        """Ask each carrier for the newest messages of its senders; *since* learns of senders that are new."""
        free = asyncio.Semaphore(_AT_A_TIME)

        async def ask(sender: Sender) -> Disagreement | None:
            async with free:
                return await self._ask(sender, since)

        asked = await asyncio.gather(*[ask(sender) async for sender in senders(self._seams)])
        return tuple(each for each in asked if each is not None)

    async def _ask(self, sender: Sender, since: dict[str, datetime]) -> Disagreement | None:
        if sender.key not in since:
            since[sender.key] = await known_from(self._seams, sender.tenant.id, sender.name)
        try:
            unknown = await unknown_sends(self._seams, sender, since=since[sender.key], limit=_NEWEST)
        except LookupUnsupportedError:
            return None
        except (CarrierError, LeadcoreError) as trouble:  # says nothing: one shop's bad key must not stop the others
            if sender.key not in self._silent:
                self._log.warning("witness.carrier_silent", tenant_id=str(sender.tenant.id), code=trouble.code)
            self._silent.add(sender.key)
            return None
        self._silent.discard(sender.key)
        if not unknown:
            return None
        newest = unknown[-1]
        what = (
            f"the carrier of {sender.tenant.slug} lists {len(unknown)} messages of {sender.name} that the database does"
            f" not know, the newest {newest.provider_id} of {newest.created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        )
        return Disagreement(witness="provider", what=what)

    async def _hold(self, found: tuple[Disagreement, ...], state: DeploymentState, note: WitnessNote | None) -> bool:
        """Stop this process at once, then write it down outside the database and in it."""
        self._speak(0)
        because = "; ".join(each.what for each in found)
        if state.held_by != "witness":
            for each in found:
                self._metrics.disagreements.labels(each.witness).inc()
            self._log.error("hold.entered", reason=because, code=_names(found), fix="leadcore hold show")
        if not state.held:  # a release by somebody else must not find our old word in the file
            await self._note_hold(because)
        await self._deployment.hold(
            because,
            by="witness",
            name=_names(found),
            epoch=state.epoch,
            epoch_at_least=note.epoch if note else 1,
        )
        return False

    async def _note_hold(self, because: str) -> None:
        def held(before: WitnessNote | None) -> WitnessNote | None:
            return replace(before, held_because=because) if before is not None and not before.held_because else None

        await asyncio.to_thread(self._file.change, held)

    def _speak(self, epoch: int) -> bool:
        self._seams.epoch.value = epoch
        self._metrics.sending_held.set(0 if epoch else 1)
        return bool(epoch)


def _names(found: tuple[Disagreement, ...]) -> str:
    return "+".join(sorted({each.witness for each in found}))


def _later(before: WitnessNote | None, fresh: WitnessNote) -> WitnessNote:
    """Keep the higher mark when another process of this folder was faster, and a hold that it wrote."""
    if before is None or before.epoch < fresh.epoch:
        return fresh
    if before.held_because or before.ticks > fresh.ticks:
        return replace(before, senders=fresh.senders | before.senders)
    return replace(fresh, senders=fresh.senders | before.senders)


async def note_release(seams: Seams, file: WitnessFile) -> None:
    """Write the note anew after a hold was released here: a process that starts next in this folder believes it."""
    state, sight = await seams.store.deployment.state(), await seams.store.deployment.sight()
    ticks = await seams.store.deployment.tick()

    def renewed(before: WitnessNote | None) -> WitnessNote:
        return WitnessNote(
            epoch=state.epoch,
            system_id=sight.system_id,
            timeline=sight.timeline,
            lsn=sight.lsn,
            ticks=ticks,
            senders=dict(before.senders) if before is not None else {},
        )

    await asyncio.to_thread(file.change, renewed)
