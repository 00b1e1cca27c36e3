"""`Store` on PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import cached_property
from importlib import import_module

import msgspec
from sqlalchemy import text

from leadcore.kernel.events import Event
from leadcore.kernel.ids import TenantId
from leadcore.ports.plugin import Finding
from leadcore.ports.storage import Sending
from leadcore_postgres.cadences import PostgresCadences
from leadcore_postgres.catalog import PostgresCatalog
from leadcore_postgres.compliance import PostgresCompliance
from leadcore_postgres.conversations import PostgresConversations
from leadcore_postgres.deployment import PostgresDeployment, PostgresDirectory
from leadcore_postgres.doorbell import PostgresDoorbell
from leadcore_postgres.due import PostgresDueQueue, PostgresDueSlice
from leadcore_postgres.engine import make_engine, normalised, tenant_session
from leadcore_postgres.inbox import PostgresBackfills, PostgresInbox, PostgresRefusals
from leadcore_postgres.inbox_writer import PostgresInboxWriter
from leadcore_postgres.inspection import inspect
from leadcore_postgres.lead_life import PostgresLeadLife
from leadcore_postgres.leads import PostgresLeads
from leadcore_postgres.merges import PostgresMerges
from leadcore_postgres.messages import PostgresMessages
from leadcore_postgres.pictures import PostgresPictures, PostgresShelf
from leadcore_postgres.polls import PostgresPolls
from leadcore_postgres.privacy import PostgresPrivacy
from leadcore_postgres.rollouts import PostgresRollouts
from leadcore_postgres.shared import SharedBegin
from leadcore_postgres.tenants import PostgresTenants
from leadcore_postgres.transaction import Transaction
from leadcore_postgres.write_backs import PostgresWriteBacks

_NOW = text("SELECT leadcore_now()")
_SENDING = text("SELECT held, epoch, gap_until FROM deployment")
_PUBLISH = text("""
    INSERT INTO outbox (tenant_id, at, type, lead_id, body)
    SELECT * FROM unnest(CAST(:tenant_id AS uuid[]), CAST(:at AS timestamptz[]), CAST(:type AS text[]),
        CAST(:lead_id AS uuid[]), CAST(:body AS jsonb[]))""")


class PostgresStore:
    """`Store`. Opens no connection before it is used; `aclose` gives all of them back."""

    def __init__(
        self, url: str, *, application: str = "leadcore", pool_size: int = 10, pool_timeout_s: float = 10.0
    ) -> None:
        self._url = url
        self._engine = make_engine(url, application=application, pool_size=pool_size, pool_timeout_s=pool_timeout_s)
        by_statement = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self.inbox_writer = PostgresInboxWriter(normalised(url), application=application)
        self._sharing = SharedBegin(self._engine)
        self.due = PostgresDueQueue(by_statement)
        self.directory = PostgresDirectory(by_statement)
        self.deployment = PostgresDeployment(by_statement)
        self.shelf = PostgresShelf(self._transaction)
        self.doorbell = PostgresDoorbell(normalised(url), application=f"{application} doorbell")

    def begin(self, tenant_id: TenantId) -> AbstractAsyncContextManager["PostgresWork"]:
        """Open a unit of work bound to *tenant_id*."""
        return self._unit_of_work(tenant_id)

    def shared(self, kind: str) -> "SharedStore":
        """Return the same storage, whose units of work of one *kind* share transactions."""
        return SharedStore(self, self._sharing, kind)

    async def inspect(self, *, environment: str | None = None) -> tuple[Finding, ...]:
        """Check that the database keeps the rules; see `leadcore_postgres.inspection.inspect`."""
        return await inspect(self._url, environment=environment)

    async def migrate(
        self, admin_url: str, *, create_roles: bool, app_password: str, environment: str | None = None
    ) -> object:
        """Bring the database of *admin_url* to the newest revision; see `leadcore_postgres.migration.migrate`."""
        migration = import_module("leadcore_postgres.migration")  # alembic is slow to load, and rarely needed
        return await migration.migrate(
            admin_url, create_roles=create_roles, app_password=app_password, environment=environment
        )

    async def aclose(self) -> None:
        """Close every connection. Idempotent."""
        await self.inbox_writer.aclose()
        await self._sharing.aclose()
        await self.doorbell.aclose()
        await self._engine.dispose()

    @asynccontextmanager
    async def _unit_of_work(self, tenant_id: TenantId) -> AsyncIterator["PostgresWork"]:
        async with self._transaction(tenant_id) as transaction:
            yield PostgresWork(transaction)

    @asynccontextmanager
    async def _transaction(self, tenant_id: TenantId) -> AsyncIterator[Transaction]:
        async with tenant_session(self._engine, tenant_id) as session:
            transaction = Transaction(session, tenant_id=tenant_id)
            try:
                yield transaction
            finally:
                transaction.close()


class SharedStore:
    """A `PostgresStore` whose units of work share transactions with others of their tenant."""

    def __init__(self, store: PostgresStore, sharing: SharedBegin, kind: str) -> None:
        self._store = store
        self._sharing = sharing
        self._kind = kind
        self.inbox_writer = store.inbox_writer
        self.due = store.due
        self.directory = store.directory
        self.deployment = store.deployment
        self.shelf = store.shelf
        self.doorbell = store.doorbell

    def shared(self, kind: str) -> "SharedStore":
        """Return the same for another *kind*."""
        return self._store.shared(kind)

    def begin(self, tenant_id: TenantId) -> AbstractAsyncContextManager["PostgresWork"]:
        """Open a unit of work that goes beside others. Raises `SharedFateError` when one of those failed."""
        return self._unit_of_work(tenant_id)

    @asynccontextmanager
    async def _unit_of_work(self, tenant_id: TenantId) -> AsyncIterator["PostgresWork"]:
        async with self._sharing.transaction(tenant_id, self._kind) as transaction:
            yield PostgresWork(transaction)


class PostgresWork:
    """`Work` in one transaction, which begins with the first statement and is rolled back unless committed."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction
        self._outbox: list[Event] = []
        self._read_at: datetime | None = None
        self._locks_then = 0

    async def now(self) -> datetime:
        """Read the database's clock, with the deployment's offset on it; anew once a contact point is locked."""
        if self._read_at is None or self._locks_then != self._db.locks:
            self._read_at, self._locks_then = (await self._db.only(_NOW))[0], self._db.locks
        return self._read_at

    async def sending(self) -> Sending:
        """Return what binds all sending now."""
        held, epoch, gap_until = await self._db.only(_SENDING)
        return Sending(held=held, epoch=epoch, gap_until=gap_until)

    def publish(self, *events: Event) -> None:
        """Put events into the outbox, to be stored by the same commit."""
        self._outbox.extend(events)

    async def commit(self) -> None:
        """Make everything durable at once. If this raises, assume nothing."""
        if self._outbox:
            await self._db.run(
                _PUBLISH,
                tenant_id=[event.tenant_id for event in self._outbox],
                at=[event.at for event in self._outbox],
                type=[event.name for event in self._outbox],
                lead_id=[getattr(event, "lead_id", None) for event in self._outbox],
                body=[msgspec.json.encode(event).decode() for event in self._outbox],
            )
        if self.due.soonest is not None:
            await self._db.ring(self.due.soonest)
        await self._db.commit()

    @cached_property
    def due(self) -> PostgresDueSlice:
        """Work that becomes due."""
        return PostgresDueSlice(self._db)

    @cached_property
    def tenants(self) -> PostgresTenants:
        """Tenants."""
        return PostgresTenants(self._db)

    @cached_property
    def inbox(self) -> PostgresInbox:
        """The inbox."""
        return PostgresInbox(self._db)

    @cached_property
    def polls(self) -> PostgresPolls:
        """What the poll remembers."""
        return PostgresPolls(self._db)

    @cached_property
    def refusals(self) -> PostgresRefusals:
        """Counters of refused webhooks."""
        return PostgresRefusals(self._db)

    @cached_property
    def backfills(self) -> PostgresBackfills:
        """Runs of the backfill."""
        return PostgresBackfills(self._db)

    @cached_property
    def compliance(self) -> PostgresCompliance:
        """Permissions."""
        return PostgresCompliance(self._db)

    @cached_property
    def catalog(self) -> PostgresCatalog:
        """The catalog."""
        return PostgresCatalog(self._db)

    @cached_property
    def leads(self) -> PostgresLeads:
        """People and leads."""
        return PostgresLeads(self._db)

    @cached_property
    def life(self) -> PostgresLeadLife:
        """What becomes of leads."""
        return PostgresLeadLife(self._db)

    @cached_property
    def merges(self) -> PostgresMerges:
        """Merges of people."""
        return PostgresMerges(self._db)

    @cached_property
    def messages(self) -> PostgresMessages:
        """Messages."""
        return PostgresMessages(self._db)

    @cached_property
    def conversations(self) -> PostgresConversations:
        """Conversations."""
        return PostgresConversations(self._db)

    @cached_property
    def cadences(self) -> PostgresCadences:
        """Cadences."""
        return PostgresCadences(self._db)

    @cached_property
    def rollouts(self) -> PostgresRollouts:
        """Roll-outs."""
        return PostgresRollouts(self._db)

    @cached_property
    def write_backs(self) -> PostgresWriteBacks:
        """Writes to the CRM."""
        return PostgresWriteBacks(self._db)

    @cached_property
    def privacy(self) -> PostgresPrivacy:
        """What is kept of people."""
        return PostgresPrivacy(self._db)

    @cached_property
    def pictures(self) -> PostgresPictures:
        """Pictures."""
        return PostgresPictures(self._db)
