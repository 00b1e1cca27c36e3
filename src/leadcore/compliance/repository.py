"""Storing contact points, the consent ledger and suppressions."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

import msgspec

from leadcore.compliance.model import Consent, ContactPoint, Suppression
from leadcore.compliance.policies.gate import Decision, GateFacts
from leadcore.compliance.values import Channel, Purpose
from leadcore.kernel.contact import ContactKind
from leadcore.kernel.ids import ConsentId, ContactPointId, DecisionId, LeadId, MessageId, TenantId, TouchId
from leadcore.ports.storage import UnitOfWork


class RecordedDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision with everything it was based on, so that it can be replayed and explained.

    `consent_id` is the line of the ledger an automated message rested on (None: it needs none, or there is none).
    """

    id: DecisionId
    tenant_id: TenantId
    facts: GateFacts
    decision: Decision
    at: datetime
    rules_version: str
    touch_id: TouchId | None = None
    message_id: MessageId | None = None
    lead_id: LeadId | None = None
    consent_id: ConsentId | None = None


class ComplianceRepository(Protocol):
    """Permissions of contact points."""

    async def point(self, kind: ContactKind, value: str, *, tenant_id: TenantId) -> ContactPoint | None:
        """Return the contact point with this value, not locked."""
        ...

    async def get_point(self, point_id: ContactPointId, *, tenant_id: TenantId) -> ContactPoint:
        """Return it, not locked. Raises `NotFoundError`."""
        ...

    async def ensure_point(self, point: ContactPoint) -> ContactPoint:
        """Create it unless (tenant, kind, value) exists; return the stored one (its id may differ)."""
        ...

    async def lock_point(self, point_id: ContactPointId, *, tenant_id: TenantId) -> ContactPoint:
        """Lock it until the unit of work ends and return it: the point where STOP and sending take turns.

        Raises `NotFoundError`.
        """
        ...

    async def mark_inbound(self, point_id: ContactPointId, *, tenant_id: TenantId, at: datetime) -> None:
        """Move `last_inbound_at` forward to *at*, never back."""
        ...

    async def add_consent(self, consent: Consent) -> Consent:
        """Append to the tenant's ledger, chained to its newest line; return it as stored."""
        ...

    async def consents(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Consent]:
        """Return the point's consents, oldest first."""
        ...

    async def ledger(self, *, tenant_id: TenantId, after: ConsentId | None = None, limit: int = 1000) -> list[Consent]:
        """Return lines of the tenant's ledger in the order they were written, those behind *after* only."""
        ...

    async def ledger_head(self, *, tenant_id: TenantId) -> bytes:
        """Return the digest of the newest line as it was noted beside the ledger; empty before the first."""
        ...

    async def suppress(self, suppression: Suppression) -> bool:
        """Store it unless an open one for (point, channel) exists; return whether it is new."""
        ...

    async def note_start(
        self, point_id: ContactPointId, *, tenant_id: TenantId, channel: Channel, at: datetime
    ) -> None:
        """Note on the open suppression of the point on the channel, if there is one, that START was said at *at*."""
        ...

    async def lift(self, point_id: ContactPointId, *, tenant_id: TenantId, channel: Channel, at: datetime) -> None:
        """End open suppressions of the point on the channel."""
        ...

    async def suppressions(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Suppression]:
        """Return the point's open suppressions."""
        ...

    async def suppressions_around(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Suppression]:
        """Return the point's open suppressions and, if its person was merged, those of the person's other points."""
        ...

    async def suppression_history(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Suppression]:
        """Return all suppressions of the point, ended ones too, oldest first."""
        ...

    async def sent_since(
        self, point_id: ContactPointId, *, tenant_id: TenantId, channel: Channel, purpose: Purpose, since: datetime
    ) -> int:
        """Count attempts of this purpose that were or may have been accepted since *since*."""
        ...

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
        ...

    async def spent_since(self, tenant_id: TenantId, *, since: datetime, tests: bool = False) -> int:
        """Count the tenant's attempts since *since* that were or may have been accepted: tests, or all others.

        Whoever asks is alone to ask until their unit of work ends, so that a budget is not spent twice.
        """
        ...

    async def note_address(
        self, point_id: ContactPointId, *, tenant_id: TenantId, state: str, postal_code: str
    ) -> None:
        """Keep the address of its holder as evidence of where they are. Raises `NotFoundError`."""
        ...

    async def note_browser(self, point_id: ContactPointId, *, tenant_id: TenantId, zone: str, at: datetime) -> None:
        """Keep the zone of the browser its holder was seen in, and when. Raises `NotFoundError`."""
        ...

    async def note_reach(self, point_id: ContactPointId, *, tenant_id: TenantId, at: datetime | None, why: str) -> None:
        """Keep since when and why nothing arrives there, or (None) that it does. Raises `NotFoundError`."""
        ...

    async def record(self, decisions: list[RecordedDecision]) -> None:
        """Append decisions; they are never changed."""
        ...

    async def decisions_of(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[RecordedDecision]:
        """Return the decisions about a lead's touches and messages, oldest first."""
        ...

    async def decisions_since(
        self, since: datetime, *, tenant_id: TenantId, after: RecordedDecision | None, limit: int
    ) -> list[RecordedDecision]:
        """Return decisions made at *since* or later, oldest first, those that follow *after*."""
        ...

    async def decisions_about(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[RecordedDecision]:
        """Return the decisions about messages to the contact point, oldest first."""
        ...


class ComplianceWork(UnitOfWork, Protocol):
    """A unit of work that can reach permissions."""

    @property
    def compliance(self) -> ComplianceRepository:
        """Permissions."""
        ...
