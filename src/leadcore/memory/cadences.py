"""Cadences, enrollments and touches in memory."""

from operator import attrgetter, itemgetter

from msgspec.structs import replace

from leadcore.cadences.model import CadenceVersion, Enrollment, Touch
from leadcore.cadences.values import StopReason
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import EnrollmentId, LeadId, TenantId, TouchId
from leadcore.memory.database import Changes, seen


class MemoryCadences:
    """`CadenceRepository` of one unit of work."""

    _versions = seen(lambda tables: tables.cadences)
    _enrollments = seen(lambda tables: tables.enrollments)
    _touches = seen(lambda tables: tables.touches)
    _leads = seen(lambda tables: tables.leads)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def put_version(self, version: CadenceVersion) -> None:
        """Store it unless (tenant, name, version) exists."""
        self._versions.insert(version, version.tenant_id, version.name, version.version)

    async def version(self, name: str, version: str, *, tenant_id: TenantId) -> CadenceVersion:
        """Return it. Raises `NotFoundError`."""
        found = self._versions.get(tenant_id, name, version)
        if found is None:
            raise NotFoundError(f"no version {version} of the cadence {name}")
        return found

    async def publish(self, version: CadenceVersion) -> None:
        """Store it, or move the `published_at` of the one that exists: what was published last is present."""
        before = self._versions.get(version.tenant_id, version.name, version.version)
        after = version if before is None else replace(before, published_at=version.published_at)
        self._versions.put(after, version.tenant_id, version.name, version.version)

    async def present(self, name: str, *, tenant_id: TenantId) -> CadenceVersion | None:
        """Return the version published last under *name*, None when none ever was."""
        return next((each for each in await self.published(tenant_id) if each.name == name), None)

    async def published(self, tenant_id: TenantId) -> list[CadenceVersion]:
        """Return every published version, by name, the last first."""
        found = sorted(self._versions.where("tenant", tenant_id), key=attrgetter("version"))
        dated = [(each.published_at, each) for each in found if each.published_at is not None]
        return sorted((each for _, each in sorted(dated, key=itemgetter(0), reverse=True)), key=attrgetter("name"))

    async def waiting(self, tenant_id: TenantId, *, limit: int) -> list[Touch]:
        """Return touches that are not decided yet, the next first."""
        due = [each for each in self._touches.where("tenant", tenant_id) if each.state == "due"]
        return sorted(due, key=attrgetter("due_at", "id"))[:limit]

    async def due_touches(self, tenant_id: TenantId, *, after: TouchId | None, limit: int) -> list[TouchId]:
        """Return the ids of touches that are not decided yet, in order of id, those behind *after*."""
        due = sorted(each.id for each in self._touches.where("tenant", tenant_id) if each.state == "due")
        return [each for each in due if after is None or each > after][:limit]

    async def enroll(self, enrollment: Enrollment) -> bool:
        """Store it; False when the lead has an active enrollment, or this (lead, cadence, rotation) existed before."""
        if self._leads.get(enrollment.tenant_id, enrollment.lead_id) is None:
            raise NotFoundError(f"no lead {enrollment.lead_id}")
        await self.version(enrollment.cadence, enrollment.version, tenant_id=enrollment.tenant_id)
        for other in self._enrollments.where("lead", enrollment.tenant_id, enrollment.lead_id):
            is_again = (other.cadence, other.rotation) == (enrollment.cadence, enrollment.rotation)
            if is_again or other.state == enrollment.state == "active":
                return False
        if not self._enrollments.insert(enrollment, enrollment.tenant_id, enrollment.id):
            raise ConflictError(f"the enrollment {enrollment.id} exists")
        return True

    async def enrollment(self, enrollment_id: EnrollmentId, *, tenant_id: TenantId) -> Enrollment:
        """Return it. Raises `NotFoundError`."""
        found = self._enrollments.get(tenant_id, enrollment_id)
        if found is None:
            raise NotFoundError(f"no enrollment {enrollment_id}")
        return found

    async def peek_enrollment(self, enrollment_id: EnrollmentId, *, tenant_id: TenantId) -> Enrollment:
        """Return it. Raises `NotFoundError`."""
        return await self.enrollment(enrollment_id, tenant_id=tenant_id)

    async def active_of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Enrollment]:
        """Return the lead's active enrollments."""
        enrollments = self._enrollments.where("lead", tenant_id, lead_id)
        return [each for each in enrollments if each.state == "active"]

    async def enrollments_of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Enrollment]:
        """Return all the lead's enrollments, oldest first."""
        return sorted(self._enrollments.where("lead", tenant_id, lead_id), key=attrgetter("id"))

    async def save(self, enrollment: Enrollment) -> None:
        """Replace it. Raises `NotFoundError`."""
        await self.enrollment(enrollment.id, tenant_id=enrollment.tenant_id)
        self._enrollments.put(enrollment, enrollment.tenant_id, enrollment.id)

    async def add_touch(self, touch: Touch) -> bool:
        """Store it; False when (enrollment, step) has one already."""
        await self.enrollment(touch.enrollment_id, tenant_id=touch.tenant_id)
        siblings = self._touches.where("enrollment", touch.tenant_id, touch.enrollment_id)
        if any(sibling.step == touch.step for sibling in siblings):
            return False
        if not self._touches.insert(touch, touch.tenant_id, touch.id):
            raise ConflictError(f"the touch {touch.id} exists")
        return True

    async def touch(self, touch_id: TouchId, *, tenant_id: TenantId) -> Touch:
        """Return it. Raises `NotFoundError`."""
        found = self._touches.get(tenant_id, touch_id)
        if found is None:
            raise NotFoundError(f"no touch {touch_id}", fix="a lead's timeline names its touches")
        return found

    async def save_touch(self, touch: Touch) -> None:
        """Replace it. Raises `NotFoundError`."""
        await self.touch(touch.id, tenant_id=touch.tenant_id)
        self._touches.put(touch, touch.tenant_id, touch.id)

    async def cancel_touches(
        self, enrollment_id: EnrollmentId, *, tenant_id: TenantId, reason: StopReason
    ) -> list[TouchId]:
        """Cancel the enrollment's due touches; return which."""
        touches = self._touches.where("enrollment", tenant_id, enrollment_id)
        due = [touch for touch in touches if touch.state == "due"]
        for touch in due:
            self._touches.put(replace(touch, state="cancelled", reason=reason), tenant_id, touch.id)
        return [touch.id for touch in due]

    async def touches_of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Touch]:
        """Return the lead's touches, oldest first."""
        return sorted(self._touches.where("lead", tenant_id, lead_id), key=attrgetter("id"))
