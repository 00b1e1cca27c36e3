"""What belongs to a person, by id."""

from datetime import datetime
from uuid import UUID

import msgspec

from leadcore.compliance.model import ContactPoint
from leadcore.kernel.ids import ConsentId, ContactPointId, InboxId, TenantId
from leadcore.leads.model import Person


class Belongings(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of every row about a person and whoever was merged into them.

    `people` may be empty: somebody texted and was never made a person. `references` are `(source, external id)` of
    their orders, `digests` those of their pictures that nobody else sent, too.
    """

    people: tuple[Person, ...] = ()
    points: tuple[ContactPoint, ...] = ()
    leads: tuple[UUID, ...] = ()
    conversations: tuple[UUID, ...] = ()
    enrollments: tuple[UUID, ...] = ()
    touches: tuple[UUID, ...] = ()
    turns: tuple[UUID, ...] = ()
    messages: tuple[UUID, ...] = ()
    attempts: tuple[UUID, ...] = ()
    pictures: tuple[UUID, ...] = ()
    merges: tuple[UUID, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    digests: tuple[str, ...] = ()

    def ids(self, of: str) -> tuple[UUID, ...]:
        """Return the ids under one of the names above."""
        found = getattr(self, of)
        return tuple(each.id for each in found) if of in {"people", "points"} else tuple(found)

    @property
    def every_id(self) -> tuple[UUID, ...]:
        """Every id, of whatever."""
        names = (
            "people", "points", "leads", "conversations", "enrollments", "touches", "turns", "messages", "attempts",
            "pictures", "merges",
        )  # fmt: skip
        return tuple(each for name in names for each in self.ids(name))


class ErasedContact(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a phone number or an address: its keyed hash, beside the contact point that has no value now."""

    contact_point_id: ContactPointId
    tenant_id: TenantId
    digest: bytes
    erased_at: datetime


class SealedConsent(msgspec.Struct, frozen=True, kw_only=True):
    """The seal under which a line of the ledger goes on without its evidence."""

    id: ConsentId
    seal: bytes


class BlankedRow(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox row to blank, with the keys that it keeps."""

    id: InboxId
    dedupe_key: str
    entity_key: str | None
