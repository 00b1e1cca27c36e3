"""Scores, assignments, the rotation, and how leads were answered."""

from datetime import datetime

from sqlalchemy import text

from leadcore.kernel.ids import LeadId, PersonId, TenantId
from leadcore.leads.model import Answering, Appointment, Assignment, Lead, LeadScore, Rotation
from leadcore.leads.values import LeadStatus
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_SCORE = Rows(LeadScore, "lead_score", key=("tenant_id", "lead_id"))
_ASSIGNMENT = Rows(Assignment, "assignment", key=("tenant_id", "lead_id"))
_APPOINTMENT = Rows(Appointment, "appointment", key=("tenant_id", "lead_id"))
_ROTATION = Rows(Rotation, "rotation", key=("tenant_id",))
_LEAD = Rows(Lead, "lead")

_OF_LEADS = "WHERE tenant_id = :tenant_id AND lead_id = ANY(CAST(:lead_ids AS uuid[]))"
_PUT_SCORE = text(f"""
    {_SCORE.insert} ON CONFLICT (tenant_id, lead_id)
    DO UPDATE SET total = excluded.total, reasons = excluded.reasons, scored_at = excluded.scored_at""")
_SCORES = text(f"{_SCORE.select} {_OF_LEADS}")
_BY_SCORE = text(f"""
    SELECT {_LEAD.columns_of("l")} FROM lead l
    LEFT JOIN lead_score s ON s.tenant_id = l.tenant_id AND s.lead_id = l.id
    WHERE l.tenant_id = :tenant_id
    AND CASE WHEN CAST(:status AS text) IS NULL THEN l.status NOT IN ('won', 'lost') ELSE l.status = :status END
    AND (CAST(:before AS uuid) IS NULL OR (coalesce(s.total, -1), l.id) < (
        coalesce((SELECT total FROM lead_score WHERE tenant_id = :tenant_id AND lead_id = :before), -1),
        CAST(:before AS uuid)))
    ORDER BY coalesce(s.total, -1) DESC, l.id DESC LIMIT :limit""")
_ASSIGN = text(f"{_ASSIGNMENT.insert} ON CONFLICT (tenant_id, lead_id) DO NOTHING")
_REASSIGN = text(f"""
    {_ASSIGNMENT.insert} ON CONFLICT (tenant_id, lead_id)
    DO UPDATE SET staff = excluded.staff, how = excluded.how, at = excluded.at, by = excluded.by""")
_ASSIGNMENTS = text(f"{_ASSIGNMENT.select} {_OF_LEADS}")
_NEWEST_ASSIGNMENT = text(f"""
    SELECT {_ASSIGNMENT.columns_of("a")} FROM lead l
    JOIN assignment a ON a.tenant_id = l.tenant_id AND a.lead_id = l.id
    WHERE l.tenant_id = :tenant_id AND l.person_id = :person_id ORDER BY l.id DESC LIMIT 1""")
_PUT_APPOINTMENT = text(f"""
    {_APPOINTMENT.insert} ON CONFLICT (tenant_id, lead_id) DO UPDATE SET starts_at = excluded.starts_at,
    ends_at = excluded.ends_at, service = excluded.service, booked_at = excluded.booked_at,
    booked_by = excluded.booked_by""")
_APPOINTMENT_OF = text(f"{_APPOINTMENT.select} WHERE tenant_id = :tenant_id AND lead_id = :lead_id")
_FIRST_ROTATION = text(f"{_ROTATION.insert} ON CONFLICT DO NOTHING")
_ROTATION_LOCKED = text(f"{_ROTATION.select} WHERE tenant_id = :tenant_id FOR NO KEY UPDATE")
_SAVE_ROTATION = text(_ROTATION.replace)
_OF_PERSON = text(f"{_LEAD.select} WHERE tenant_id = :tenant_id AND person_id = :person_id ORDER BY id DESC")
# One row of arrays: tens of thousands of leads come at once, and a row for each costs more than all the rest.
_ANSWERING = text("""
    SELECT coalesce(array_agg(id), '{}'), array_agg(requested_at), array_agg(first_automated_at),
        array_agg(first_human_at) FROM lead
    WHERE tenant_id = :tenant_id AND requested_at >= :since""")


class PostgresLeadLife:
    """`LeadLifeRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def put_score(self, score: LeadScore) -> None:
        """Create or replace the lead's score."""
        await self._db.run(_PUT_SCORE, **_SCORE.params(score))

    async def scores(self, lead_ids: list[LeadId], *, tenant_id: TenantId) -> list[LeadScore]:
        """Return the scores of those leads that have one, in no order."""
        return _SCORE.items(await self._db.rows(_SCORES, tenant_id=tenant_id, lead_ids=list(lead_ids)))

    async def by_score(
        self, tenant_id: TenantId, *, status: LeadStatus | None, limit: int, before: LeadId | None
    ) -> list[Lead]:
        """Return leads, the highest score first (of equals the newest, unscored ones last), from behind *before*."""
        wanted = None if status is None else status.value
        return _LEAD.items(
            await self._db.rows(_BY_SCORE, tenant_id=tenant_id, status=wanted, before=before, limit=limit)
        )

    async def assign(self, assignment: Assignment) -> bool:
        """Store it unless the lead has an advisor already; return whether it is new."""
        return await self._db.count(_ASSIGN, **_ASSIGNMENT.params(assignment)) == 1

    async def reassign(self, assignment: Assignment) -> None:
        """Store it whoever had the lead."""
        await self._db.run(_REASSIGN, **_ASSIGNMENT.params(assignment))

    async def assignments(self, lead_ids: list[LeadId], *, tenant_id: TenantId) -> list[Assignment]:
        """Return the assignments of those leads that have one, in no order."""
        return _ASSIGNMENT.items(await self._db.rows(_ASSIGNMENTS, tenant_id=tenant_id, lead_ids=list(lead_ids)))

    async def newest_assignment(self, person_id: PersonId, *, tenant_id: TenantId) -> Assignment | None:
        """Return the assignment of the person's newest lead that has one."""
        row = await self._db.row(_NEWEST_ASSIGNMENT, tenant_id=tenant_id, person_id=person_id)
        return None if row is None else _ASSIGNMENT.item(row)

    async def put_appointment(self, appointment: Appointment) -> None:
        """Create or replace the lead's appointment."""
        await self._db.run(_PUT_APPOINTMENT, **_APPOINTMENT.params(appointment))

    async def appointment(self, lead_id: LeadId, *, tenant_id: TenantId) -> Appointment | None:
        """Return the lead's appointment."""
        row = await self._db.row(_APPOINTMENT_OF, tenant_id=tenant_id, lead_id=lead_id)
        return None if row is None else _APPOINTMENT.item(row)

    async def rotation(self, tenant_id: TenantId) -> Rotation:
        """Return whose turn it is, locked until the end of the unit of work."""
        await self._db.run(_FIRST_ROTATION, **_ROTATION.params(Rotation(tenant_id=tenant_id)))
        return _ROTATION.item(await self._db.row(_ROTATION_LOCKED, tenant_id=tenant_id))

    async def save_rotation(self, rotation: Rotation) -> None:
        """Replace it."""
        await self._db.run(_SAVE_ROTATION, **_ROTATION.params(rotation))

    async def of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Lead]:
        """Return the person's leads, open or not, newest first."""
        return _LEAD.items(await self._db.rows(_OF_PERSON, tenant_id=tenant_id, person_id=person_id))

    async def answering(self, tenant_id: TenantId, *, since: datetime) -> list[Answering]:
        """Return how every lead that was asked from *since* on was answered, in no order."""
        [columns] = await self._db.rows(_ANSWERING, tenant_id=tenant_id, since=since)
        return [
            Answering(lead_id=lead_id, requested_at=asked, first_automated_at=automated, first_human_at=human)
            for lead_id, asked, automated, human in zip(*(each or () for each in columns), strict=True)
        ]
