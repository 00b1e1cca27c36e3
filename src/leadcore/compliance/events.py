"""What happened to a person's permissions."""

from leadcore.compliance.values import Channel
from leadcore.kernel.events import Event
from leadcore.kernel.ids import ConsentId, ContactPointId, LeadId


class ConsentRecorded(Event, frozen=True, kw_only=True, tag="consent.recorded"):
    """A customer agreed to be contacted."""

    contact_point_id: ContactPointId
    channel: Channel
    lead_id: LeadId | None = None


class ContactReopened(Event, frozen=True, kw_only=True, tag="contact.reopened"):
    """A customer who had revoked said START and agreed anew; only what the new consent covers is open."""

    contact_point_id: ContactPointId
    channel: Channel
    consent_id: ConsentId
    scope: str
    lead_id: LeadId | None = None


class ContactSuppressed(Event, frozen=True, kw_only=True, tag="contact.suppressed"):
    """A customer (or their carrier) said no more. `words` is what they wrote."""

    contact_point_id: ContactPointId
    channel: Channel
    reason: str
    words: str = ""
    lead_id: LeadId | None = None


class ContactUnreachable(Event, frozen=True, kw_only=True, tag="contact.unreachable"):
    """A carrier said that nothing arrives at a contact point; follow-up takes the other channel from now on."""

    contact_point_id: ContactPointId
    channel: Channel
    reason: str
    lead_id: LeadId | None = None


class ContactReachable(Event, frozen=True, kw_only=True, tag="contact.reachable"):
    """Something arrived after all."""

    contact_point_id: ContactPointId
    channel: Channel
    lead_id: LeadId | None = None
