"""Contact points, the consent ledger, suppressions and decisions."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from leadcore.compliance.model import Consent, ContactPoint, Suppression
from leadcore.compliance.repository import RecordedDecision
from leadcore.compliance.values import Channel, Purpose
from leadcore.kernel.contact import ContactKind
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ConsentId, ContactPointId, LeadId, TenantId
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_POINT = Rows(ContactPoint, "contact_point")
_CONSENT = Rows(Consent, "consent")
_SUPPRESSION = Rows(Suppression, "suppression")
_DECISION = Rows(RecordedDecision, "decision")

_BY_VALUE = text(f"{_POINT.select} WHERE tenant_id = :tenant_id AND kind = :kind AND value = :value")
_ADD_POINT = text(f"{_POINT.insert} ON CONFLICT (tenant_id, kind, value) DO NOTHING")
_GET_POINT = text(f"{_POINT.select} WHERE tenant_id = :tenant_id AND id = :id")
# NO KEY: rows that refer to the point may still be written meanwhile.
_LOCK_POINT = text(f"{_POINT.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_MARK_INBOUND = text("""
    UPDATE contact_point SET last_inbound_at = greatest(last_inbound_at, :at)
    WHERE tenant_id = :tenant_id AND id = :id""")
# The no-op update locks the tenant's ledger, so that two consents cannot follow the same line.
_LEDGER_HEAD = text("""
    INSERT INTO ledger_head (tenant_id, digest) VALUES (:tenant_id, '')
    ON CONFLICT (tenant_id) DO UPDATE SET digest = ledger_head.digest RETURNING digest""")
_ADD_CONSENT = text(f"""
    WITH head AS (UPDATE ledger_head SET digest = :digest WHERE tenant_id = :tenant_id) {_CONSENT.insert}""")
_CONSENTS = text(f"{_CONSENT.select} WHERE tenant_id = :tenant_id AND contact_point_id = :point_id ORDER BY line")
_SUPPRESS = text(f"""
    {_SUPPRESSION.insert} ON CONFLICT (tenant_id, contact_point_id, channel) WHERE lifted_at IS NULL DO NOTHING""")
_LIFT = text("""
    UPDATE suppression SET lifted_at = :at
    WHERE tenant_id = :tenant_id AND contact_point_id = :point_id AND channel = :channel AND lifted_at IS NULL""")
_NOTE_START = text("""
    UPDATE suppression SET restarted_at = :at
    WHERE tenant_id = :tenant_id AND contact_point_id = :point_id AND channel = :channel AND lifted_at IS NULL""")
_SUPPRESSIONS = text(f"""
    {_SUPPRESSION.select} WHERE tenant_id = :tenant_id AND contact_point_id = :point_id AND lifted_at IS NULL
    ORDER BY since, channel""")
_SUPPRESSIONS_AROUND = text(f"""
    WITH owner AS (
        SELECT coalesce(merged_into, id) AS id FROM person WHERE tenant_id = :tenant_id AND phone_id = :point_id
        UNION SELECT coalesce(merged_into, id) FROM person WHERE tenant_id = :tenant_id AND email_id = :point_id),
    merged AS (
        SELECT owner.id AS owner_id, p.phone_id, p.email_id FROM owner
        JOIN person p ON p.tenant_id = :tenant_id AND p.merged_into = owner.id),
    member AS (
        SELECT phone_id, email_id FROM merged UNION ALL
        SELECT phone_id, email_id FROM person
        WHERE tenant_id = :tenant_id AND id IN (SELECT owner_id FROM merged)),
    point AS (
        SELECT CAST(:point_id AS uuid) AS id
        UNION SELECT phone_id FROM member UNION SELECT email_id FROM member)
    SELECT {_SUPPRESSION.columns_of("s")} FROM point JOIN suppression s ON s.tenant_id = :tenant_id
    AND s.contact_point_id = point.id AND s.lifted_at IS NULL ORDER BY s.since, s.channel, s.contact_point_id""")
# OFFSET 0 makes the planner look attempts up by message, also before it has statistics.
_SENT_SINCE = text("""
    SELECT count(*) FROM message m CROSS JOIN LATERAL (
        SELECT FROM attempt a WHERE a.tenant_id = :tenant_id AND a.message_id = m.id
        AND a.state IN ('started', 'unknown', 'accepted') AND a.started_at >= :since OFFSET 0) sent
    WHERE m.tenant_id = :tenant_id AND m.contact_point_id = :point_id AND m.channel = :channel
    AND m.purpose = :purpose""")
_SENT_AT = text("""
    SELECT sent.started_at FROM message m CROSS JOIN LATERAL (
        SELECT a.started_at FROM attempt a WHERE a.tenant_id = :tenant_id AND a.message_id = m.id
        AND a.state IN ('started', 'unknown', 'accepted') AND a.started_at >= :since OFFSET 0) sent
    WHERE m.tenant_id = :tenant_id AND m.contact_point_id = :point_id AND m.channel = :channel
    AND m.purpose = ANY(CAST(:purposes AS text[])) ORDER BY sent.started_at""")
_LOCK_TENANT = text("SELECT FROM tenant WHERE tenant_id = :tenant_id FOR NO KEY UPDATE")
_SPENT_SINCE = text("""
    SELECT count(*) FROM attempt a WHERE tenant_id = :tenant_id AND started_at >= :since
    AND state IN ('started', 'unknown', 'accepted') AND :tests = EXISTS (SELECT FROM message m
        WHERE m.tenant_id = a.tenant_id AND m.id = a.message_id AND m.purpose = 'test')""")
_NOTE_ADDRESS = text("""
    UPDATE contact_point SET state = :state, postal_code = :postal_code WHERE tenant_id = :tenant_id AND id = :id""")
_NOTE_BROWSER = text("""
    UPDATE contact_point SET browser_zone = :zone, browser_zone_at = :at WHERE tenant_id = :tenant_id AND id = :id""")
_NOTE_REACH = text("""
    UPDATE contact_point SET unreachable_at = :at, unreachable_why = :why WHERE tenant_id = :tenant_id AND id = :id""")
_RECORD = text(f"""
    INSERT INTO decision ({_DECISION.columns})
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:tenant_id AS uuid[]), CAST(:facts AS jsonb[]),
        CAST(:decision AS jsonb[]), CAST(:at AS timestamptz[]), CAST(:rules_version AS text[]),
        CAST(:touch_id AS uuid[]), CAST(:message_id AS uuid[]), CAST(:lead_id AS uuid[]),
        CAST(:consent_id AS uuid[]))""")
_ABOUT = text(f"""
    {_DECISION.select} WHERE tenant_id = :tenant_id AND message_id IN (
        SELECT id FROM message WHERE tenant_id = :tenant_id AND contact_point_id = :point_id) ORDER BY at, id""")
_LEDGER = text(f"""
    {_CONSENT.select} WHERE tenant_id = :tenant_id AND line > coalesce(
        (SELECT line FROM consent WHERE tenant_id = :tenant_id AND id = CAST(:after AS uuid)), 0)
    ORDER BY line LIMIT :limit""")
_NOTED_HEAD = text("SELECT digest FROM ledger_head WHERE tenant_id = :tenant_id")
_HISTORY = text(f"""
    {_SUPPRESSION.select} WHERE tenant_id = :tenant_id AND contact_point_id = :point_id
    ORDER BY since, channel, line""")
_DECISIONS = text(f"{_DECISION.select} WHERE tenant_id = :tenant_id AND lead_id = :lead_id ORDER BY at, id")

_DECISIONS_SINCE = text(f"""
    {_DECISION.select} WHERE tenant_id = :tenant_id AND (at, id) > (CAST(:at AS timestamptz), CAST(:id AS uuid))
    ORDER BY at, id LIMIT :limit""")
_BEFORE_ALL = UUID(int=0)


class PostgresCompliance:
    """`ComplianceRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def point(self, kind: ContactKind, value: str, *, tenant_id: TenantId) -> ContactPoint | None:
        """Return the contact point with this value, not locked."""
        row = await self._db.row(_BY_VALUE, tenant_id=tenant_id, kind=kind, value=value)
        return None if row is None else _POINT.item(row)

    async def get_point(self, point_id: ContactPointId, *, tenant_id: TenantId) -> ContactPoint:
        """Return it, not locked. Raises `NotFoundError`."""
        row = await self._db.row(_GET_POINT, tenant_id=tenant_id, id=point_id)
        if row is None:
            raise NotFoundError(f"no contact point {point_id}")
        return _POINT.item(row)

    async def ensure_point(self, point: ContactPoint) -> ContactPoint:
        """Create it unless (tenant, kind, value) exists; return the stored one."""
        stored = await self.point(point.kind, point.value, tenant_id=point.tenant_id)
        if stored is not None:
            return stored
        if await self._db.count(_ADD_POINT, **_POINT.params(point)):
            return point
        # Somebody else was first, and has committed: the insert waited for that.
        stored = await self.point(point.kind, point.value, tenant_id=point.tenant_id)
        return stored or point

    async def lock_point(self, point_id: ContactPointId, *, tenant_id: TenantId) -> ContactPoint:
        """Lock it until the transaction ends and return it. Raises `NotFoundError`."""
        await self._db.hold("contact_point", point_id)
        row = await self._db.row(_LOCK_POINT, tenant_id=tenant_id, id=point_id)
        self._db.locks += 1
        if row is None:
            raise NotFoundError(f"no contact point {point_id}")
        return _POINT.item(row)

    async def mark_inbound(self, point_id: ContactPointId, *, tenant_id: TenantId, at: datetime) -> None:
        """Move `last_inbound_at` forward to *at*, never back. Raises `NotFoundError`."""
        if not await self._db.count(_MARK_INBOUND, tenant_id=tenant_id, id=point_id, at=at):
            raise NotFoundError(f"no contact point {point_id}")

    async def add_consent(self, consent: Consent) -> Consent:
        """Append to the tenant's ledger, chained to its newest line; return it as stored."""
        await self._db.hold("ledger", consent.tenant_id)
        head = await self._db.row(_LEDGER_HEAD, tenant_id=consent.tenant_id)
        chained = consent.chained_to(head[0])
        await self._db.run(_ADD_CONSENT, **_CONSENT.params(chained))
        return chained

    async def consents(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Consent]:
        """Return the point's consents, oldest first."""
        return _CONSENT.items(await self._db.rows(_CONSENTS, tenant_id=tenant_id, point_id=point_id))

    async def ledger(self, *, tenant_id: TenantId, after: ConsentId | None = None, limit: int = 1000) -> list[Consent]:
        """Return lines of the tenant's ledger in the order they were written, those behind *after* only."""
        return _CONSENT.items(await self._db.rows(_LEDGER, tenant_id=tenant_id, after=after, limit=limit))

    async def ledger_head(self, *, tenant_id: TenantId) -> bytes:
        """Return the digest of the newest line as it was noted beside the ledger; empty before the first."""
        row = await self._db.row(_NOTED_HEAD, tenant_id=tenant_id)
        return b"" if row is None else bytes(row[0])

    async def suppress(self, suppression: Suppression) -> bool:
        """Store it unless an open one for (point, channel) exists; return whether it is new."""
        return await self._db.count(_SUPPRESS, **_SUPPRESSION.params(suppression)) == 1

    async def note_start(
        self, point_id: ContactPointId, *, tenant_id: TenantId, channel: Channel, at: datetime
    ) -> None:
        """Note on the open suppression of the point on the channel, if there is one, that START was said at *at*."""
        await self._db.run(_NOTE_START, tenant_id=tenant_id, point_id=point_id, channel=channel, at=at)

    async def lift(self, point_id: ContactPointId, *, tenant_id: TenantId, channel: Channel, at: datetime) -> None:
        """End open suppressions of the point on the channel."""
        await self._db.run(_LIFT, tenant_id=tenant_id, point_id=point_id, channel=channel, at=at)

    async def suppressions(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Suppression]:
        """Return the point's open suppressions, oldest first."""
        return _SUPPRESSION.items(await self._db.rows(_SUPPRESSIONS, tenant_id=tenant_id, point_id=point_id))

    async def suppressions_around(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Suppression]:
        """Return the point's open suppressions and, if its person was merged, those of the person's other points."""
        rows = await self._db.rows(_SUPPRESSIONS_AROUND, tenant_id=tenant_id, point_id=point_id)
        return _SUPPRESSION.items(rows)

    async def suppression_history(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Suppression]:
        """Return all suppressions of the point, ended ones too, oldest first."""
        return _SUPPRESSION.items(await self._db.rows(_HISTORY, tenant_id=tenant_id, point_id=point_id))

    async def sent_since(
        self, point_id: ContactPointId, *, tenant_id: TenantId, channel: Channel, purpose: Purpose, since: datetime
    ) -> int:
        """Count attempts of this purpose that were or may have been accepted since *since*."""
        row = await self._db.only(
            _SENT_SINCE, tenant_id=tenant_id, point_id=point_id, channel=channel, purpose=purpose, since=since
        )
        return int(row[0])

    async def sent_at(
        self,
        point_id: ContactPointId,
        *,
        tenant_id: TenantId,
        channel: Channel,
        purposes: Collection[Purpose],
        since: datetime,
    ) -> list[datetime]:
        """Return when attempts of these purposes started that were or may have been accepted, oldest first."""
        rows = await self._db.rows(
            _SENT_AT, tenant_id=tenant_id, point_id=point_id, channel=channel, purposes=sorted(purposes), since=since
        )
        return [row[0] for row in rows]

    async def spent_since(self, tenant_id: TenantId, *, since: datetime, tests: bool = False) -> int:
        """Count the tenant's attempts since *since* that were or may have been accepted, holding the tenant's row."""
        await self._db.hold("tenant", tenant_id)
        await self._db.row(_LOCK_TENANT, tenant_id=tenant_id)
        self._db.locks += 1
        row = await self._db.only(_SPENT_SINCE, tenant_id=tenant_id, since=since, tests=tests)
        return int(row[0])

    async def note_address(
        self, point_id: ContactPointId, *, tenant_id: TenantId, state: str, postal_code: str
    ) -> None:
        """Keep the address of its holder as evidence of where they are. Raises `NotFoundError`."""
        changed = await self._db.count(
            _NOTE_ADDRESS, tenant_id=tenant_id, id=point_id, state=state, postal_code=postal_code
        )
        if not changed:
            raise NotFoundError(f"no contact point {point_id}")

    async def note_browser(self, point_id: ContactPointId, *, tenant_id: TenantId, zone: str, at: datetime) -> None:
        """Keep the zone of the browser its holder was seen in, and when. Raises `NotFoundError`."""
        if not await self._db.count(_NOTE_BROWSER, tenant_id=tenant_id, id=point_id, zone=zone, at=at):
            raise NotFoundError(f"no contact point {point_id}")

    async def note_reach(self, point_id: ContactPointId, *, tenant_id: TenantId, at: datetime | None, why: str) -> None:
        """Keep since when and why nothing arrives there, or that it does. Raises `NotFoundError`."""
        if not await self._db.count(_NOTE_REACH, tenant_id=tenant_id, id=point_id, at=at, why=why):
            raise NotFoundError(f"no contact point {point_id}")

    async def record(self, decisions: list[RecordedDecision]) -> None:
        """Append decisions; they are never changed."""
        if decisions:
            await self._db.run(_RECORD, **_DECISION.params_by_column(decisions))

    async def decisions_of(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[RecordedDecision]:
        """Return the decisions that name the lead, oldest first."""
        return _DECISION.items(await self._db.rows(_DECISIONS, tenant_id=tenant_id, lead_id=lead_id))

    async def decisions_since(
        self, since: datetime, *, tenant_id: TenantId, after: RecordedDecision | None, limit: int
    ) -> list[RecordedDecision]:
        """Return decisions made at *since* or later, oldest first, those that follow *after*."""
        at, last = (since, _BEFORE_ALL) if after is None else (after.at, after.id)
        rows = await self._db.rows(_DECISIONS_SINCE, tenant_id=tenant_id, at=at, id=last, limit=limit)
        return _DECISION.items(rows)

    async def decisions_about(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[RecordedDecision]:
        """Return the decisions about messages to the contact point, oldest first."""
        return _DECISION.items(await self._db.rows(_ABOUT, tenant_id=tenant_id, point_id=point_id))
