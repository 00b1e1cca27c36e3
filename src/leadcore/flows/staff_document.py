"""The list of the shop's people in the tenant's document, made sound or refused."""

import re

from msgspec.structs import replace

from leadcore.flows.opening_hours import check_hours
from leadcore.kernel.contact import parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.tenants.model import Tenant
from leadcore.tenants.values import StaffMember

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,39})")
_MAX_NAME = 80


def checked_staff(tenant: Tenant) -> tuple[StaffMember, ...]:
    """Return the people with numbers in E.164. Raises `InvalidInputError` naming the member and what to change."""
    seen: set[str] = set()
    for member in tenant.staff:
        if not _KEY.fullmatch(member.key):
            raise InvalidInputError(
                f"{member.key!r} is no good key", field="staff.key", fix="use a-z, 0-9 and -, at most 40 characters"
            )
        if member.key in seen:
            raise InvalidInputError(
                f"two people have the key {member.key!r}", field=f"staff.{member.key}", fix="give one another key"
            )
        seen.add(member.key)
    return tuple(_checked(tenant, member) for member in tenant.staff)


def _checked(tenant: Tenant, member: StaffMember) -> StaffMember:
    field = f"staff.{member.key}"
    if not 0 < len(member.name.strip()) <= _MAX_NAME:
        raise InvalidInputError("a member of staff needs a name", field=f"{field}.name", fix="1 to 80 characters")
    check_hours(member.hours, field=f"{field}.hours")
    try:
        phone = parse_phone(member.phone, region=tenant.region).e164 if member.phone.strip() else ""
    except InvalidInputError as cause:
        raise InvalidInputError(cause.message, field=f"{field}.phone", fix=cause.fix) from cause
    try:
        email = parse_email(member.email).address if member.email.strip() else ""
    except InvalidInputError as cause:
        raise InvalidInputError(cause.message, field=f"{field}.email", fix=cause.fix) from cause
    return replace(member, name=member.name.strip(), phone=phone, email=email)
