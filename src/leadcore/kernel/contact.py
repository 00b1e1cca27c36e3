"""How a person is reached: phone numbers in E.164, e-mail addresses, names.

Sources: ITU-T E.164 for phone numbers; RFC 5321 section 2.4 for the case of e-mail local parts
(we fold it all the same: no provider in use tells two mailboxes apart by case).
"""

import hashlib
import hmac
import unicodedata
from functools import lru_cache
from typing import Literal

import msgspec
import phonenumbers
from phonenumbers import timezone as phone_timezone

from leadcore.kernel.errors import InvalidInputError

ContactKind = Literal["phone", "email"]
_EMAIL_MAX = 254
_UNKNOWN_ZONE = "Etc/Unknown"
_NOWHERE = "001"  # how the numbering plan calls the country of numbers that belong to none
_TYPES = phonenumbers.PhoneNumberType
_PLACELESS = frozenset(
    {_TYPES.TOLL_FREE, _TYPES.PERSONAL_NUMBER, _TYPES.PREMIUM_RATE, _TYPES.SHARED_COST, _TYPES.VOIP, _TYPES.UAN}
)


class Phone(msgspec.Struct, frozen=True):
    """A phone number in E.164, such as `+15125550142`."""

    e164: str

    @property
    def masked(self) -> str:
        """The form allowed in logs: country and last two digits."""
        return f"{self.e164[:2]}…{self.e164[-2:]}"


class EmailAddress(msgspec.Struct, frozen=True):
    """A normalised e-mail address: trimmed, one Unicode form (NFC), lower case, otherwise as written.

    No provider's own rules: `p.at+tint@gmail.com` stays what it is, for who shares a mailbox is not ours to guess.
    """

    address: str

    @property
    def masked(self) -> str:
        """The form allowed in logs: first letter and domain."""
        local, _, domain = self.address.partition("@")
        return f"{local[:1]}…@{domain}"


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan says of a number: ISO 3166 country, the area code (+1 only), the IANA zones it may lie in."""

    country: str = ""
    code: str = ""
    zones: tuple[str, ...] = ()


@lru_cache(maxsize=4096)  # one delivery reads the same number several times
def parse_phone(text: str, *, region: str = "US") -> Phone:
    """Read a phone number as people write it; *region* (ISO 3166) is assumed when no country is given.

    Raises `InvalidInputError` naming the field when it cannot be a number anyone could have.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as cause:
        raise InvalidInputError(
            f"{text!r} is not a phone number", field="phone", fix="write it like +1 512 555 0142"
        ) from cause
    if not phonenumbers.is_possible_number(number):
        raise InvalidInputError(
            f"{text!r} has the wrong number of digits", field="phone", fix="write it like +1 512 555 0142"
        )
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def parse_email(text: str) -> EmailAddress:
    """Read an e-mail address conservatively. Raises `InvalidInputError` when it cannot be one."""
    local, at, domain = unicodedata.normalize("NFC", text.strip()).rpartition("@")
    local, domain = local.lower(), domain.casefold()
    address = unicodedata.normalize("NFC", f"{local}{at}{domain}")
    if (
        not at
        or not local
        or "." not in domain
        or domain.startswith(".")
        or domain.endswith(".")
        or ".." in address
        or any(ch.isspace() or ch in '<>,;"()' for ch in address)
        or len(address) > _EMAIL_MAX
    ):
        raise InvalidInputError(f"{text!r} is not an e-mail address", field="email", fix="write it like a@example.com")
    return EmailAddress(address)


def zones_of(phone: Phone) -> tuple[str, ...]:
    """Return every IANA zone the number's area code may lie in; empty when the plan does not say."""
    zones = phone_timezone.time_zones_for_number(phonenumbers.parse(phone.e164))
    return tuple(sorted(zone for zone in zones if zone != _UNKNOWN_ZONE))


def country_of(phone: Phone) -> str | None:
    """Return the ISO 3166 country of a geographic number, None when the plan does not say."""
    region: str | None = phonenumbers.region_code_for_number(phonenumbers.parse(phone.e164))
    return region


@lru_cache(maxsize=4096)  # every decision about a text asks anew
def area_of(value: str) -> Area:
    """Return what the numbering plan says of a number; empty when it says nothing, or *value* is no number."""
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return Area()
    country: str = phonenumbers.region_code_for_number(number) or ""
    if country in {"", _NOWHERE} or phonenumbers.number_type(number) in _PLACELESS:
        return Area(country=country.replace(_NOWHERE, ""))
    code = str(number.national_number)[:3] if number.country_code == 1 else ""
    return Area(country=country, code=code, zones=zones_of(Phone(value)))


def contact_digest(value: str, *, pepper: bytes) -> bytes:
    """Return the keyed hash under which a suppression outlives the erasure of its contact point."""
    return hmac.new(pepper, value.encode(), hashlib.sha256).digest()
