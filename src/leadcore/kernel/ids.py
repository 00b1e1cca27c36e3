"""Typed identifiers. All are UUIDs (version 7 in production), unique per tenant."""

from typing import NewType, Protocol
from uuid import UUID

TenantId = NewType("TenantId", UUID)
ConnectionId = NewType("ConnectionId", UUID)
PersonId = NewType("PersonId", UUID)
ContactPointId = NewType("ContactPointId", UUID)
LeadId = NewType("LeadId", UUID)
LeadReferenceId = NewType("LeadReferenceId", UUID)
MergeId = NewType("MergeId", UUID)
ConsentId = NewType("ConsentId", UUID)
EnrollmentId = NewType("EnrollmentId", UUID)
TouchId = NewType("TouchId", UUID)
MessageId = NewType("MessageId", UUID)
AttemptId = NewType("AttemptId", UUID)
DecisionId = NewType("DecisionId", UUID)
ConversationId = NewType("ConversationId", UUID)
EntryId = NewType("EntryId", UUID)
TurnId = NewType("TurnId", UUID)
ServiceId = NewType("ServiceId", UUID)
InboxId = NewType("InboxId", UUID)
RunId = NewType("RunId", UUID)
RolloutId = NewType("RolloutId", UUID)
PictureId = NewType("PictureId", UUID)


class IdFactory(Protocol):
    """Makes ids outside the pure core, so that a seeded run is repeatable."""

    def new(self) -> UUID:
        """Return an id that was never returned before and sorts after the earlier ones."""
        ...
