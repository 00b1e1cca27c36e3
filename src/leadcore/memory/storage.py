"""`Store` in memory: the same promises as the PostgreSQL adapter, kept in dictionaries on a virtual clock."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from itertools import count

from leadcore.kernel.clock import Clock
from leadcore.kernel.events import Event
from leadcore.kernel.ids import TenantId
from leadcore.memory.cadences import MemoryCadences
from leadcore.memory.clock import VirtualClock
from leadcore.memory.compliance import MemoryCompliance
from leadcore.memory.conversations import MemoryConversations
from leadcore.memory.database import Changes, Database
from leadcore.memory.deployment import MemoryDeployment, MemoryDirectory, MemoryDoorbell
from leadcore.memory.due import MemoryDueQueue, MemoryDueSlice
from leadcore.memory.inbox import MemoryBackfills, MemoryInbox, MemoryRefusals
from leadcore.memory.inbox_writer import MemoryInboxWriter
from leadcore.memory.lazy import once
from leadcore.memory.lead_life import MemoryLeadLife
from leadcore.memory.leads import MemoryLeads
from leadcore.memory.merges import MemoryMerges
from leadcore.memory.messages import MemoryMessages
from leadcore.memory.pictures import MemoryPictures, MemoryShelf
from leadcore.memory.polls import MemoryPolls
from leadcore.memory.privacy import MemoryPrivacy
from leadcore.memory.rollouts import MemoryRollouts
from leadcore.memory.tenants import MemoryCatalog, MemoryTenants
from leadcore.memory.write_backs import MemoryWriteBacks
from leadcore.ports.storage import DueSlice, Sending

_RING_AHEAD = timedelta(seconds=60)


class MemoryStore:
    """`Store` whose verbs never wait, so that a handler can be driven by `send` alone (see `memory.driver`)."""

    def __init__(self, clock: Clock | None = None, *, environment: str = "test") -> None:
        self.clock: Clock = clock or VirtualClock()
        self.database = Database()
        self.deployment = MemoryDeployment(environment=environment, now=self.now)
        self.doorbell = MemoryDoorbell()
        self.inbox_writer = MemoryInboxWriter(self.begin)
        self.due = MemoryDueQueue(self.database.due, now=self.now)
        self.directory = MemoryDirectory(
            slugs=self.database.slugs,
            connections=self.database.connections,
            api_keys=self.database.api_keys,
            tokens=self.database.tokens,
        )
        self.shelf = MemoryShelf()
        self.event_numbers = count(1)

    def shared(self, kind: str) -> "MemoryStore":
        """Return itself."""
        return self

    @property
    def events(self) -> list[Event]:
        """Every committed event of every tenant, in the order of commits."""
        return list(self.database.events.rows.values())

    def now(self) -> datetime:
        """Read the clock with the deployment's offset on it."""
        offset_s = self.deployment.row.clock_offset_s
        return self.clock.now() + timedelta(seconds=offset_s) if offset_s else self.clock.now()

    def begin(self, tenant_id: TenantId) -> AbstractAsyncContextManager["MemoryWork"]:
        """Open a unit of work bound to *tenant_id*."""
        return self._unit_of_work(tenant_id)

    @asynccontextmanager
    async def _unit_of_work(self, tenant_id: TenantId) -> AsyncIterator["MemoryWork"]:
        work = MemoryWork(self, tenant_id=tenant_id)
        try:
            yield work
        finally:
            work.close()


class MemoryWork:
    """`Work` over one set of changes. Rows that another unit committed meanwhile make `commit` refuse."""

    def __init__(self, store: MemoryStore, *, tenant_id: TenantId) -> None:
        self._store = store
        self._changes: Changes | None = Changes(store.database, tenant_id=tenant_id)
        self._outbox: list[Event] = []

    async def now(self) -> datetime:
        """Read the store's clock."""
        return self._store.now()

    async def sending(self) -> Sending:
        """Return what binds all sending now."""
        row = self._store.deployment.row
        return Sending(held=row.held, epoch=row.epoch, gap_until=row.gap_until)

    def publish(self, *events: Event) -> None:
        """Put events into the outbox, to be stored by the same commit."""
        self._outbox.extend(events)

    async def commit(self) -> None:
        """Make everything visible at once. Raises `ConflictError`, changing nothing, if a row changed meanwhile."""
        changes = self._open
        outbox = changes.view(changes.database.events)
        for event in self._outbox:
            outbox.put(event, event.tenant_id, next(self._store.event_numbers))
        changes.commit()
        if self._due_slice.soonest is not None and self._due_slice.soonest <= self._store.now() + _RING_AHEAD:
            self._store.doorbell.ring()
        self.close()

    def close(self) -> None:
        """Forget what was not committed. Using a closed unit of work raises `RuntimeError`."""
        if self._changes is not None:
            self._changes.close()
        self._changes = None

    @property
    def due(self) -> DueSlice:
        """Work that becomes due."""
        return self._due_slice

    @once
    def tenants(self) -> MemoryTenants:
        """Tenants."""
        return MemoryTenants(self._open)

    @once
    def inbox(self) -> MemoryInbox:
        """The inbox."""
        return MemoryInbox(self._open)

    @once
    def polls(self) -> MemoryPolls:
        """What the poll remembers."""
        return MemoryPolls(self._open)

    @once
    def refusals(self) -> MemoryRefusals:
        """Counters of refused webhooks."""
        return MemoryRefusals(self._open)

    @once
    def backfills(self) -> MemoryBackfills:
        """Runs of the backfill."""
        return MemoryBackfills(self._open)

    @once
    def compliance(self) -> MemoryCompliance:
        """Permissions."""
        return MemoryCompliance(self._open)

    @once
    def catalog(self) -> MemoryCatalog:
        """The catalog."""
        return MemoryCatalog(self._open)

    @once
    def leads(self) -> MemoryLeads:
        """People and leads."""
        return MemoryLeads(self._open)

    @once
    def life(self) -> MemoryLeadLife:
        """What becomes of leads."""
        return MemoryLeadLife(self._open)

    @once
    def merges(self) -> MemoryMerges:
        """Merges of people."""
        return MemoryMerges(self._open)

    @once
    def messages(self) -> MemoryMessages:
        """Messages."""
        return MemoryMessages(self._open)

    @once
    def conversations(self) -> MemoryConversations:
        """Conversations."""
        return MemoryConversations(self._open)

    @once
    def cadences(self) -> MemoryCadences:
        """Cadences."""
        return MemoryCadences(self._open)

    @once
    def rollouts(self) -> MemoryRollouts:
        """Roll-outs."""
        return MemoryRollouts(self._open)

    @once
    def write_backs(self) -> MemoryWriteBacks:
        """Writes to the CRM."""
        return MemoryWriteBacks(self._open)

    @once
    def privacy(self) -> MemoryPrivacy:
        """What is kept of people."""
        return MemoryPrivacy(self._open)

    @once
    def pictures(self) -> MemoryPictures:
        """Pictures."""
        return MemoryPictures(self._open)

    @once
    def _due_slice(self) -> MemoryDueSlice:
        changes = self._open
        view = changes.shared_view(changes.database.due)
        return MemoryDueSlice(view, tenant_id=changes.tenant_id, places=changes.database.due_places)

    @property
    def _open(self) -> Changes:
        if self._changes is None:
            raise RuntimeError("this unit of work is over")
        return self._changes
