"""Contact points, consent, suppression and decisions in memory."""

from collections.abc import Collection
from datetime import datetime
from operator import attrgetter

from msgspec.structs import replace

from leadcore.compliance.model import Consent, ContactPoint, Suppression
from leadcore.compliance.repository import RecordedDecision
from leadcore.compliance.values import Channel, Purpose
from leadcore.kernel.contact import ContactKind
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ConsentId, ContactPointId, LeadId, TenantId
from leadcore.memory.database import Changes, seen
from leadcore.messaging.model import Attempt

_MAY_HAVE_GONE = frozenset({"started", "unknown", "accepted"})


class MemoryCompliance:
    """`ComplianceRepository` of one unit of work. Nothing runs beside it, so locks need no code."""

    _points = seen(lambda tables: tables.points)
    _consents = seen(lambda tables: tables.consents)
    _ledger_heads = seen(lambda tables: tables.ledger_heads)
    _suppressions = seen(lambda tables: tables.suppressions)
    _decisions = seen(lambda tables: tables.decisions)
    _messages = seen(lambda tables: tables.messages)
    _attempts = seen(lambda tables: tables.attempts)
    _people = seen(lambda tables: tables.people)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def point(self, kind: ContactKind, value: str, *, tenant_id: TenantId) -> ContactPoint | None:
        """Return the contact point with this value."""
        return next(iter(self._points.where("value", tenant_id, kind, value)), None)

    async def get_point(self, point_id: ContactPointId, *, tenant_id: TenantId) -> ContactPoint:
        """Return it. Raises `NotFoundError`."""
        return await self.lock_point(point_id, tenant_id=tenant_id)

    async def ensure_point(self, point: ContactPoint) -> ContactPoint:
        """Create it unless (tenant, kind, value) exists; return the stored one."""
        stored = await self.point(point.kind, point.value, tenant_id=point.tenant_id)
        if stored is None:
            self._points.put(point, point.tenant_id, point.id)
        return stored or point

    async def lock_point(self, point_id: ContactPointId, *, tenant_id: TenantId) -> ContactPoint:
        """Return it. Raises `NotFoundError`."""
        found = self._points.get(tenant_id, point_id)
        if found is None:
            raise NotFoundError(f"no contact point {point_id}")
        return found

    async def mark_inbound(self, point_id: ContactPointId, *, tenant_id: TenantId, at: datetime) -> None:
        """Move `last_inbound_at` forward to *at*, never back."""
        point = await self.lock_point(point_id, tenant_id=tenant_id)
        if point.last_inbound_at is None or point.last_inbound_at < at:
            self._points.put(replace(point, last_inbound_at=at), tenant_id, point_id)

    async def add_consent(self, consent: Consent) -> Consent:
        """Append to the tenant's ledger, chained to its newest line; return it as stored."""
        await self.lock_point(consent.contact_point_id, tenant_id=consent.tenant_id)
        chained = consent.chained_to(self._ledger_heads.get(consent.tenant_id) or b"")
        self._consents.put(chained, consent.tenant_id, consent.id)
        self._ledger_heads.put(chained.digest, consent.tenant_id)
        return chained

    async def consents(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Consent]:
        """Return the point's consents, oldest first."""
        return self._consents.where("point", tenant_id, point_id)

    async def ledger(self, *, tenant_id: TenantId, after: ConsentId | None = None, limit: int = 1000) -> list[Consent]:
        """Return lines of the tenant's ledger in the order they were written, those behind *after* only."""
        lines = self._consents.where("tenant", tenant_id)
        start = next((at + 1 for at, line in enumerate(lines) if line.id == after), 0)
        return lines[start : start + limit]

    async def ledger_head(self, *, tenant_id: TenantId) -> bytes:
        """Return the digest of the newest line as it was noted beside the ledger; empty before the first."""
        return self._ledger_heads.get(tenant_id) or b""

    async def suppress(self, suppression: Suppression) -> bool:
        """Store it unless an open one for (point, channel) exists; return whether it is new."""
        point_id, tenant_id = suppression.contact_point_id, suppression.tenant_id
        await self.lock_point(point_id, tenant_id=tenant_id)
        known = self._suppressions.get(tenant_id, point_id) or ()
        if any(each.channel == suppression.channel and each.lifted_at is None for each in known):
            return False
        self._suppressions.put((*known, suppression), tenant_id, point_id)
        return True

    async def note_start(
        self, point_id: ContactPointId, *, tenant_id: TenantId, channel: Channel, at: datetime
    ) -> None:
        """Note on the open suppression of the point on the channel, if there is one, that START was said at *at*."""
        known = self._suppressions.get(tenant_id, point_id)
        if known:
            told = (
                replace(each, restarted_at=at) if each.channel == channel and each.lifted_at is None else each
                for each in known
            )
            self._suppressions.put(tuple(told), tenant_id, point_id)

    async def lift(self, point_id: ContactPointId, *, tenant_id: TenantId, channel: Channel, at: datetime) -> None:
        """End open suppressions of the point on the channel."""
        known = self._suppressions.get(tenant_id, point_id)
        if known:
            ended = (
                replace(each, lifted_at=at) if each.channel == channel and each.lifted_at is None else each
                for each in known
            )
            self._suppressions.put(tuple(ended), tenant_id, point_id)

    async def suppressions(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Suppression]:
        """Return the point's open suppressions, oldest first."""
        known = self._suppressions.get(tenant_id, point_id) or ()
        return sorted((each for each in known if each.lifted_at is None), key=attrgetter("since", "channel"))

    async def suppressions_around(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Suppression]:
        """Return the point's open suppressions and, if its person was merged, those of the person's other points."""
        ids = {point_id}
        for group in ("phone", "email"):
            for owner in self._people.where(group, tenant_id, point_id):
                root = owner.merged_into or owner.id
                merged = self._people.where("merged", tenant_id, root)
                members = [*merged, *filter(None, [self._people.get(tenant_id, root)])] if merged else []
                ids |= {each for who in members for each in (who.phone_id, who.email_id) if each is not None}
        found = [each for one in ids for each in await self.suppressions(one, tenant_id=tenant_id)]
        return sorted(found, key=attrgetter("since", "channel", "contact_point_id"))

    async def suppression_history(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Suppression]:
        """Return all suppressions of the point, ended ones too, oldest first."""
        return sorted(self._suppressions.get(tenant_id, point_id) or (), key=attrgetter("since", "channel"))

    async def sent_since(
        self, point_id: ContactPointId, *, tenant_id: TenantId, channel: Channel, purpose: Purpose, since: datetime
    ) -> int:
        """Count attempts of this purpose that were or may have been accepted since *since*."""
        return sum(
            attempt.state in _MAY_HAVE_GONE and attempt.started_at >= since
            for message in self._messages.where("point", tenant_id, point_id)
            if message.channel == channel and message.purpose == purpose
            for attempt in self._attempts.where("message", tenant_id, message.id)
        )

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
        return sorted(
            attempt.started_at
            for message in self._messages.where("point", tenant_id, point_id)
            if message.channel == channel and message.purpose in purposes
            for attempt in self._attempts.where("message", tenant_id, message.id)
            if attempt.state in _MAY_HAVE_GONE and attempt.started_at >= since
        )

    async def spent_since(self, tenant_id: TenantId, *, since: datetime, tests: bool = False) -> int:
        """Count the tenant's attempts since *since* that were or may have been accepted."""
        attempts = self._attempts.where("tenant", tenant_id)
        return sum(
            attempt.state in _MAY_HAVE_GONE and attempt.started_at >= since and self._is_test(attempt) == tests
            for attempt in attempts
        )

    def _is_test(self, attempt: Attempt) -> bool:
        message = self._messages.get(attempt.tenant_id, attempt.message_id)
        return message is not None and message.purpose == "test"

    async def note_address(
        self, point_id: ContactPointId, *, tenant_id: TenantId, state: str, postal_code: str
    ) -> None:
        """Keep the address of its holder as evidence of where they are. Raises `NotFoundError`."""
        point = await self.lock_point(point_id, tenant_id=tenant_id)
        self._points.put(replace(point, state=state, postal_code=postal_code), tenant_id, point_id)

    async def note_browser(self, point_id: ContactPointId, *, tenant_id: TenantId, zone: str, at: datetime) -> None:
        """Keep the zone of the browser its holder was seen in, and when. Raises `NotFoundError`."""
        point = await self.lock_point(point_id, tenant_id=tenant_id)
        self._points.put(replace(point, browser_zone=zone, browser_zone_at=at), tenant_id, point_id)

    async def note_reach(self, point_id: ContactPointId, *, tenant_id: TenantId, at: datetime | None, why: str) -> None:
        """Keep since when and why nothing arrives there, or that it does. Raises `NotFoundError`."""
        point = await self.lock_point(point_id, tenant_id=tenant_id)
        self._points.put(replace(point, unreachable_at=at, unreachable_why=why), tenant_id, point_id)

    async def record(self, decisions: list[RecordedDecision]) -> None:
        """Append decisions."""
        for decision in decisions:
            self._decisions.put(decision, decision.tenant_id, decision.id)

    async def decisions_of(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[RecordedDecision]:
        """Return the decisions that name the lead, oldest first."""
        return sorted(self._decisions.where("lead", tenant_id, lead_id), key=attrgetter("at", "id"))

    async def decisions_since(
        self, since: datetime, *, tenant_id: TenantId, after: RecordedDecision | None, limit: int
    ) -> list[RecordedDecision]:
        """Return decisions made at *since* or later, oldest first, those that follow *after*."""
        order = attrgetter("at", "id")
        found = sorted(self._decisions.where("tenant", tenant_id), key=order)
        return [each for each in found if each.at >= since and (after is None or order(each) > order(after))][:limit]

    async def decisions_about(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[RecordedDecision]:
        """Return the decisions about messages to the contact point, oldest first."""
        found = (
            each
            for message in self._messages.where("point", tenant_id, point_id)
            for each in self._decisions.where("message", tenant_id, message.id)
        )
        return sorted(found, key=attrgetter("at", "id"))
