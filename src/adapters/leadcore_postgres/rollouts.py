"""Roll-outs of cadence versions."""

from datetime import datetime

from sqlalchemy import text

from leadcore.cadences.model import Enrollment, Rollout, RolloutMove, Touch, VersionFigures
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import EnrollmentId, RolloutId, TenantId
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_ROLLOUT = Rows(Rollout, "rollout")
_MOVE = Rows(RolloutMove, "rollout_move", key=("tenant_id", "rollout_id", "enrollment_id"))
_ENROLLMENT = Rows(Enrollment, "enrollment")
_TOUCH = Rows(Touch, "touch")

_ADD = text(_ROLLOUT.insert)
_GET = text(f"{_ROLLOUT.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_SAVE = text(_ROLLOUT.replace)
_OPEN = text(f"""
    {_ROLLOUT.select} WHERE tenant_id = :tenant_id AND cadence = :cadence
    AND state IN ('waiting', 'canary', 'promoted')""")
_LISTING = text(f"""
    {_ROLLOUT.select} WHERE tenant_id = :tenant_id AND (:cadence = '' OR cadence = :cadence)
    ORDER BY started_at DESC, id DESC LIMIT :limit""")
_IN_FLIGHT = text(f"""
    SELECT {_ENROLLMENT.columns_of("e")}, {_TOUCH.columns_of("t")} FROM enrollment e
    JOIN touch t ON t.tenant_id = e.tenant_id AND t.enrollment_id = e.id AND t.state = 'due'
    WHERE e.tenant_id = :tenant_id AND e.cadence = :cadence AND e.state = 'active'
    AND (CAST(:after AS uuid) IS NULL OR e.id > CAST(:after AS uuid))
    AND (CAST(:version AS text) = '' OR e.version = :version) AND (CAST(:off AS text) = '' OR e.version <> :off)
    AND (cardinality(CAST(:steps AS text[])) = 0 OR t.step = ANY(CAST(:steps AS text[])))
    ORDER BY e.id LIMIT :limit""")
_ADD_MOVE = text(f"""
    {_MOVE.insert} ON CONFLICT (tenant_id, rollout_id, enrollment_id) DO UPDATE SET
    from_version = excluded.from_version, from_step = excluded.from_step, from_due_at = excluded.from_due_at,
    from_not_after = excluded.from_not_after, to_step = excluded.to_step, to_due_at = excluded.to_due_at,
    moved_at = excluded.moved_at, undone_at = excluded.undone_at WHERE rollout_move.undone_at IS NOT NULL""")
_SAVE_MOVE = text(_MOVE.replace)
_MOVE_OF = text(f"""
    {_MOVE.select} WHERE tenant_id = :tenant_id AND rollout_id = :rollout_id AND enrollment_id = :enrollment_id""")
_MOVED = text("""
    SELECT count(*), count(undone_at) FROM rollout_move WHERE tenant_id = :tenant_id AND rollout_id = :rollout_id""")
_FIGURES = text("""
    WITH told AS (
        SELECT t.enrollment_id, COALESCE(NULLIF(t.version, ''), e.version) AS version, count(*) AS messages,
            count(*) FILTER (WHERE m.state = 'failed' OR m.delivery IN ('undelivered', 'failed')) AS failures,
            bool_or(e.ended_by = 'opted_out' AND e.version = COALESCE(NULLIF(t.version, ''), e.version)) AS opted_out
        FROM enrollment e
        JOIN touch t ON t.tenant_id = e.tenant_id AND t.enrollment_id = e.id
        JOIN message m ON m.tenant_id = t.tenant_id AND m.touch_id = t.id
        WHERE e.tenant_id = :tenant_id AND e.cadence = :cadence AND (e.ended_at IS NULL OR e.ended_at >= :since)
        AND t.decided_at >= :since AND m.state IN ('accepted', 'unknown', 'failed')
        GROUP BY t.enrollment_id, COALESCE(NULLIF(t.version, ''), e.version))
    SELECT version, count(*), CAST(sum(messages) AS bigint), CAST(sum(failures) AS bigint),
        count(*) FILTER (WHERE opted_out)
    FROM told GROUP BY version ORDER BY version""")


class PostgresRollouts:
    """`RolloutRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def add(self, rollout: Rollout) -> None:
        """Store it. Raises `ConflictError` when another one of the cadence waits, is tried or is promoted."""
        await self._db.run(_ADD, **_ROLLOUT.params(rollout))

    async def get(self, rollout_id: RolloutId, *, tenant_id: TenantId) -> Rollout:
        """Return it, locked. Raises `NotFoundError`."""
        row = await self._db.row(_GET, tenant_id=tenant_id, id=rollout_id)
        if row is None:
            raise NotFoundError(f"no roll-out {rollout_id}")
        return _ROLLOUT.item(row)

    async def save(self, rollout: Rollout) -> None:
        """Replace it. Raises `NotFoundError`."""
        if not await self._db.count(_SAVE, **_ROLLOUT.params(rollout)):
            raise NotFoundError(f"no roll-out {rollout.id}")

    async def open_of(self, cadence: str, *, tenant_id: TenantId) -> Rollout | None:
        """Return the one that waits, is tried or is promoted, without a lock; None when there is none."""
        row = await self._db.row(_OPEN, tenant_id=tenant_id, cadence=cadence)
        return None if row is None else _ROLLOUT.item(row)

    async def listing(self, tenant_id: TenantId, *, cadence: str = "", limit: int = 50) -> list[Rollout]:
        """Return them, of one cadence or of all, the newest first, without a lock."""
        return _ROLLOUT.items(await self._db.rows(_LISTING, tenant_id=tenant_id, cadence=cadence, limit=limit))

    async def in_flight(
        self,
        cadence: str,
        *,
        tenant_id: TenantId,
        limit: int,
        after: EnrollmentId | None = None,
        on: str = "",
        off: str = "",
        steps: tuple[str, ...] = (),
    ) -> list[tuple[Enrollment, Touch]]:
        """Return active enrollments with the touch that they wait for, by id, without a lock."""
        rows = await self._db.rows(
            _IN_FLIGHT, tenant_id=tenant_id, cadence=cadence, limit=limit, after=after, version=on, off=off,
            steps=list(steps),
        )  # fmt: skip
        width = len(_ENROLLMENT.fields)
        return [(_ENROLLMENT.item(tuple(row)[:width]), _TOUCH.item(tuple(row)[width:])) for row in rows]

    async def add_move(self, move: RolloutMove) -> None:
        """Store it; one that was undone is replaced. Raises `ConflictError` when the enrollment is moved already."""
        if not await self._db.count(_ADD_MOVE, **_MOVE.params(move)):
            raise ConflictError(f"the enrollment {move.enrollment_id} is moved already")

    async def save_move(self, move: RolloutMove) -> None:
        """Replace it. Raises `NotFoundError`."""
        if not await self._db.count(_SAVE_MOVE, **_MOVE.params(move)):
            raise NotFoundError(f"no move of the enrollment {move.enrollment_id}")

    async def move_of(
        self, rollout_id: RolloutId, enrollment_id: EnrollmentId, *, tenant_id: TenantId
    ) -> RolloutMove | None:
        """Return how the roll-out moved the enrollment, None when it did not."""
        row = await self._db.row(_MOVE_OF, tenant_id=tenant_id, rollout_id=rollout_id, enrollment_id=enrollment_id)
        return None if row is None else _MOVE.item(row)

    async def moved(self, rollout_id: RolloutId, *, tenant_id: TenantId) -> tuple[int, int]:
        """Return how many enrollments were ever moved, and how many of those moves were undone."""
        ever, undone = await self._db.row(_MOVED, tenant_id=tenant_id, rollout_id=rollout_id)
        return ever, undone

    async def figures(self, cadence: str, *, tenant_id: TenantId, since: datetime) -> list[VersionFigures]:
        """Return what came of each version's touches that were decided since then, by version."""
        rows = await self._db.rows(_FIGURES, tenant_id=tenant_id, cadence=cadence, since=since)
        return [
            VersionFigures(version=version, leads=leads, messages=messages, failures=failures, opt_outs=opt_outs)
            for version, leads, messages, failures, opt_outs in rows
        ]
