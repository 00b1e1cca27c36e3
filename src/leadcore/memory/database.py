"""Every table there is, and the changes one unit of work makes to them."""

from collections.abc import Callable
from itertools import count
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from leadcore.cadences.model import CadenceVersion, Enrollment, Rollout, RolloutMove, Touch
from leadcore.catalog.model import CatalogEntry, Service
from leadcore.compliance.model import Consent, ContactPoint, Suppression
from leadcore.compliance.repository import RecordedDecision
from leadcore.conversations.model import Conversation, Entry, Segment, Turn
from leadcore.intake.model import BackfillRun, EntityVersion, InboxItem, PollState, RefusedHook
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.events import Event
from leadcore.kernel.ids import TenantId
from leadcore.leads.model import (
    Appointment,
    Assignment,
    Lead,
    LeadReference,
    LeadScore,
    Person,
    PersonMerge,
    Rotation,
)
from leadcore.memory.due import due_table
from leadcore.memory.tables import Grouping, Key, Table, Unit, View
from leadcore.messaging.model import Attempt, Message, SenderBucket
from leadcore.pictures.model import Picture
from leadcore.ports.inbound import Trouble
from leadcore.ports.messaging import DeliveryStatus
from leadcore.ports.storage import ApiKey, LinkOwner
from leadcore.privacy.model import ErasedContact
from leadcore.tenants.model import Connection, Tenant
from leadcore.write_back.model import WriteBack, WriteBlock

Row = TypeVar("Row")


def _by(*fields: str) -> Grouping:
    """Return what groups rows by tenant and *fields*; a row without a field counts as None there."""
    names = ("tenant_id", *fields)
    read = attrgetter(*names)

    def group(row: object) -> Key:
        try:
            found = read(row)
        except AttributeError:
            return tuple(getattr(row, name, None) for name in names)
        return found if fields else (found,)

    return group


class Database:
    """All rows of all tenants. Unique keys other than a row's own are tables of their own: key -> id."""

    def __init__(self) -> None:
        self.due = due_table()
        self.due_places = count(1)
        # Routing: found before a tenant is known.
        self.slugs: Table[TenantId] = Table()
        self.connections: Table[Connection] = Table({"tenant": _by()})
        self.api_keys: Table[ApiKey] = Table({"tenant": _by()})
        self.tokens: Table[LinkOwner] = Table({"target": _by("target_id")})
        # Everything below is keyed by tenant first.
        self.tenants: Table[Tenant] = Table()
        self.events: Table[Event] = Table({"lead": _by("lead_id")})
        self._add_intake()
        self._add_people()
        self._add_talk()

    def _add_intake(self) -> None:
        self.inbox: Table[InboxItem] = Table({"tenant": _by()})
        self.inbox_keys: Table[UUID] = Table()
        self.polls: Table[PollState] = Table()
        self.entities: Table[EntityVersion] = Table(
            {ref: _by("source", "kind", f"{ref}_ref") for ref in ("order", "customer", "vehicle")}
        )
        self.refusals: Table[RefusedHook] = Table({"tenant": _by()})
        self.backfills: Table[BackfillRun] = Table({"tenant": _by()})
        self.services: Table[Service] = Table({"tenant": _by()})
        self.catalog_entries: Table[CatalogEntry] = Table({"tenant": _by()})

    def _add_people(self) -> None:
        self.points: Table[ContactPoint] = Table({"value": _by("kind", "value")})
        self.consents: Table[Consent] = Table({"point": _by("contact_point_id"), "tenant": _by()})
        self.ledger_heads: Table[bytes] = Table()
        self.suppressions: Table[tuple[Suppression, ...]] = Table()
        self.erased_contacts: Table[ErasedContact] = Table({"tenant": _by()})
        self.decisions: Table[RecordedDecision] = Table(
            {"tenant": _by(), "lead": _by("lead_id"), "message": _by("message_id")}
        )
        self.people: Table[Person] = Table(
            {"tenant": _by(), "phone": _by("phone_id"), "email": _by("email_id"), "merged": _by("merged_into")}
        )
        self.leads: Table[Lead] = Table(
            {"tenant": _by(), "person": _by("person_id"), "ref": _by("source", "external_ref")}
        )
        self.scores: Table[LeadScore] = Table()
        self.assignments: Table[Assignment] = Table()
        self.rotations: Table[Rotation] = Table()
        self.references: Table[LeadReference] = Table({"lead": _by("lead_id"), "ref": _by("source", "external_ref")})
        self.merges: Table[PersonMerge] = Table({"keep": _by("keep_id"), "other": _by("other_id")})

    def _add_talk(self) -> None:
        self.messages: Table[Message] = Table(
            {"lead": _by("lead_id"), "touch": _by("touch_id"), "point": _by("contact_point_id")}
        )
        self.buckets: Table[SenderBucket] = Table()
        self.attempts: Table[Attempt] = Table(
            {"tenant": _by(), "message": _by("message_id"), "provider_id": _by("provider_id"), "text": _by("text_key")}
        )
        self.reports: Table[tuple[tuple[DeliveryStatus, str, Trouble], ...]] = Table()
        self.conversations: Table[Conversation] = Table(
            {"tenant": _by(), "person": _by("person_id"), "merged": _by("merged_into")}
        )
        self.entries: Table[Entry] = Table({"conversation": _by("conversation_id")})
        self.entry_refs: Table[UUID] = Table()
        self.turns: Table[Turn] = Table({"conversation": _by("conversation_id")})
        self.segments: Table[tuple[Segment, ...]] = Table()
        self.cadences: Table[CadenceVersion] = Table({"tenant": _by()})
        self.enrollments: Table[Enrollment] = Table({"lead": _by("lead_id")})
        self.appointments: Table[Appointment] = Table()
        self.rollouts: Table[Rollout] = Table({"tenant": _by()})
        self.rollout_moves: Table[RolloutMove] = Table({"rollout": _by("rollout_id")})
        self.write_blocks: Table[WriteBlock] = Table({"tenant": _by()})
        self.write_backs: Table[WriteBack] = Table({"tenant": _by(), "lead": _by("lead_id")})
        self.pictures: Table[Picture] = Table({"lead": _by("lead_id")})
        self.picture_keys: Table[UUID] = Table()
        self.touches: Table[Touch] = Table(
            {"tenant": _by(), "lead": _by("lead_id"), "enrollment": _by("enrollment_id")}
        )


class Seen(Generic[Row]):
    """An attribute of a repository: its unit of work's view of one table, opened when it is first looked at."""

    def __init__(self, table: Callable[[Database], Table[Row]], *, is_shared: bool) -> None:
        self._table = table
        self._is_shared = is_shared
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Remember what to keep the view as."""
        del owner
        self._name = name

    def __get__(self, repository: Any, owner: type | None = None) -> View[Row]:
        """Open the view and keep it in the attribute's place."""
        del owner
        changes: Changes = repository._changes  # noqa: SLF001 - every repository keeps its unit's changes there
        view = changes.view_of(self._table(changes.database), None if self._is_shared else changes.tenant_id)
        repository.__dict__[self._name] = view  # another repository of the unit may have opened it
        return view


def seen(table: Callable[[Database], Table[Row]]) -> Seen[Row]:
    """Return an attribute that views a table keyed by tenant."""
    return Seen(table, is_shared=False)


def shared(table: Callable[[Database], Table[Row]]) -> Seen[Row]:
    """Return an attribute that views a routing table, which holds rows of all tenants."""
    return Seen(table, is_shared=True)


class Changes(Unit):
    """What one unit of work has changed so far. Nobody else sees it before `commit`."""

    def __init__(self, database: Database, *, tenant_id: TenantId) -> None:
        super().__init__()
        self.database = database
        self.tenant_id = tenant_id
        self._views: dict[int, View[Any]] = {}

    def view(self, table: Table[Row]) -> View[Row]:
        """Return the one view of a table that is keyed by tenant."""
        return self.view_of(table, self.tenant_id)

    def shared_view(self, table: Table[Row]) -> View[Row]:
        """Return the one view of a routing table, which holds rows of all tenants."""
        return self.view_of(table, None)

    def view_of(self, table: Table[Row], tenant_id: TenantId | None) -> View[Row]:
        """Return the one view of a table: of a tenant's rows, or of all (None)."""
        view: View[Row] | None = self._views.get(id(table))
        if view is None:
            view = self._views[id(table)] = View(table, unit=self, tenant_id=tenant_id)
        return view

    def must_exist(self, table: Table[Any], row_id: UUID | None) -> None:
        """Raise `NotFoundError` when a reference leads nowhere (or to another tenant's row); None refers to nothing."""
        if row_id is not None and self.view(table).get(self.tenant_id, row_id) is None:
            raise NotFoundError(f"what this refers to does not exist for this tenant: {row_id}")

    def commit(self) -> None:
        """Apply everything at once. Raises `ConflictError` and applies nothing when a row was changed meanwhile."""
        for view in self.written:
            view.check()
        for view in self.written:
            view.apply()

    def close(self) -> None:
        """Let go of what was not committed: whoever uses a view from now on, uses a unit of work that is over."""
        self.is_over = True
        self.written.clear()
        self._views.clear()  # they point back here: nothing must be left for the collector
