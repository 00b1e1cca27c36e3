"""Contact points, consent and suppression."""

import hashlib
from datetime import datetime
from typing import Literal

import msgspec

from leadcore.compliance.values import Channel
from leadcore.kernel.contact import ContactKind
from leadcore.kernel.ids import ConsentId, ContactPointId, TenantId

ConsentScope = Literal["conversational", "marketing"]
SuppressionReason = Literal[
    "stop_word",
    "free_text",
    "provider_stop",
    "unsubscribe",
    "complaint",
    "hard_bounce",
    "wrong_number",
    "refused_by_carrier",
    "withdrawn_in_crm",
    "staff",
    "ambiguous",
    "erased",
]


class ContactPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One phone or e-mail address within a tenant. Its row is the lock that STOP and sending both take.

    `last_inbound_at` is when the customer last wrote from it: automated messages decided earlier may not go. What
    follows is evidence of where its holder may be: the address in the CRM as written there, the zone of the browser
    they chatted from and when. `unreachable_at` is when its carrier first said that nothing can be delivered there.
    """

    id: ContactPointId
    tenant_id: TenantId
    kind: ContactKind
    value: str
    zones: tuple[str, ...] = ()
    last_inbound_at: datetime | None = None
    state: str = ""
    postal_code: str = ""
    browser_zone: str = ""
    browser_zone_at: datetime | None = None
    unreachable_at: datetime | None = None
    unreachable_why: str = ""

    @property
    def is_reachable(self) -> bool:
        """True unless its carrier said that nothing arrives, and its holder did not write from it since."""
        if self.unreachable_at is None:
            return True
        return self.last_inbound_at is not None and self.last_inbound_at > self.unreachable_at


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the append-only consent ledger: the wording as shown, where, when, chained by hash.

    What a lawyer asks for is 16 CFR 310.5(a)(8): who, the request as displayed, its purpose, the date. A line whose
    person was erased has no evidence any more; `seal`, made with the vault's key, says that it was taken off on
    purpose, and fits the rest of the line.
    """

    id: ConsentId
    tenant_id: TenantId
    contact_point_id: ContactPointId
    channel: Channel
    scope: ConsentScope
    wording: str
    source: str
    obtained_at: datetime
    evidence: dict[str, str]
    previous: bytes = b""
    digest: bytes = b""
    seal: bytes | None = None

    def chained_to(self, previous: bytes) -> "Consent":
        """Return this line bound to the one before it, so that no line can be changed or removed unseen."""
        bound = msgspec.structs.replace(self, previous=previous, digest=b"")
        return msgspec.structs.replace(bound, digest=hashlib.sha256(_content(bound)).digest())

    def without_evidence(self) -> tuple["Consent", bytes]:
        """Return the line as it stays when its person is erased, and the bytes that its seal is made of."""
        bare = msgspec.structs.replace(self, evidence={}, seal=None)
        return bare, _content(bare)

    @property
    def is_intact(self) -> bool:
        """True when the digest fits the content."""
        return self.chained_to(self.previous).digest == self.digest


def _content(line: Consent) -> bytes:
    """Return every field but the seal, which lines written before there were seals do not know.

    Evidence is put in order: PostgreSQL's jsonb gives the same names back in another one.
    """
    fields = msgspec.structs.asdict(line)
    del fields["seal"]
    fields["evidence"] = dict(sorted(line.evidence.items()))
    return msgspec.json.encode(fields)


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that must not be written to on a channel. `pending` ones wait for a person's judgement.

    `lifted_at` ends it (START with a new consent, or a person deciding an ambiguous one). `restarted_at` is when the
    customer said START since; it ends nothing by itself.
    """

    contact_point_id: ContactPointId
    tenant_id: TenantId
    channel: Channel
    reason: SuppressionReason
    since: datetime
    words: str = ""
    lifted_at: datetime | None = None
    restarted_at: datetime | None = None
