"""The lead rule: one piece of code for webhook and poll, one answer with its reasons. And when a poll's turn comes."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from leadcore.intake.model import POLL_EVERY_S
from leadcore.kernel.ids import TenantId
from leadcore.ports.crm import CrmOrder
from leadcore.tenants.values import LeadRule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEAT = timedelta(seconds=POLL_EVERY_S)
_BEAT_US = _BEAT // timedelta(microseconds=1)
_NAME_BITS = ~((0xF000 << 64) | (0xC000 << 48))
_NAME_MARKS = (0x5000 << 64) | (0x8000 << 48)
"""Version 5 and the RFC's variant, in the bits of a UUID that are theirs."""


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of the rule and whether this order meets it."""

    name: str
    holds: bool
    detail: str


class LeadVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an order is a lead, clause by clause."""

    clauses: tuple[Clause, ...]

    @property
    def is_lead(self) -> bool:
        """True when every clause holds."""
        return all(clause.holds for clause in self.clauses)

    @property
    def failing(self) -> str:
        """The name of the first clause that failed; empty when it is a lead."""
        return next((clause.name for clause in self.clauses if not clause.holds), "")

    @property
    def why_not(self) -> str:
        """The clauses that failed, for an operator; empty when it is a lead."""
        return "; ".join(f"{clause.name}: {clause.detail}" for clause in self.clauses if not clause.holds)


def judge(order: CrmOrder, rule: LeadRule, *, now: datetime) -> LeadVerdict:
    """Apply *rule* to *order* as it is at *now*. Pure and total: every clause is always evaluated."""
    words = f"{order.name} {order.service_text} {order.note}".casefold()
    age = now - order.created_at
    return LeadVerdict(
        clauses=(
            _one_of("column", order.column_name or order.column_id, rule.columns),
            _one_of("status", order.status, rule.statuses),
            _starts("name", order.name, rule.name_prefixes),
            Clause(
                name="service",
                holds=not rule.service_words or any(word.casefold() in words for word in rule.service_words),
                detail=f"mentions one of {', '.join(rule.service_words)}",
            ),
            _flag("not authorized", not order.authorized),
            _flag("not invoiced", not order.invoiced),
            _flag("not paid", not order.paid),
            _flag("not archived", not order.archived),
            _flag("not deleted", not order.deleted),
            _flag("no messages yet", order.message_count == 0 or not rule.require_no_messages),
            _flag("no appointment yet", not order.appointment_dates or not rule.require_no_appointments),
            Clause(
                name="age",
                holds=age <= timedelta(days=rule.max_age_days),
                detail=f"created {order.created_at:%Y-%m-%d %H:%M}Z, at most {rule.max_age_days} days ago",
            ),
        )
    )


def is_closed(order: CrmOrder) -> bool:
    """True when the CRM says that this order needs no follow-up any more (sold, gone or put away)."""
    return order.authorized or order.invoiced or order.paid or order.archived or order.deleted


def next_pass(tenant_id: TenantId, *, now: datetime, pause_s: float) -> datetime:
    """Return when the tenant's CRM is polled next: within the last 30 s of a pause of *pause_s* from *now*.

    Every tenant has its own beat on a grid of 30 s, which follows from its id: passes of a thousand tenants spread
    over the grid and stay spread, whatever made them start together (a deploy, an outage that ended).
    """
    # whole microseconds: in floats a pass that starts on its beat could be due again at the same instant
    phase = timedelta(microseconds=int.from_bytes(hashlib.blake2b(tenant_id.bytes, digest_size=8).digest()) % _BEAT_US)
    earliest = now - _EPOCH + timedelta(seconds=max(pause_s - POLL_EVERY_S, 0.0))
    return _EPOCH + ((earliest - phase) // _BEAT + 1) * _BEAT + phase


def lane_of(entity_key: str | None, *, tenant_id: TenantId) -> UUID | None:
    """Return the lane of due work that keeps one entity's rows in order. Only a digest: the queue holds no content.

    It is `uuid.uuid5(tenant_id, entity_key)` (RFC 9562, 5.5), without the detours that make that cost as much as a
    signature.
    """
    if entity_key is None:
        return None
    digest = hashlib.sha1(tenant_id.bytes + entity_key.encode(), usedforsecurity=False).digest()
    return UUID(int=int.from_bytes(digest[:16]) & _NAME_BITS | _NAME_MARKS)


def _one_of(name: str, value: str, wanted: tuple[str, ...]) -> Clause:
    holds = not wanted or value.casefold() in {each.casefold() for each in wanted}
    return Clause(name=name, holds=holds, detail=f"{value!r} should be one of {', '.join(wanted) or 'anything'}")


def _starts(name: str, value: str, prefixes: tuple[str, ...]) -> Clause:
    holds = not prefixes or any(value.casefold().startswith(each.casefold()) for each in prefixes)
    return Clause(name=name, holds=holds, detail=f"{value!r} should start with {' or '.join(prefixes) or 'anything'}")


def _flag(name: str, holds: bool) -> Clause:  # noqa: FBT001 - a named condition reads best bare
    return Clause(name=name, holds=holds, detail="yes" if holds else "no")
