"""Due work: claimed over all tenants, armed and finished inside a tenant's transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from leadcore.kernel.errors import ConflictError, NotFoundError, StaleClaimError
from leadcore.kernel.ids import TenantId
from leadcore.ports.storage import DueItem, WorkKind
from leadcore_postgres.transaction import Transaction, translated

# Candidates per claim and kind, so that a tenant with a backlog leaves room for others among the oldest.
_WINDOW_FACTOR = 4
# Whoever waits for an earlier item of its lane looks again after as many seconds as there are items before it, at most
# this many; whoever finishes an item wakes the next one at once. So a lane of thousands does not hide other work.
_LANE_LOOK = 30
_COLUMNS = "d.tenant_id, d.kind, d.item_id, d.due_at, d.generation, d.tries"

# MATERIALIZED: as a plain subquery the planner may lock and skip rows again and again (reliability.md, finding 3).
# The clock is read once, in a scalar subquery, so that the index on (kind, visible_at) bounds the scan.
CLAIM = text(f"""
    WITH present AS MATERIALIZED (SELECT leadcore_now() AS at),
    candidate AS MATERIALIZED (
        SELECT c.* FROM unnest(CAST(:kinds AS text[])) AS wanted (kind) CROSS JOIN LATERAL (
            SELECT kind, item_id, tenant_id, due_at, lane, place, generation FROM due
            WHERE due.kind = wanted.kind AND visible_at <= (SELECT at FROM present)
            ORDER BY visible_at LIMIT :window FOR UPDATE SKIP LOCKED) c),
    standing AS MATERIALIZED (
        SELECT c.*, CASE WHEN c.lane IS NULL OR c.generation <> 0 THEN 0 ELSE
            (SELECT count(*) FROM (SELECT FROM due o WHERE o.tenant_id = c.tenant_id AND o.lane = c.lane
                AND o.place < c.place AND (o.tries > 0 OR o.due_at <= (SELECT at FROM present))
                LIMIT {_LANE_LOOK}) earlier)
            + (SELECT count(*) FROM (SELECT FROM due o WHERE o.tenant_id = c.tenant_id AND o.lane = c.lane
                AND o.generation <> 0 LIMIT 1) held) END AS ahead
        FROM candidate c),
    behind AS MATERIALIZED (SELECT kind, item_id, ahead FROM standing WHERE ahead > 0 LIMIT :limit),
    waiting AS (
        UPDATE due d SET visible_at = (SELECT at FROM present) + make_interval(secs => behind.ahead)
        FROM behind WHERE d.kind = behind.kind AND d.item_id = behind.item_id),
    ranked AS (
        SELECT kind, item_id, due_at, row_number() OVER (PARTITION BY tenant_id ORDER BY due_at, item_id) AS turn
        FROM standing WHERE ahead = 0),
    chosen AS MATERIALIZED (SELECT kind, item_id FROM ranked ORDER BY turn, due_at LIMIT :limit)
    UPDATE due d SET generation = nextval('due_generation'), tries = d.tries + 1,
        visible_at = (SELECT at FROM present) + make_interval(secs => :lease_s)
    FROM chosen WHERE d.kind = chosen.kind AND d.item_id = chosen.item_id RETURNING {_COLUMNS}""")
_NEXT = text("""
    SELECT extract(epoch FROM min(soonest.visible_at) - leadcore_now())
    FROM unnest(CAST(:kinds AS text[])) AS wanted (kind) CROSS JOIN LATERAL (
        SELECT visible_at FROM due WHERE due.kind = wanted.kind ORDER BY visible_at LIMIT 1) soonest""")
_GIVE_BACK = text("""
    UPDATE due d SET visible_at = d.due_at, generation = 0, tries = d.tries - 1
    FROM unnest(CAST(:kinds AS text[]), CAST(:item_ids AS uuid[]), CAST(:generations AS bigint[]))
        AS held (kind, item_id, generation)
    WHERE d.kind = held.kind AND d.item_id = held.item_id AND d.generation = held.generation""")

_ARM = text("""
    INSERT INTO due (kind, item_id, tenant_id, due_at, visible_at, lane)
    SELECT CAST(:kind AS text), i.id, CAST(:tenant_id AS uuid), CAST(:at AS timestamptz), CAST(:at AS timestamptz),
        i.lane
    FROM unnest(CAST(:item_ids AS uuid[]), CAST(:lanes AS uuid[])) WITH ORDINALITY AS i (id, lane, n) ORDER BY i.n
    ON CONFLICT (kind, item_id) DO UPDATE SET due_at = EXCLUDED.due_at, visible_at = EXCLUDED.visible_at,
        lane = EXCLUDED.lane, generation = 0, tries = 0
    WHERE due.tenant_id = EXCLUDED.tenant_id""")
_HELD = "tenant_id = :tenant_id AND kind = :kind AND item_id = :item_id AND generation = :generation"
_FINISH = text(f"""
    WITH gone AS (DELETE FROM due WHERE {_HELD} RETURNING tenant_id, lane),
    next AS (
        SELECT o.kind, o.item_id FROM gone CROSS JOIN LATERAL (
            SELECT kind, item_id FROM due WHERE due.tenant_id = gone.tenant_id AND due.lane = gone.lane
            AND NOT (due.kind = :kind AND due.item_id = :item_id)
            AND (due.tries > 0 OR due.due_at <= (SELECT leadcore_now())) ORDER BY place LIMIT 1) o),
    woken AS (
        UPDATE due d SET visible_at = d.due_at FROM next
        WHERE d.kind = next.kind AND d.item_id = next.item_id AND d.generation = 0 RETURNING d.due_at)
    SELECT (SELECT count(*) FROM gone), (SELECT min(due_at) FROM woken)""")
_POSTPONE = text(f"UPDATE due SET due_at = :at, visible_at = :at, generation = 0 WHERE {_HELD}")
_CANCEL = text("""
    DELETE FROM due WHERE kind = :kind AND item_id = ANY(CAST(:item_ids AS uuid[])) AND tenant_id = :tenant_id""")


class PostgresDueQueue:
    """`DueQueue`: one statement per call, each its own transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def claim(self, kinds: tuple[WorkKind, ...], *, limit: int, lease_s: float, worker: str) -> list[DueItem]:
        """Lease up to *limit* due items, oldest first, taking turns between tenants."""
        params = {"kinds": list(kinds), "limit": limit, "window": limit * _WINDOW_FACTOR, "lease_s": lease_s}
        try:
            with translated():
                async with self._engine.connect() as connection:
                    rows = (await connection.execute(CLAIM, params)).all()
        except ConflictError:  # two claims met in one lane, of which one item may be in work: the other one has it
            return []
        items = [
            DueItem(tenant_id=tenant_id, kind=kind, item_id=item_id, due_at=due_at, generation=generation, tries=tries)
            for tenant_id, kind, item_id, due_at, generation, tries in rows
        ]
        return sorted(items, key=lambda item: (item.due_at, item.item_id))

    async def next_due(self, kinds: tuple[WorkKind, ...]) -> float | None:
        """Return the seconds until the next item is due (0 when one is due now), None when nothing waits."""
        async with self._engine.connect() as connection:
            seconds = (await connection.execute(_NEXT, {"kinds": list(kinds)})).scalar_one()
        return None if seconds is None else max(0.0, float(seconds))

    async def give_back(self, items: list[DueItem]) -> None:
        """Make claimed items due again at once, as if they had not been tried. Stale claims are left alone."""
        params = {
            "kinds": [item.kind for item in items],
            "item_ids": [item.item_id for item in items],
            "generations": [item.generation for item in items],
        }
        async with self._engine.connect() as connection:
            await connection.execute(_GIVE_BACK, params)


class PostgresDueSlice:
    """`DueSlice` of one transaction. `soonest` is the earliest instant it armed something for."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction
        self.soonest: datetime | None = None

    async def arm(
        self, kind: WorkKind, item_id: UUID, *, tenant_id: TenantId, at: datetime, lane: UUID | None = None
    ) -> None:
        """Make the item due at *at*; tries start again."""
        await self.arm_all(kind, [(item_id, lane)], tenant_id=tenant_id, at=at)

    async def arm_all(
        self, kind: WorkKind, items: Sequence[tuple[UUID, UUID | None]], *, tenant_id: TenantId, at: datetime
    ) -> None:
        """Arm many at once, in this order."""
        # The queue stands outside row level security, so the tenant is checked here.
        if tenant_id != self._db.tenant_id:
            raise NotFoundError("the unit of work is bound to another tenant")
        if not items:
            return
        ids, lanes = [item_id for item_id, _ in items], [lane for _, lane in items]
        await self._db.run(_ARM, kind=kind, item_ids=ids, lanes=lanes, tenant_id=tenant_id, at=at)
        self._rings_at(at)

    async def finish(self, item: DueItem) -> None:
        """Take the claimed item off the queue for good. Raises `StaleClaimError`."""
        finished, woken_at = await self._db.only(
            _FINISH, tenant_id=self._db.tenant_id, kind=item.kind, item_id=item.item_id, generation=item.generation
        )
        if not finished:
            raise StaleClaimError(f"the claim on {item.kind} {item.item_id} was lost")
        if woken_at is not None:
            self._rings_at(woken_at)

    async def postpone(self, item: DueItem, *, at: datetime) -> None:
        """Make the claimed item due again at *at*, keeping its count of tries. Raises `StaleClaimError`."""
        postponed = await self._db.count(
            _POSTPONE,
            tenant_id=self._db.tenant_id,
            kind=item.kind,
            item_id=item.item_id,
            generation=item.generation,
            at=at,
        )
        if not postponed:
            raise StaleClaimError(f"the claim on {item.kind} {item.item_id} was lost")
        self._rings_at(at)

    async def cancel(self, kind: WorkKind, item_ids: list[UUID], *, tenant_id: TenantId) -> None:
        """Take items off the queue whoever holds them."""
        if item_ids and tenant_id == self._db.tenant_id:
            await self._db.run(_CANCEL, kind=kind, item_ids=list(item_ids), tenant_id=tenant_id)

    def _rings_at(self, at: datetime) -> None:
        self.soonest = at if self.soonest is None else min(self.soonest, at)
