"""Storing people and leads."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from leadcore.kernel.ids import ContactPointId, LeadId, MergeId, PersonId, TenantId
from leadcore.leads.model import (
    Answering,
    Appointment,
    Assignment,
    Lead,
    LeadReference,
    LeadScore,
    Person,
    PersonMerge,
    Rotation,
    RowChange,
)
from leadcore.leads.policies.wishes import Wish
from leadcore.leads.values import LeadStatus
from leadcore.ports.storage import UnitOfWork


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a lead's story: a stored event by its wire tag, with its fields.

    A conversation's entry comes with its `text`, a queued message with its `text` and how it stands now: `state`,
    `state_reason`, `delivery`. `id` is where the next page begins.
    """

    at: datetime
    type: str
    detail: dict[str, object]
    id: int = 0


class LeadRepository(Protocol):
    """People and leads."""

    async def person_of(self, point_ids: list[ContactPointId], *, tenant_id: TenantId) -> Person | None:
        """Return the person any of these contact points belongs to (the oldest, if several), or was merged into."""
        ...

    async def lock_person(self, person_id: PersonId, *, tenant_id: TenantId) -> Person:
        """Return them (or whom they were merged into), locked until the unit of work ends. Raises `NotFoundError`."""
        ...

    async def merged_people(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Person]:
        """Return who was merged into the person, oldest first."""
        ...

    async def points_of(self, person_id: PersonId, *, tenant_id: TenantId) -> list[ContactPointId]:
        """Return every contact point of the person and of those merged into them, in id order."""
        ...

    async def namesakes(self, tenant_id: TenantId, *, limit: int) -> list[list[Person]]:
        """Return groups of people with the same first and last name, without case; at most *limit* groups."""
        ...

    async def person(self, person_id: PersonId, *, tenant_id: TenantId) -> Person:
        """Return one. Raises `NotFoundError`."""
        ...

    async def people(self, person_ids: Collection[PersonId], *, tenant_id: TenantId) -> dict[PersonId, Person]:
        """Return those of them who exist, by id."""
        ...

    async def put_person(self, person: Person) -> Person:
        """Create or update; when another person already owns one of its contact points, return that one instead.

        An owner who was merged is returned as whom they were merged into.
        """
        ...

    async def add(self, lead: Lead) -> Lead | None:
        """Create it with its reference; None when the reference or the open lead's place is taken.

        The reference is (source, external_ref) of the tenant; the place is (person, `vehicle_key`) among open leads.
        Raises `ConflictError` when another lead was joined under the reference.
        """
        ...

    async def get(self, lead_id: LeadId, *, tenant_id: TenantId) -> Lead:
        """Return one. Raises `NotFoundError`."""
        ...

    async def by_external_ref(self, source: str, external_ref: str, *, tenant_id: TenantId) -> Lead | None:
        """Return the lead that a source's reference (a CRM's order, a form's submission) made or joined."""
        ...

    async def add_reference(self, reference: LeadReference) -> bool:
        """Let one more source name the lead; False when the source's reference names a lead already."""
        ...

    async def references(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[LeadReference]:
        """Return what names the lead, in the order it came."""
        ...

    async def of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Lead]:
        """Return all leads of the person, newest first."""
        ...

    async def wishes(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Wish]:
        """Return the person's newest leads (at most 50), each with the instant of its newest event."""
        ...

    async def by_external_refs(self, source: str, external_refs: list[str], *, tenant_id: TenantId) -> dict[str, Lead]:
        """Return the leads behind these CRM orders by the order's id, each as that order names it.

        Orders without a lead are left out.
        """
        ...

    async def open_of_source(self, source: str, *, tenant_id: TenantId, after: LeadId | None, limit: int) -> list[Lead]:
        """Return at most *limit* open leads that *source* names, oldest first, newer than *after*.

        Each stands there as often as the source names it, with that reference as its `external_ref`.
        """
        ...

    async def save(self, lead: Lead) -> None:
        """Replace it; *lead.version* must be one above the stored one, else `ConflictError`."""
        ...

    async def open_of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Lead]:
        """Return the person's open leads, newest first."""
        ...

    async def newest_of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> Lead | None:
        """Return the person's newest lead, open or not."""
        ...

    async def listing(
        self, tenant_id: TenantId, *, status: LeadStatus | None, limit: int, before: LeadId | None
    ) -> list[Lead]:
        """Return leads, newest first, older than *before*."""
        ...

    async def timeline(
        self, lead_id: LeadId, *, tenant_id: TenantId, after: int = 0, limit: int | None = None
    ) -> list[TimelineEntry]:
        """Return the stored events that name the lead, oldest first, from behind the one with the id *after*."""
        ...


class LeadLifeRepository(Protocol):
    """What becomes of leads: their scores, whose they are, how they were answered."""

    async def put_score(self, score: LeadScore) -> None:
        """Create or replace the lead's score."""
        ...

    async def scores(self, lead_ids: list[LeadId], *, tenant_id: TenantId) -> list[LeadScore]:
        """Return the scores of those leads that have one, in no order."""
        ...

    async def by_score(
        self, tenant_id: TenantId, *, status: LeadStatus | None, limit: int, before: LeadId | None
    ) -> list[Lead]:
        """Return leads, the highest score first (of equals the newest, unscored ones last), from behind *before*.

        Without a *status*, open leads only.
        """
        ...

    async def assign(self, assignment: Assignment) -> bool:
        """Store it unless the lead has an advisor already; return whether it is new."""
        ...

    async def reassign(self, assignment: Assignment) -> None:
        """Store it whoever had the lead."""
        ...

    async def assignments(self, lead_ids: list[LeadId], *, tenant_id: TenantId) -> list[Assignment]:
        """Return the assignments of those leads that have one, in no order."""
        ...

    async def newest_assignment(self, person_id: PersonId, *, tenant_id: TenantId) -> Assignment | None:
        """Return the assignment of the person's newest lead that has one."""
        ...

    async def put_appointment(self, appointment: Appointment) -> None:
        """Create or replace the lead's appointment."""
        ...

    async def appointment(self, lead_id: LeadId, *, tenant_id: TenantId) -> Appointment | None:
        """Return the lead's appointment, None when it has none."""
        ...

    async def rotation(self, tenant_id: TenantId) -> Rotation:
        """Return whose turn it is, locked until the end of the unit of work."""
        ...

    async def save_rotation(self, rotation: Rotation) -> None:
        """Replace it."""
        ...

    async def of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Lead]:
        """Return the person's leads, open or not, newest first."""
        ...

    async def answering(self, tenant_id: TenantId, *, since: datetime) -> list[Answering]:
        """Return how every lead that was asked from *since* on was answered, in no order."""
        ...


class MergeRepository(Protocol):
    """Merges of people, and what takes them back."""

    async def add(self, merge: PersonMerge) -> None:
        """Store it."""
        ...

    async def get(self, merge_id: MergeId, *, tenant_id: TenantId) -> PersonMerge:
        """Return one, locked. Raises `NotFoundError`."""
        ...

    async def save(self, merge: PersonMerge) -> None:
        """Replace it. Raises `NotFoundError`."""
        ...

    async def of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[PersonMerge]:
        """Return the merges the person was part of, newest first."""
        ...

    async def standing(self, changes: Sequence[RowChange], *, tenant_id: TenantId) -> list[RowChange]:
        """Return those of *changes* whose row still has every value of `before`, in their order; locks these rows."""
        ...

    async def rewrite(self, changes: Sequence[RowChange], *, tenant_id: TenantId) -> None:
        """Give every row the values of `after`, all at once as far as unique keys are concerned."""
        ...


class LeadWork(UnitOfWork, Protocol):
    """A unit of work that can reach people and leads."""

    @property
    def leads(self) -> LeadRepository:
        """People and leads."""
        ...

    @property
    def life(self) -> LeadLifeRepository:
        """What becomes of leads."""
        ...

    @property
    def merges(self) -> MergeRepository:
        """Merges of people."""
        ...
