"""The tenant as a document an operator edits: dotted keys in, a sound tenant out, or where and why not."""

import contextlib
import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import phonenumbers
from msgspec.structs import replace

from leadcore.cadences.policies.calendars import is_holiday_region
from leadcore.cadences.policies.shipped import SHIPPED
from leadcore.catalog.policies.rules import read_rules
from leadcore.compliance.policies.states import STATES
from leadcore.flows.opening_hours import DAYS, check_hours, day_of, read_spans
from leadcore.flows.staff_document import checked_staff
from leadcore.kernel.contact import parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.tenants.model import Tenant

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_FIXED = frozenset({"id", "version"})
_MAX_BRAND = 80
_YEAR = 365
_MAX_POINTS = 100
_MAX_REOPEN = 3650
_MAX_PACE = 2000


def with_value(tenant: Tenant, key: str, text: str) -> Tenant:
    """Return the tenant with *text* at the dotted *key*. Lists are `a, b` or JSON, hours `09:00-18:00` or `closed`.

    Raises `InvalidInputError` naming the key, with the keys or values that are allowed there.
    """
    if key.startswith("hours."):
        return _with_hours(tenant, key, text)
    document = msgspec.to_builtins(tenant, str_keys=True)
    *parents, last = key.split(".")
    level: Any = document
    for part in parents:
        level = level.get(part) if isinstance(level, dict) else None
    if not isinstance(level, dict) or last not in level or key in _FIXED:
        raise InvalidInputError(f"a tenant has no setting {key!r}", field=key, fix=f"settings: {', '.join(_keys())}")
    refusals: list[str] = []
    for value in _readings(key, text):
        level[last] = value
        try:
            return msgspec.convert(document, Tenant, strict=False, str_keys=True)
        except msgspec.ValidationError as cause:
            refusals.append(str(cause))
    raise InvalidInputError(f"{text!r} does not fit {key}: {refusals[0]}", field=key, fix=_allowed(key))


def checked(tenant: Tenant, *, cadences: frozenset[str] = frozenset(SHIPPED)) -> Tenant:
    """Return the tenant with numbers in E.164 and addresses normalised; it may name one of *cadences*.

    Raises `InvalidInputError` naming the field.
    """
    _need(_SLUG.fullmatch(tenant.slug), "slug", tenant.slug, "use a-z, 0-9 and -, at most 63 characters")
    _need(0 < len(tenant.brand.strip()) <= _MAX_BRAND, "brand", tenant.brand, "1 to 80 characters")
    _need(_is_zone(tenant.zone), "zone", tenant.zone, "an IANA name such as America/Chicago")
    _need(tenant.region in phonenumbers.SUPPORTED_REGIONS, "region", tenant.region, "a country code such as US")
    for key, name in (("cadence", tenant.cadence), ("win_back.cadence", tenant.win_back.cadence)):
        _need(name in cadences, key, name, f"one of {', '.join(sorted(cadences))}, or publish it first")
    _need(is_holiday_region(tenant.holidays), "holidays", tenant.holidays, "US, US-TX, CA, CA-ON …, or empty")
    for day in tenant.closures:
        _need(_is_date(day), "closures", day, "dates such as 2026-12-24")
    _need(0 <= tenant.win_back.after_days <= _YEAR, "win_back.after_days", tenant.win_back.after_days, "0 to 365")
    for name, points in _points(tenant):
        _need(0 <= points <= _MAX_POINTS, f"score.{name}", points, "0 to 100 points")
    _need(0 <= tenant.reopen_days <= _MAX_REOPEN, "reopen_days", tenant.reopen_days, "0 to 3650 days")
    _need(not tenant.state or tenant.state in STATES, "state", tenant.state, "the two letters of a state, such as TX")
    _need((tenant.monthly_messages or 0) >= 0, "monthly_messages", tenant.monthly_messages, "0 or more, or null")
    _need(tenant.lead_rule.max_age_days > 0, "lead_rule.max_age_days", tenant.lead_rule.max_age_days, "1 or more days")
    pace = tenant.senders.sms_segments_per_second
    _need(0 <= pace <= _MAX_PACE, "senders.sms_segments_per_second", pace, "0 (not paced) to 2000 segments a second")
    read_rules(tenant.catalog)
    check_hours(tenant.hours, field="hours")
    columns = tenant.write_back.columns
    _need(
        not columns.lost.strip() or columns.engaged.strip(),
        "write_back.columns.lost", columns.lost,
        "set write_back.columns.engaged first: a lost lead that writes again must get out of that column",
    )  # fmt: skip
    sms = tenant.senders.sms.strip()
    return replace(
        tenant,
        brand=tenant.brand.strip(),
        phone=_phone(tenant, "phone", tenant.phone),
        staff_phone=_phone(tenant, "staff_phone", tenant.staff_phone),
        staff_email=_email("staff_email", tenant.staff_email),
        staff=checked_staff(tenant),
        senders=replace(
            tenant.senders,
            sms=sms if _SERVICE.fullmatch(sms) else _phone(tenant, "senders.sms", sms),
            email=_email("senders.email", tenant.senders.email),
        ),
    )


def _points(tenant: Tenant) -> Iterable[tuple[str, int]]:
    for name, value in msgspec.structs.asdict(tenant.score).items():
        if name == "sources":
            yield from ((f"sources.{source}", points) for source, points in value.items())
        else:
            yield name, value


def _with_hours(tenant: Tenant, key: str, text: str) -> Tenant:
    day = day_of(key.removeprefix("hours."), field=key)
    return replace(tenant, hours={**tenant.hours, day: read_spans(text, field=key)})


def _readings(key: str, text: str) -> Iterable[object]:
    """What *text* may mean, the plainest first; the setting's own type decides which one fits."""
    if key == "providers.assistant" and not text.lstrip().startswith("["):
        pairs = [part.strip().partition(":") for part in text.split(",") if part.strip()]
        yield [{"provider": name, "model": model} for name, _, model in pairs]
        return
    yield text
    with contextlib.suppress(msgspec.DecodeError):
        yield msgspec.json.decode(text)
    yield [part.strip() for part in text.split(",") if part.strip()]


def _phone(tenant: Tenant, field: str, text: str) -> str:
    try:
        return parse_phone(text, region=tenant.region).e164 if text.strip() else ""
    except InvalidInputError as cause:
        raise InvalidInputError(cause.message, field=field, fix=cause.fix) from cause


def _email(field: str, text: str) -> str:
    try:
        return parse_email(text).address if text.strip() else ""
    except InvalidInputError as cause:
        raise InvalidInputError(cause.message, field=field, fix=cause.fix) from cause


def _is_date(text: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(date.fromisoformat(text))
    return False


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and ZoneInfo(name) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        return False


def _need(holds: object, field: str, value: object, fix: str) -> None:
    if not holds:
        raise InvalidInputError(f"{value!r} is no good {field.rpartition('.')[2]}", field=field, fix=fix)


def _keys() -> list[str]:
    return sorted(f"hours.{DAYS[0]}…{DAYS[-1]}" if key == "hours" else key for key in _leaves(Tenant))


def _leaves(kind: type[msgspec.Struct], above: str = "") -> Iterable[str]:
    for field in msgspec.structs.fields(kind):
        key = above + field.name
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _leaves(field.type, f"{key}.")
        elif key not in _FIXED:
            yield key


def _allowed(key: str) -> str:
    info: Any = msgspec.inspect.type_info(Tenant)
    for part in key.split("."):
        info = next(field.type for field in info.fields if field.name == part)
    match info:
        case msgspec.inspect.LiteralType(values=values):
            return f"one of {', '.join(map(str, values))}"
        case msgspec.inspect.BoolType():
            return "true or false"
        case msgspec.inspect.IntType():
            return "a whole number"
        case msgspec.inspect.VarTupleType():
            return "a list: `one, two` or JSON"
        case _:
            return "text"
