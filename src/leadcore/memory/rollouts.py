"""Roll-outs of cadence versions in memory."""

from datetime import datetime
from operator import attrgetter

from leadcore.cadences.model import Enrollment, Rollout, RolloutMove, Touch, VersionFigures
from leadcore.cadences.values import OPEN_ROLLOUT
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import EnrollmentId, RolloutId, TenantId
from leadcore.memory.database import Changes, seen
from leadcore.messaging.model import Message

_TOLD = {"accepted", "unknown", "failed"}
_FAILED = {"undelivered", "failed"}


class MemoryRollouts:
    """`RolloutRepository` of one unit of work."""

    _rollouts = seen(lambda tables: tables.rollouts)
    _moves = seen(lambda tables: tables.rollout_moves)
    _enrollments = seen(lambda tables: tables.enrollments)
    _touches = seen(lambda tables: tables.touches)
    _messages = seen(lambda tables: tables.messages)
    _versions = seen(lambda tables: tables.cadences)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def add(self, rollout: Rollout) -> None:
        """Store it. Raises `ConflictError` when another one of the cadence waits, is tried or is promoted."""
        for version in (rollout.old_version, rollout.new_version):
            if self._versions.get(rollout.tenant_id, rollout.cadence, version) is None:
                raise NotFoundError(f"no version {version} of the cadence {rollout.cadence}")
        is_second = await self.open_of(rollout.cadence, tenant_id=rollout.tenant_id) and rollout.state in OPEN_ROLLOUT
        if is_second or not self._rollouts.insert(rollout, rollout.tenant_id, rollout.id):
            raise ConflictError(f"a roll-out of {rollout.cadence} is open")

    async def get(self, rollout_id: RolloutId, *, tenant_id: TenantId) -> Rollout:
        """Return it. Raises `NotFoundError`."""
        found = self._rollouts.get(tenant_id, rollout_id)
        if found is None:
            raise NotFoundError(f"no roll-out {rollout_id}")
        return found

    async def save(self, rollout: Rollout) -> None:
        """Replace it. Raises `NotFoundError`."""
        await self.get(rollout.id, tenant_id=rollout.tenant_id)
        self._rollouts.put(rollout, rollout.tenant_id, rollout.id)

    async def open_of(self, cadence: str, *, tenant_id: TenantId) -> Rollout | None:
        """Return the one that waits, is tried or is promoted; None when there is none."""
        found = await self.listing(tenant_id, cadence=cadence)
        return next((each for each in found if each.state in OPEN_ROLLOUT), None)

    async def listing(self, tenant_id: TenantId, *, cadence: str = "", limit: int = 50) -> list[Rollout]:
        """Return them, of one cadence or of all, the newest first."""
        found = [each for each in self._rollouts.where("tenant", tenant_id) if cadence in {"", each.cadence}]
        return sorted(found, key=attrgetter("started_at", "id"), reverse=True)[:limit]

    async def in_flight(
        self,
        cadence: str,
        *,
        tenant_id: TenantId,
        limit: int,
        after: EnrollmentId | None = None,
        on: str = "",
        off: str = "",
        steps: tuple[str, ...] = (),
    ) -> list[tuple[Enrollment, Touch]]:
        """Return active enrollments with the touch that they wait for, by id."""
        found = [
            (enrollment, touch)
            for touch in self._touches.where("tenant", tenant_id)
            if touch.state == "due" and (not steps or touch.step in steps)
            for enrollment in [self._enrollments.get(tenant_id, touch.enrollment_id)]
            if enrollment is not None
            and (enrollment.cadence, enrollment.state) == (cadence, "active")
            and on in {"", enrollment.version}
            and off != enrollment.version
            and (after is None or enrollment.id > after)
        ]
        return sorted(found, key=lambda each: each[0].id)[:limit]

    async def add_move(self, move: RolloutMove) -> None:
        """Store it; one that was undone is replaced. Raises `ConflictError` when the enrollment is moved already."""
        await self.get(move.rollout_id, tenant_id=move.tenant_id)
        before = self._moves.get(move.tenant_id, move.rollout_id, move.enrollment_id)
        if before is not None and before.undone_at is None:
            raise ConflictError(f"the enrollment {move.enrollment_id} is moved already")
        self._moves.put(move, move.tenant_id, move.rollout_id, move.enrollment_id)

    async def save_move(self, move: RolloutMove) -> None:
        """Replace it. Raises `NotFoundError`."""
        if self._moves.get(move.tenant_id, move.rollout_id, move.enrollment_id) is None:
            raise NotFoundError(f"no move of the enrollment {move.enrollment_id}")
        self._moves.put(move, move.tenant_id, move.rollout_id, move.enrollment_id)

    async def move_of(
        self, rollout_id: RolloutId, enrollment_id: EnrollmentId, *, tenant_id: TenantId
    ) -> RolloutMove | None:
        """Return how the roll-out moved the enrollment, None when it did not."""
        return self._moves.get(tenant_id, rollout_id, enrollment_id)

    async def moved(self, rollout_id: RolloutId, *, tenant_id: TenantId) -> tuple[int, int]:
        """Return how many enrollments were ever moved, and how many of those moves were undone."""
        ever = self._moves.where("rollout", tenant_id, rollout_id)
        return len(ever), sum(each.undone_at is not None for each in ever)

    async def figures(self, cadence: str, *, tenant_id: TenantId, since: datetime) -> list[VersionFigures]:
        """Return what came of each version's touches that were decided since then, by version."""
        told: dict[tuple[str, EnrollmentId], list[Message]] = {}
        for touch in self._touches.where("tenant", tenant_id):
            enrollment = self._enrollments.get(tenant_id, touch.enrollment_id)
            if enrollment is None or enrollment.cadence != cadence or not touch.decided_at or touch.decided_at < since:
                continue
            if enrollment.ended_at is not None and enrollment.ended_at < since:
                continue
            sent = [each for each in self._messages.where("touch", tenant_id, touch.id) if each.state in _TOLD]
            if sent:
                told.setdefault((touch.version or enrollment.version, enrollment.id), []).extend(sent)
        found: dict[str, VersionFigures] = {}
        for (version, enrollment_id), messages in told.items():
            enrollment = self._enrollments.get(tenant_id, enrollment_id)
            left = enrollment is not None and (enrollment.ended_by, enrollment.version) == ("opted_out", version)
            one = VersionFigures(
                leads=1,
                messages=len(messages),
                failures=sum(each.state == "failed" or each.delivery in _FAILED for each in messages),
                opt_outs=int(left),
            )
            found[version] = found.get(version, VersionFigures(version=version)).plus(one)
        return sorted(found.values(), key=attrgetter("version"))
