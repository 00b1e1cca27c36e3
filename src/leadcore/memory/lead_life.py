"""Scores, assignments, the rotation and how leads were answered, in memory."""

from datetime import datetime
from operator import attrgetter

from leadcore.kernel.ids import LeadId, PersonId, TenantId
from leadcore.leads.model import Answering, Appointment, Assignment, Lead, LeadScore, Rotation
from leadcore.leads.values import LeadStatus
from leadcore.memory.database import Changes, seen

_BY_ID = attrgetter("id")


class MemoryLeadLife:
    """`LeadLifeRepository` of one unit of work."""

    _leads = seen(lambda tables: tables.leads)
    _scores = seen(lambda tables: tables.scores)
    _assignments = seen(lambda tables: tables.assignments)
    _appointments = seen(lambda tables: tables.appointments)
    _rotations = seen(lambda tables: tables.rotations)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def put_score(self, score: LeadScore) -> None:
        """Create or replace the lead's score."""
        self._changes.must_exist(self._changes.database.leads, score.lead_id)
        self._scores.put(score, score.tenant_id, score.lead_id)

    async def scores(self, lead_ids: list[LeadId], *, tenant_id: TenantId) -> list[LeadScore]:
        """Return the scores of those leads that have one, in no order."""
        found = (self._scores.get(tenant_id, lead_id) for lead_id in lead_ids)
        return [each for each in found if each is not None]

    async def by_score(
        self, tenant_id: TenantId, *, status: LeadStatus | None, limit: int, before: LeadId | None
    ) -> list[Lead]:
        """Return leads, the highest score first (of equals the newest, unscored ones last), from behind *before*."""
        behind = self._rank(before, tenant_id) if before is not None else None
        leads = [
            lead
            for lead in self._leads.where("tenant", tenant_id)
            if (lead.is_open if status is None else lead.status is status)
            and (behind is None or self._rank(lead.id, tenant_id) < behind)
        ]
        return sorted(leads, key=lambda lead: self._rank(lead.id, tenant_id), reverse=True)[:limit]

    async def assign(self, assignment: Assignment) -> bool:
        """Store it unless the lead has an advisor already; return whether it is new."""
        self._changes.must_exist(self._changes.database.leads, assignment.lead_id)
        return self._assignments.insert(assignment, assignment.tenant_id, assignment.lead_id)

    async def reassign(self, assignment: Assignment) -> None:
        """Store it whoever had the lead."""
        self._changes.must_exist(self._changes.database.leads, assignment.lead_id)
        self._assignments.put(assignment, assignment.tenant_id, assignment.lead_id)

    async def assignments(self, lead_ids: list[LeadId], *, tenant_id: TenantId) -> list[Assignment]:
        """Return the assignments of those leads that have one, in no order."""
        found = (self._assignments.get(tenant_id, lead_id) for lead_id in lead_ids)
        return [each for each in found if each is not None]

    async def newest_assignment(self, person_id: PersonId, *, tenant_id: TenantId) -> Assignment | None:
        """Return the assignment of the person's newest lead that has one."""
        leads = await self.of_person(person_id, tenant_id=tenant_id)
        found = (self._assignments.get(tenant_id, lead.id) for lead in leads)
        return next((each for each in found if each is not None), None)

    async def put_appointment(self, appointment: Appointment) -> None:
        """Create or replace the lead's appointment."""
        self._changes.must_exist(self._changes.database.leads, appointment.lead_id)
        self._appointments.put(appointment, appointment.tenant_id, appointment.lead_id)

    async def appointment(self, lead_id: LeadId, *, tenant_id: TenantId) -> Appointment | None:
        """Return the lead's appointment."""
        return self._appointments.get(tenant_id, lead_id)

    async def rotation(self, tenant_id: TenantId) -> Rotation:
        """Return whose turn it is; of two units of work that read it, the later one is refused at its commit."""
        found = self._rotations.get(tenant_id) or Rotation(tenant_id=tenant_id)
        self._rotations.put(found, tenant_id)  # read to be changed: what it rests on is remembered from here on
        return found

    async def save_rotation(self, rotation: Rotation) -> None:
        """Replace it."""
        self._rotations.put(rotation, rotation.tenant_id)

    async def of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Lead]:
        """Return the person's leads, open or not, newest first."""
        return sorted(self._leads.where("person", tenant_id, person_id), key=_BY_ID, reverse=True)

    async def answering(self, tenant_id: TenantId, *, since: datetime) -> list[Answering]:
        """Return how every lead that was asked from *since* on was answered, in no order."""
        return [
            Answering(
                lead_id=lead.id,
                requested_at=lead.requested_at,
                first_automated_at=lead.first_automated_at,
                first_human_at=lead.first_human_at,
            )
            for lead in self._leads.where("tenant", tenant_id)
            if lead.requested_at >= since
        ]

    def _rank(self, lead_id: LeadId, tenant_id: TenantId) -> tuple[int, LeadId]:
        found = self._scores.get(tenant_id, lead_id)
        return (-1 if found is None else found.total), lead_id
