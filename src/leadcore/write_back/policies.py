"""What the CRM shall be told next, and in which words."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from leadcore.compliance.values import Channel
from leadcore.leads.model import Lead
from leadcore.ports.crm import CrmOrder
from leadcore.tenants.values import LeadRule, WriteBackRule
from leadcore.write_back.model import WriteBack, WriteBlock
from leadcore.write_back.values import WriteKind

CALL_WINDOW = timedelta(seconds=60)
"""Longer than any call takes: a try younger than this may still be under way somewhere."""
_ORDER: tuple[WriteKind, ...] = ("note", "message", "picture", "appointment", "column")
_MAX_TEXT = 1500
_MAX_NAME = 80
_NOT_IN_NAMES = re.compile(r"[^\w .-]")
"""A name comes from the customer's device and shall neither end the note nor look like one of our references."""


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """Write this now, and look first when it is unsure."""

    row: WriteBack


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing before `until`."""

    until: datetime


Step = Write | Rest | None
"""None: the CRM knows all it shall know."""


def next_step(
    lead: Lead,
    rule: WriteBackRule,
    last: Mapping[WriteKind, WriteBack],
    *,
    next_message: int | None,
    now: datetime,
    next_picture: str = "",
    appointment: str = "",
    blocks: Mapping[WriteKind, WriteBlock] = MappingProxyType({}),
) -> Step:
    """Choose between what is wanted and what is left over from earlier tries. Pure and total.

    One kind in trouble holds up no other; messages are told in their order. *last* is the newest write of each kind,
    *next_message* the number of the first entry after the last one told, *next_picture* the id of the oldest kept
    picture that no write was about, *appointment* from when to when the customer comes in, *blocks* what the CRM may
    not be told.
    """
    news = _News(message=next_message, picture=next_picture, appointment=appointment)
    rests: list[datetime] = []
    for what in _ORDER:
        row = last.get(what)
        if row is not None and row.state == "trying" and now < row.not_before:
            rests.append(row.not_before)  # under way perhaps; also what replaces it has to wait for it
            continue
        wanted = _wanted(what, lead, rule, row, news=news)
        block = blocks.get(what)
        if block is not None and now < block.until:
            if wanted is not None or (row is not None and row.is_open and _is_on(what, lead, rule)):
                rests.append(block.until)
            continue
        if wanted is not None:
            version, target = wanted
            fresh = WriteBack(
                tenant_id=lead.tenant_id, lead_id=lead.id, what=what, version=version, target=target,
                started_at=now, not_before=now + CALL_WINDOW,
            )  # fmt: skip
            return Write(row=fresh)
        if row is None or not row.is_open or not _is_on(what, lead, rule):
            continue
        if now < row.not_before and block is None:
            rests.append(row.not_before)
            continue
        return Write(row=_again(row, now=now))
    return Rest(until=min(rests)) if rests else None


class _News(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to tell beside the lead itself."""

    message: int | None
    picture: str
    appointment: str


def _again(row: WriteBack, *, now: datetime) -> WriteBack:
    """Return the next try. One that was never settled perhaps happened: its worker died at an unknown moment."""
    return replace(
        row, state="trying", tries=row.tries + 1, started_at=now, not_before=now + CALL_WINDOW,
        unsure=row.unsure or row.state == "trying",
    )  # fmt: skip


def _wanted(
    what: WriteKind, lead: Lead, rule: WriteBackRule, row: WriteBack | None, *, news: _News
) -> tuple[int, str] | None:
    """Return version and target of a new write of this kind, None when none is wanted."""
    if not _is_on(what, lead, rule):
        return None
    is_free = row is None or not row.is_open
    version = row.version + 1 if row else 1
    match what:
        case "note":
            return (1, "") if row is None else None
        case "message":
            is_next = news.message is not None and is_free and (row is None or news.message > row.version)
            return (news.message, "") if news.message is not None and is_next else None
        case "picture":
            return (version, news.picture) if news.picture and is_free else None
        case "appointment":
            is_next = row is None or row.target != news.appointment or row.state == "dropped"
            return (version, news.appointment) if news.appointment and is_free and is_next else None
    target = rule.columns.of(lead.status)
    if row is not None and row.target.casefold() == target.casefold():
        return None
    return version, target


def _is_on(what: WriteKind, lead: Lead, rule: WriteBackRule) -> bool:
    match what:
        case "note":
            return rule.note and lead.first_response_at is not None
        case "message":
            return rule.messages
        case "picture":
            return rule.pictures
        case "appointment":
            return rule.appointments
    return bool(rule.columns.of(lead.status))


def starts_of(spans: Iterable[str]) -> tuple[datetime, ...]:
    """Return when the appointments of these targets start, each once."""
    return tuple(sorted({datetime.fromisoformat(span.partition("/")[0]) for span in spans}))


def may_move(order: CrmOrder, lead_rule: LeadRule, rule: WriteBackRule) -> bool:
    """Whether the order stands where leads come from or where we put it: what staff moved elsewhere is theirs."""
    ours = {name.casefold() for name in (*lead_rule.columns, *rule.columns.names)}
    return not lead_rule.columns or order.column_name.casefold() in ours


def first_response_words(lead: Lead, *, said: str, by: str) -> str:
    """Return the note on the first answer; *said* is what it was, empty when that is not known."""
    if lead.first_response_at is None:
        return ""
    after = f"First response {_span(lead.first_response_at - lead.requested_at)} after the request"
    return f"{after}, by {by}: {said}" if said else f"{after}."


def picture_words(*, channel: Channel, name: str, until: datetime) -> str:
    """Return the note on a customer's picture; its link stands behind it. *name* is what their device called it."""
    by = {"sms": "text", "email": "e-mail", "web": "web form"}[channel]
    called = f" ({_NOT_IN_NAMES.sub('', name)[:_MAX_NAME]})" if name else ""
    return f"The customer sent a picture by {by}{called}. Open it until {until:%Y-%m-%d}:"


def shown_text(text: str, *, chat: str) -> str:
    """Return *text* fit for other eyes: without the link that opens the customer's chat, and not endless."""
    plain = re.sub(re.escape(chat) + r"/c/#[\w-]+", "(chat link)", text)
    return plain if len(plain) <= _MAX_TEXT else plain[: _MAX_TEXT - 1] + "…"


def _span(length: timedelta) -> str:
    seconds = max(0, int(length.total_seconds()))
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return "1 second" if seconds == 1 else f"{seconds} seconds"
