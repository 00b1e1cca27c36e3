"""What leads come and how customers behave: a file in TOML, or what is usual."""

import re
import tomllib
from collections.abc import Mapping
from typing import Literal

import msgspec

from leadcore.compliance.policies.area_codes import STATE_OF_AREA_CODE
from leadcore.compliance.policies.states import STATES
from leadcore.kernel.contact import area_of
from leadcore.kernel.errors import InvalidInputError
from leadcore.tenants.model import Tenant

Doing = Literal[
    "nothing", "reply", "stop", "book", "unsubscribe", "complain", "out_of_office", "landline", "undelivered",
]  # fmt: skip
"""What a customer does: `landline` has a number no text reaches, `undelivered` one whose texts get lost on the way."""

_PLAIN_WORDS: dict[str, str] = {
    "reply": "How much would it be for my car?",
    "stop": "STOP",
    "out_of_office": "I am out of the office and will answer when I am back.",
}
_SHARES = ("night_share", "phone_share", "email_share", "consent_share")
_MOST_A_DAY = 100_000
_ELSEWHERE = ("CA", "FL", "NY", "WA")
_AT_HOME, _AWAY = 80.0, 5.0


class Behaviour(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of customer. `weight` is its share among all kinds.

    They act on the `message`th message that reaches them (0: on any of the first six, sooner ones likelier), some
    minutes after it: a number drawn between the two of `after_minutes`. `says` are their words.
    """

    does: Doing
    weight: float = 1.0
    message: int = 0
    after_minutes: tuple[float, float] = (2.0, 600.0)
    says: str = ""

    @property
    def words(self) -> str:
        """What they write."""
        return self.says or _PLAIN_WORDS.get(self.does, "")


_USUAL = (
    Behaviour(does="nothing", weight=58),
    Behaviour(does="reply", weight=20),
    Behaviour(does="book", weight=6, after_minutes=(30, 2880)),
    Behaviour(does="stop", weight=4),
    Behaviour(does="unsubscribe", weight=2),
    Behaviour(does="complain", weight=0.2),
    Behaviour(does="out_of_office", weight=4, after_minutes=(0.1, 2)),
    Behaviour(does="landline", weight=3),
    Behaviour(does="undelivered", weight=2.8),
)


class LeadMix(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The leads of a shop. Shares are between 0 and 1; `areas` are weights of area codes (`512`) or states (`TX`).

    `night_share` is how many ask between 21:00 and 8:00 of the shop's time; `consent_share` how many agreed to texts.
    """

    leads_per_day: float = 20.0
    night_share: float = 0.2
    phone_share: float = 0.97
    email_share: float = 0.85
    consent_share: float = 0.9
    areas: dict[str, float] = {}
    services: tuple[str, ...] = ("Ceramic tint", "Paint protection film", "Ceramic coating")
    customers: tuple[Behaviour, ...] = _USUAL


def read_mix(source: str, tenant: Tenant) -> LeadMix:
    """Read a lead mix file; what it leaves out is usual. Raises `InvalidInputError` naming the key."""
    try:
        mix = msgspec.convert(tomllib.loads(source), LeadMix)
    except tomllib.TOMLDecodeError as cause:
        raise InvalidInputError(
            f"not TOML: {cause}", field="lead-mix", fix="check quotes and brackets there"
        ) from cause
    except msgspec.ValidationError as cause:
        found = re.search(r"`\$\.?([^`]*)`|field `([^`]*)`", str(cause))
        field = next((part for part in found.groups() if part), "lead-mix") if found else "lead-mix"
        raise InvalidInputError(str(cause), field=field, fix="see docs/howto/simulate-a-cadence.md") from cause
    _check(mix)
    return mix if mix.areas else msgspec.structs.replace(mix, areas=areas_around(tenant))


def usual_mix(tenant: Tenant) -> LeadMix:
    """Return what is usual: four of five leads from around the shop."""
    return LeadMix(areas=areas_around(tenant))


def areas_around(tenant: Tenant) -> dict[str, float]:
    """Return weights of states: the shop's own, told by its state, its numbers or its zone, before a few others."""
    numbers = (area_of(each).code for each in (tenant.senders.sms, tenant.phone))
    by_number = (STATE_OF_AREA_CODE.get(code, "") for code in numbers)
    by_zone = (state for state in sorted(STATES) if tenant.zone in STATES[state].zones and codes_of(state))
    home = tenant.state or next(filter(None, by_number), "") or next(by_zone, "TX")
    return {home: _AT_HOME} | {state: _AWAY for state in _ELSEWHERE if state != home}


def codes_of(area: str) -> tuple[str, ...]:
    """Return the area codes that a key of `areas` stands for; none when it is neither a code nor a state."""
    if area in STATE_OF_AREA_CODE:
        return (area,)
    return tuple(sorted(code for code, state in STATE_OF_AREA_CODE.items() if state == area))


def _check(mix: LeadMix) -> None:
    if not 0 < mix.leads_per_day <= _MOST_A_DAY:
        raise InvalidInputError(
            f"{mix.leads_per_day} leads a day", field="leads_per_day", fix=f"more than 0, at most {_MOST_A_DAY}"
        )
    for name in _SHARES:
        if not 0 <= getattr(mix, name) <= 1:
            raise InvalidInputError(f"{getattr(mix, name)} is no share", field=name, fix="between 0 and 1")
    if not mix.services or not all(each.strip() for each in mix.services):
        raise InvalidInputError("nobody asks for anything", field="services", fix='such as ["Ceramic tint"]')
    if mix.phone_share == mix.email_share == 0:
        raise InvalidInputError("nobody can be reached", field="phone_share", fix="more than 0")
    _check_areas(mix.areas)
    _check_customers(mix.customers)


def _check_areas(areas: Mapping[str, float]) -> None:
    for area, weight in areas.items():
        if not codes_of(area):
            raise InvalidInputError(
                f"{area!r} is no area code or state", field=f"areas.{area}", fix="such as 512, or TX for all of Texas"
            )
        if not weight > 0:
            raise InvalidInputError(f"a weight of {weight}", field=f"areas.{area}", fix="more than 0")


def _check_customers(customers: tuple[Behaviour, ...]) -> None:
    if not customers:
        raise InvalidInputError("there are no customers", field="customers", fix='add [[customers]] does = "nothing"')
    for n, each in enumerate(customers):
        low, high = each.after_minutes
        if not each.weight > 0:
            raise InvalidInputError(f"a weight of {each.weight}", field=f"customers[{n}].weight", fix="more than 0")
        if each.message < 0:
            raise InvalidInputError(
                f"no message has the number {each.message}", field=f"customers[{n}].message", fix="1 or more; 0 for any"
            )
        if not 0 <= low <= high:
            raise InvalidInputError(
                f"from {low} to {high} minutes", field=f"customers[{n}].after_minutes", fix="such as [2, 600]"
            )
