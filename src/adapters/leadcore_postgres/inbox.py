"""The inbox, the counters of refused webhooks and the runs of the backfill."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from leadcore.intake.model import CLOCKS_DIFFER, OURS, BackfillRun, InboxItem, InboxState, PollFinding, RefusedHook
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import InboxId, RunId, TenantId
from leadcore_postgres.entities import PostgresEntities
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_ITEM = Rows(InboxItem, "inbox")
_RUN = Rows(BackfillRun, "backfill_run")

_ADD = text(f"""
    INSERT INTO inbox ({_ITEM.columns})
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:tenant_id AS uuid[]), CAST(:connection_id AS uuid[]),
        CAST(:source AS text[]), CAST(:dedupe_key AS text[]), CAST(:entity_key AS text[]),
        CAST(:occurred_at AS timestamptz[]), CAST(:received_at AS timestamptz[]), CAST(:body AS bytea[]),
        CAST(:state AS text[]), CAST(:tries AS int[]), CAST(:error AS text[]), CAST(:blanked_at AS timestamptz[]),
        CAST(:digest AS bytea[]), CAST(:run_id AS uuid[]))
    ON CONFLICT (tenant_id, connection_id, source, dedupe_key) DO NOTHING RETURNING id""")
_GET = text(f"{_ITEM.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_SETTLE = text("""
    UPDATE inbox SET state = :state, tries = :tries, error = :error WHERE tenant_id = :tenant_id AND id = :id""")
_LISTING = text(f"""
    {_ITEM.select} WHERE tenant_id = :tenant_id AND (CAST(:state AS text) IS NULL OR state = :state)
    AND (CAST(:source AS text) IS NULL OR source = :source)
    AND (CAST(:since AS timestamptz) IS NULL OR received_at >= :since)
    ORDER BY received_at DESC, id DESC LIMIT :limit""")
_RUN_STATES = text("""
    SELECT state, count(*) FROM inbox WHERE tenant_id = :tenant_id AND run_id = :run_id GROUP BY state""")
_RUN_ERRORS = text("""
    SELECT error, count(*) FROM inbox WHERE tenant_id = :tenant_id AND run_id = :run_id
    AND state = :state GROUP BY error""")
_BLANK = text("""
    WITH over AS MATERIALIZED (
        SELECT id FROM inbox WHERE tenant_id = :tenant_id AND blanked_at IS NULL AND state <> 'new'
        AND received_at < greatest(CAST(:settled_before AS timestamptz), CAST(:dead_before AS timestamptz))
        AND received_at < CASE state WHEN 'dead' THEN :dead_before ELSE :settled_before END
        ORDER BY received_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    UPDATE inbox SET digest = sha256(body), body = '', blanked_at = :at
    FROM over WHERE inbox.tenant_id = :tenant_id AND inbox.id = over.id""")
_POLL_FINDINGS = text("""
    SELECT p.entity_key, coalesce(p.occurred_at, p.received_at), p.received_at, told.at
    FROM inbox p CROSS JOIN LATERAL (
        SELECT min(w.received_at) AS at FROM inbox w
        WHERE w.tenant_id = p.tenant_id AND w.entity_key = p.entity_key AND w.connection_id = p.connection_id
        AND NOT w.source = ANY(CAST(:ours AS text[]))
        AND w.received_at >= coalesce(p.occurred_at, p.received_at) - CAST(:clocks AS interval)) told
    WHERE p.tenant_id = :tenant_id AND p.source = 'poll' AND p.received_at >= :since AND p.entity_key IS NOT NULL
    AND (told.at IS NULL OR told.at > p.received_at)
    ORDER BY p.received_at, p.id""")

_COUNT = text("""
    INSERT INTO refused_hook AS r (tenant_id, connection_id, day, reason, count, last_at, detail, fix)
    SELECT * FROM unnest(CAST(:tenant_id AS uuid[]), CAST(:connection_id AS uuid[]), CAST(:day AS date[]),
        CAST(:reason AS text[]), CAST(:count AS bigint[]), CAST(:last_at AS timestamptz[]), CAST(:detail AS text[]),
        CAST(:fix AS text[]))
    ON CONFLICT (tenant_id, connection_id, day, reason) DO UPDATE SET count = r.count + EXCLUDED.count,
        last_at = EXCLUDED.last_at, detail = EXCLUDED.detail, fix = EXCLUDED.fix""")
_REFUSED_SINCE = text("""
    SELECT tenant_id, connection_id, day, reason, count, last_at, detail, fix FROM refused_hook
    WHERE tenant_id = :tenant_id AND last_at >= :at ORDER BY last_at DESC, connection_id DESC, reason DESC""")
_FORGET = text("DELETE FROM refused_hook WHERE tenant_id = :tenant_id AND last_at < :before")
_LAST_ACCEPTED = text("""
    SELECT c.id, newest.received_at FROM connection c CROSS JOIN LATERAL (
        SELECT received_at FROM inbox i WHERE i.tenant_id = c.tenant_id AND i.connection_id = c.id
        AND NOT i.source = ANY(CAST(:ours AS text[])) ORDER BY received_at DESC LIMIT 1) newest
    WHERE c.tenant_id = :tenant_id""")

_BEGIN = text(f"{_RUN.insert} ON CONFLICT (tenant_id) WHERE state <> 'done' DO NOTHING")
_SAVE = text(_RUN.replace)
_UNFINISHED = text(f"{_RUN.select} WHERE tenant_id = :tenant_id AND state <> 'done'")


class PostgresInbox(PostgresEntities):
    """`InboxRepository` of one transaction."""

    async def add(self, items: list[InboxItem]) -> list[InboxItem]:
        """Store what is new by (tenant, connection, source, dedupe key) and return only that."""
        if not items:
            return []
        params: dict[str, Any] = _ITEM.params_by_column(items)
        new = {row[0] for row in await self._db.rows(_ADD, **params)}
        return [item for item in items if item.id in new]

    async def get(self, item_id: InboxId, *, tenant_id: TenantId) -> InboxItem:
        """Return one, locked. Raises `NotFoundError`."""
        row = await self._db.row(_GET, tenant_id=tenant_id, id=item_id)
        if row is None:
            raise NotFoundError(f"no inbox item {item_id}")
        return _ITEM.item(row)

    async def settle(self, item: InboxItem) -> None:
        """Store its state, tries and error. Raises `NotFoundError`."""
        settled = await self._db.count(
            _SETTLE, tenant_id=item.tenant_id, id=item.id, state=item.state, tries=item.tries, error=item.error
        )
        if not settled:
            raise NotFoundError(f"no inbox item {item.id}")

    async def listing(
        self,
        tenant_id: TenantId,
        *,
        state: InboxState | None,
        limit: int,
        source: str | None = None,
        since: datetime | None = None,
    ) -> list[InboxItem]:
        """Return the newest first."""
        return _ITEM.items(
            await self._db.rows(_LISTING, tenant_id=tenant_id, state=state, limit=limit, source=source, since=since)
        )

    async def run_states(self, run_id: RunId, *, tenant_id: TenantId) -> dict[InboxState, int]:
        """Return how many rows of one bulk run are in which state."""
        rows = await self._db.rows(_RUN_STATES, tenant_id=tenant_id, run_id=run_id)
        return {row[0]: row[1] for row in rows}

    async def run_errors(self, run_id: RunId, *, state: InboxState, tenant_id: TenantId) -> dict[str, int]:
        """Return why rows of one bulk run are in *state*, and how many for which reason."""
        rows = await self._db.rows(_RUN_ERRORS, tenant_id=tenant_id, run_id=run_id, state=state)
        return {row[0]: row[1] for row in rows}

    async def blank(
        self, tenant_id: TenantId, *, settled_before: datetime, dead_before: datetime, at: datetime, limit: int
    ) -> int:
        """Drop the bodies of settled rows and return how many."""
        return await self._db.count(
            _BLANK, tenant_id=tenant_id, settled_before=settled_before, dead_before=dead_before, at=at, limit=limit
        )

    async def poll_findings(self, tenant_id: TenantId, *, since: datetime) -> list[PollFinding]:
        """Return what the poll found and no webhook had told in time, oldest first."""
        rows = await self._db.rows(
            _POLL_FINDINGS, tenant_id=tenant_id, since=since, ours=sorted(OURS), clocks=CLOCKS_DIFFER
        )
        return [
            PollFinding(entity_key=entity_key, changed_at=changed_at, found_at=found_at, told_at=told_at)
            for entity_key, changed_at, found_at, told_at in rows
        ]


class PostgresRefusals:
    """`RefusalRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def count(self, refused: list[RefusedHook]) -> None:
        """Add these counts to what is stored."""
        if refused:
            names = RefusedHook.__struct_fields__
            await self._db.run(_COUNT, **{name: [getattr(each, name) for each in refused] for name in names})

    async def since(self, at: datetime, *, tenant_id: TenantId) -> list[RefusedHook]:
        """Return the counters whose last refusal is not older than *at*, the newest first."""
        rows = await self._db.rows(_REFUSED_SINCE, tenant_id=tenant_id, at=at)
        return [RefusedHook(**dict(zip(RefusedHook.__struct_fields__, row, strict=True))) for row in rows]

    async def forget(self, *, tenant_id: TenantId, before: datetime) -> int:
        """Delete counters whose last refusal is older, and return how many."""
        return await self._db.count(_FORGET, tenant_id=tenant_id, before=before)

    async def last_accepted(self, *, tenant_id: TenantId) -> dict[str, datetime]:
        """Return, by connection id, when the last webhook was taken in that a vendor sent."""
        rows = await self._db.rows(_LAST_ACCEPTED, tenant_id=tenant_id, ours=sorted(OURS))
        return {str(row[0]): row[1] for row in rows}


class PostgresBackfills:
    """`BackfillRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def begin(self, run: BackfillRun) -> bool:
        """Store a new run; False when an unfinished one exists."""
        return bool(await self._db.count(_BEGIN, **_RUN.params(run)))

    async def save(self, run: BackfillRun) -> None:
        """Replace it. Raises `NotFoundError`."""
        if not await self._db.count(_SAVE, **_RUN.params(run)):
            raise NotFoundError(f"no backfill {run.id}")

    async def unfinished(self, tenant_id: TenantId) -> BackfillRun | None:
        """Return the run that still has work to do."""
        row = await self._db.row(_UNFINISHED, tenant_id=tenant_id)
        return None if row is None else _RUN.item(row)
