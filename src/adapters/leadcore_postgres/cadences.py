"""Cadences, enrollments and touches."""

from sqlalchemy import text

from leadcore.cadences.model import CadenceVersion, Enrollment, Touch
from leadcore.cadences.values import StopReason
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import EnrollmentId, LeadId, TenantId, TouchId
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_VERSION = Rows(CadenceVersion, "cadence", key=("tenant_id", "name", "version"))
_ENROLLMENT = Rows(Enrollment, "enrollment")
_TOUCH = Rows(Touch, "touch")

_PUT_VERSION = text(f"{_VERSION.insert} ON CONFLICT DO NOTHING")
_GET_VERSION = text(f"{_VERSION.select} WHERE tenant_id = :tenant_id AND name = :name AND version = :version")
_PUBLISH = text(f"""
    {_VERSION.insert} ON CONFLICT (tenant_id, name, version) DO UPDATE SET published_at = excluded.published_at""")
_PRESENT = text(f"""
    {_VERSION.select} WHERE tenant_id = :tenant_id AND name = :name AND published_at IS NOT NULL
    ORDER BY published_at DESC, version LIMIT 1""")
_PUBLISHED = text(f"""
    {_VERSION.select} WHERE tenant_id = :tenant_id AND published_at IS NOT NULL
    ORDER BY name, published_at DESC, version""")
# Both unique keys count: one active enrollment per lead, and (lead, cadence, rotation) only once.
_ENROLL = text(f"{_ENROLLMENT.insert} ON CONFLICT DO NOTHING")
_PEEK = text(f"{_ENROLLMENT.select} WHERE tenant_id = :tenant_id AND id = :id")
_GET = text(f"{_ENROLLMENT.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_ACTIVE = text(f"""
    {_ENROLLMENT.select} WHERE tenant_id = :tenant_id AND lead_id = :lead_id AND state = 'active'
    ORDER BY id FOR NO KEY UPDATE""")
_ACTIVE_IDS = text("""
    SELECT id FROM enrollment WHERE tenant_id = :tenant_id AND lead_id = :lead_id AND state = 'active' ORDER BY id""")
_ALL_OF_LEAD = text(f"{_ENROLLMENT.select} WHERE tenant_id = :tenant_id AND lead_id = :lead_id ORDER BY id")
_SAVE = text(_ENROLLMENT.replace)

_ADD_TOUCH = text(f"{_TOUCH.insert} ON CONFLICT (tenant_id, enrollment_id, step) DO NOTHING")
_GET_TOUCH = text(f"{_TOUCH.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_SAVE_TOUCH = text(_TOUCH.replace)
_CANCEL_TOUCHES = text("""
    UPDATE touch SET state = 'cancelled', reason = :reason
    WHERE tenant_id = :tenant_id AND enrollment_id = :enrollment_id AND state = 'due' RETURNING id""")
_OF_LEAD = text(f"{_TOUCH.select} WHERE tenant_id = :tenant_id AND lead_id = :lead_id ORDER BY id")
_WAITING = text(f"""
    {_TOUCH.select} WHERE tenant_id = :tenant_id AND state = 'due' ORDER BY due_at, id LIMIT :limit""")

_DUE = text("""
    SELECT id FROM touch WHERE tenant_id = :tenant_id AND state = 'due'
    AND (CAST(:after AS uuid) IS NULL OR id > :after) ORDER BY id LIMIT :limit""")


class PostgresCadences:
    """`CadenceRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def put_version(self, version: CadenceVersion) -> None:
        """Store it unless (tenant, name, version) exists."""
        await self._db.run(_PUT_VERSION, **_VERSION.params(version))

    async def version(self, name: str, version: str, *, tenant_id: TenantId) -> CadenceVersion:
        """Return it. Raises `NotFoundError`."""
        row = await self._db.row(_GET_VERSION, tenant_id=tenant_id, name=name, version=version)
        if row is None:
            raise NotFoundError(f"no version {version} of the cadence {name}")
        return _VERSION.item(row)

    async def publish(self, version: CadenceVersion) -> None:
        """Store it, or move the `published_at` of the one that exists: what was published last is present."""
        await self._db.run(_PUBLISH, **_VERSION.params(version))

    async def present(self, name: str, *, tenant_id: TenantId) -> CadenceVersion | None:
        """Return the version published last under *name*, None when none ever was."""
        row = await self._db.row(_PRESENT, tenant_id=tenant_id, name=name)
        return None if row is None else _VERSION.item(row)

    async def published(self, tenant_id: TenantId) -> list[CadenceVersion]:
        """Return every published version, by name, the last first."""
        return _VERSION.items(await self._db.rows(_PUBLISHED, tenant_id=tenant_id))

    async def waiting(self, tenant_id: TenantId, *, limit: int) -> list[Touch]:
        """Return touches that are not decided yet, the next first, without a lock."""
        return _TOUCH.items(await self._db.rows(_WAITING, tenant_id=tenant_id, limit=limit))

    async def due_touches(self, tenant_id: TenantId, *, after: TouchId | None, limit: int) -> list[TouchId]:
        """Return the ids of touches that are not decided yet, in order of id, those behind *after*; without a lock."""
        return [row[0] for row in await self._db.rows(_DUE, tenant_id=tenant_id, after=after, limit=limit)]

    async def enroll(self, enrollment: Enrollment) -> bool:
        """Store it; False when the lead has an active enrollment, or this (lead, cadence, rotation) existed before."""
        return await self._db.count(_ENROLL, **_ENROLLMENT.params(enrollment)) == 1

    async def enrollment(self, enrollment_id: EnrollmentId, *, tenant_id: TenantId) -> Enrollment:
        """Return it, locked. Raises `NotFoundError`."""
        await self._db.hold("enrollment", enrollment_id)
        row = await self._db.row(_GET, tenant_id=tenant_id, id=enrollment_id)
        if row is None:
            raise NotFoundError(f"no enrollment {enrollment_id}")
        return _ENROLLMENT.item(row)

    async def peek_enrollment(self, enrollment_id: EnrollmentId, *, tenant_id: TenantId) -> Enrollment:
        """Return it without a lock. Raises `NotFoundError`."""
        row = await self._db.row(_PEEK, tenant_id=tenant_id, id=enrollment_id)
        if row is None:
            raise NotFoundError(f"no enrollment {enrollment_id}")
        return _ENROLLMENT.item(row)

    async def active_of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Enrollment]:
        """Return the lead's active enrollments, locked."""
        await self._db.hold_each("enrollment", _ACTIVE_IDS, tenant_id=tenant_id, lead_id=lead_id)
        return _ENROLLMENT.items(await self._db.rows(_ACTIVE, tenant_id=tenant_id, lead_id=lead_id))

    async def enrollments_of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Enrollment]:
        """Return all the lead's enrollments, oldest first, without a lock."""
        return _ENROLLMENT.items(await self._db.rows(_ALL_OF_LEAD, tenant_id=tenant_id, lead_id=lead_id))

    async def save(self, enrollment: Enrollment) -> None:
        """Replace it. Raises `NotFoundError`."""
        if not await self._db.count(_SAVE, **_ENROLLMENT.params(enrollment)):
            raise NotFoundError(f"no enrollment {enrollment.id}")

    async def add_touch(self, touch: Touch) -> bool:
        """Store it; False when (enrollment, step) has one already."""
        return await self._db.count(_ADD_TOUCH, **_TOUCH.params(touch)) == 1

    async def touch(self, touch_id: TouchId, *, tenant_id: TenantId) -> Touch:
        """Return it, locked. Raises `NotFoundError`."""
        await self._db.hold("touch", touch_id)
        row = await self._db.row(_GET_TOUCH, tenant_id=tenant_id, id=touch_id)
        if row is None:
            raise NotFoundError(f"no touch {touch_id}", fix="a lead's timeline names its touches")
        return _TOUCH.item(row)

    async def save_touch(self, touch: Touch) -> None:
        """Replace it. Raises `NotFoundError`."""
        if not await self._db.count(_SAVE_TOUCH, **_TOUCH.params(touch)):
            raise NotFoundError(f"no touch {touch.id}")

    async def cancel_touches(
        self, enrollment_id: EnrollmentId, *, tenant_id: TenantId, reason: StopReason
    ) -> list[TouchId]:
        """Cancel the enrollment's due touches; return which."""
        rows = await self._db.rows(_CANCEL_TOUCHES, tenant_id=tenant_id, enrollment_id=enrollment_id, reason=reason)
        return [row[0] for row in rows]

    async def touches_of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Touch]:
        """Return the lead's touches, oldest first."""
        return _TOUCH.items(await self._db.rows(_OF_LEAD, tenant_id=tenant_id, lead_id=lead_id))
