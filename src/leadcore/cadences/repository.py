"""Storing cadences, enrollments and touches."""

from datetime import datetime
from typing import Protocol

from leadcore.cadences.model import CadenceVersion, Enrollment, Rollout, RolloutMove, Touch, VersionFigures
from leadcore.cadences.values import StopReason
from leadcore.kernel.ids import EnrollmentId, LeadId, RolloutId, TenantId, TouchId
from leadcore.ports.storage import UnitOfWork


class CadenceRepository(Protocol):
    """Cadences and who is in them."""

    async def put_version(self, version: CadenceVersion) -> None:
        """Store it unless (tenant, name, version) exists."""
        ...

    async def version(self, name: str, version: str, *, tenant_id: TenantId) -> CadenceVersion:
        """Return it. Raises `NotFoundError`."""
        ...

    async def publish(self, version: CadenceVersion) -> None:
        """Store it, or move the `published_at` of the one that exists: what was published last is present."""
        ...

    async def present(self, name: str, *, tenant_id: TenantId) -> CadenceVersion | None:
        """Return the version published last under *name*, None when none ever was."""
        ...

    async def published(self, tenant_id: TenantId) -> list[CadenceVersion]:
        """Return every published version, by name, the last first."""
        ...

    async def waiting(self, tenant_id: TenantId, *, limit: int) -> list[Touch]:
        """Return touches that are not decided yet, the next first, without a lock."""
        ...

    async def due_touches(self, tenant_id: TenantId, *, after: TouchId | None, limit: int) -> list[TouchId]:
        """Return the ids of touches that are not decided yet, in order of id, those behind *after*; without a lock."""
        ...

    async def enroll(self, enrollment: Enrollment) -> bool:
        """Store it; False when the lead has an active enrollment, or this (lead, cadence, rotation) existed before."""
        ...

    async def enrollment(self, enrollment_id: EnrollmentId, *, tenant_id: TenantId) -> Enrollment:
        """Return it, locked. Raises `NotFoundError`."""
        ...

    async def peek_enrollment(self, enrollment_id: EnrollmentId, *, tenant_id: TenantId) -> Enrollment:
        """Return it without a lock. Raises `NotFoundError`."""
        ...

    async def active_of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Enrollment]:
        """Return the lead's active enrollments, locked."""
        ...

    async def enrollments_of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Enrollment]:
        """Return all the lead's enrollments, oldest first, without a lock."""
        ...

    async def save(self, enrollment: Enrollment) -> None:
        """Replace it."""
        ...

    async def add_touch(self, touch: Touch) -> bool:
        """Store it; False when (enrollment, step) has one already."""
        ...

    async def touch(self, touch_id: TouchId, *, tenant_id: TenantId) -> Touch:
        """Return it, not locked: touches change only under their enrollment's lock. Raises `NotFoundError`."""
        ...

    async def save_touch(self, touch: Touch) -> None:
        """Replace it."""
        ...

    async def cancel_touches(
        self, enrollment_id: EnrollmentId, *, tenant_id: TenantId, reason: StopReason
    ) -> list[TouchId]:
        """Cancel the enrollment's due touches; return which."""
        ...

    async def touches_of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Touch]:
        """Return the lead's touches, oldest first."""
        ...


class RolloutRepository(Protocol):
    """Roll-outs of new versions, whom they moved, and what came of each version."""

    async def add(self, rollout: Rollout) -> None:
        """Store it. Raises `ConflictError` when another one of the cadence waits, is tried or is promoted."""
        ...

    async def get(self, rollout_id: RolloutId, *, tenant_id: TenantId) -> Rollout:
        """Return it, locked. Raises `NotFoundError`."""
        ...

    async def save(self, rollout: Rollout) -> None:
        """Replace it. Raises `NotFoundError`."""
        ...

    async def open_of(self, cadence: str, *, tenant_id: TenantId) -> Rollout | None:
        """Return the one that waits, is tried or is promoted, without a lock; None when there is none."""
        ...

    async def listing(self, tenant_id: TenantId, *, cadence: str = "", limit: int = 50) -> list[Rollout]:
        """Return them, of one cadence or of all, the newest first, without a lock."""
        ...

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
        """Return active enrollments with the touch that they wait for, by id, without a lock.

        Only those *on* that version, not on *off*, and waiting on one of *steps*, as far as these are given.
        """
        ...

    async def add_move(self, move: RolloutMove) -> None:
        """Store it; one that was undone is replaced. Raises `ConflictError` when the enrollment is moved already."""
        ...

    async def save_move(self, move: RolloutMove) -> None:
        """Replace it. Raises `NotFoundError`."""
        ...

    async def move_of(
        self, rollout_id: RolloutId, enrollment_id: EnrollmentId, *, tenant_id: TenantId
    ) -> RolloutMove | None:
        """Return how the roll-out moved the enrollment, None when it did not."""
        ...

    async def moved(self, rollout_id: RolloutId, *, tenant_id: TenantId) -> tuple[int, int]:
        """Return how many enrollments were ever moved, and how many of those moves were undone."""
        ...

    async def figures(self, cadence: str, *, tenant_id: TenantId, since: datetime) -> list[VersionFigures]:
        """Return what came of each version's touches that were decided since then, by version.

        A lead's opt-out counts for the version its enrollment was on when it ended, if that wrote to it since then.
        """
        ...


class CadenceWork(UnitOfWork, Protocol):
    """A unit of work that can reach cadences."""

    @property
    def cadences(self) -> CadenceRepository:
        """Cadences."""
        ...

    @property
    def rollouts(self) -> RolloutRepository:
        """Roll-outs."""
        ...
