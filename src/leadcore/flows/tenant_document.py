"""The tenant as a document an operator edits: dotted keys in, a sound tenant out, or where and why not."""

import contextlib
import re
from collections.abc import Iterable
from datetime import time
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import phonenumbers
from msgspec.structs import replace

from leadcore.cadences.policies.shipped import SHIPPED
from leadcore.compliance.policies.states import STATES
from leadcore.kernel.contact import parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.tenants.model import Tenant
from leadcore.tenants.values import OpenSpan

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_FIXED = frozenset({"id", "version"})
_MAX_BRAND = 80


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


def checked(tenant: Tenant) -> Tenant:
    """Return the tenant with numbers in E.164 and addresses normalised. Raises `InvalidInputError` naming the field."""
    _need(_SLUG.fullmatch(tenant.slug), "slug", tenant.slug, "use a-z, 0-9 and -, at most 63 characters")
    _need(0 < len(tenant.brand.strip()) <= _MAX_BRAND, "brand", tenant.brand, "1 to 80 characters")
    _need(_is_zone(tenant.zone), "zone", tenant.zone, "an IANA name such as America/Chicago")
    _need(tenant.region in phonenumbers.SUPPORTED_REGIONS, "region", tenant.region, "a country code such as US")
    _need(tenant.cadence in SHIPPED, "cadence", tenant.cadence, f"one of {', '.join(sorted(SHIPPED))}")
    _need(not tenant.state or tenant.state in STATES, "state", tenant.state, "the two letters of a state, such as TX")
    _need((tenant.monthly_messages or 0) >= 0, "monthly_messages", tenant.monthly_messages, "0 or more, or null")
    _need(tenant.lead_rule.max_age_days > 0, "lead_rule.max_age_days", tenant.lead_rule.max_age_days, "1 or more days")
    for day, spans in tenant.hours.items():
        _need(day in range(len(_DAYS)), "hours", day, "days are 0 (Monday) to 6, or mon to sun")
        _need(
            _in_order(spans), f"hours.{_DAYS[day]}", _written(spans), "each span opens before it closes, none overlap"
        )
    sms = tenant.senders.sms.strip()
    return replace(
        tenant,
        brand=tenant.brand.strip(),
        phone=_phone(tenant, "phone", tenant.phone),
        staff_phone=_phone(tenant, "staff_phone", tenant.staff_phone),
        staff_email=_email("staff_email", tenant.staff_email),
        senders=replace(
            tenant.senders,
            sms=sms if _SERVICE.fullmatch(sms) else _phone(tenant, "senders.sms", sms),
            email=_email("senders.email", tenant.senders.email),
        ),
    )


def _with_hours(tenant: Tenant, key: str, text: str) -> Tenant:
    name = key.removeprefix("hours.").casefold()[:3]
    day = int(name) if name.isdecimal() else _DAYS.index(name) if name in _DAYS else -1
    if day not in range(len(_DAYS)):
        raise InvalidInputError(f"{key} is no day", field=key, fix=f"days: {', '.join(_DAYS)}")
    if text.strip().casefold() in {"closed", ""}:
        return replace(tenant, hours={**tenant.hours, day: ()})
    try:
        spans = tuple(_span(part) for part in text.split(","))
    except ValueError as cause:
        raise InvalidInputError(
            f"{text!r} are no opening hours", field=key, fix="write 09:00-18:00, or 09:00-12:00,13:00-18:00, or closed"
        ) from cause
    return replace(tenant, hours={**tenant.hours, day: spans})


def _span(text: str) -> OpenSpan:
    opens, _, closes = text.strip().partition("-")
    return OpenSpan(
        opens=time.fromisoformat(opens.strip().zfill(5)), closes=time.fromisoformat(closes.strip().zfill(5))
    )


def _in_order(spans: tuple[OpenSpan, ...]) -> bool:
    instants = [instant for span in spans for instant in (span.opens, span.closes)]
    return all(earlier < later for earlier, later in pairwise(instants))


def _written(spans: tuple[OpenSpan, ...]) -> str:
    return ",".join(f"{span.opens:%H:%M}-{span.closes:%H:%M}" for span in spans)


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


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and ZoneInfo(name) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        return False


def _need(holds: object, field: str, value: object, fix: str) -> None:
    if not holds:
        raise InvalidInputError(f"{value!r} is no good {field.rpartition('.')[2]}", field=field, fix=fix)


def _keys() -> list[str]:
    return sorted(f"hours.{_DAYS[0]}…{_DAYS[-1]}" if key == "hours" else key for key in _leaves(Tenant))


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
