"""What a prospect says: who, which vehicle, what was asked, and under which id it may come again."""

import hashlib
import re
from datetime import UTC, datetime

from leadcore.ports.inbound import LeadSubmitted, SubmittedVehicle
from leadcore_adf.document import Node

_REFERENCE = re.compile(r"[\x20-\x7e]{1,200}")
_UNWANTED = frozenset({"fax", "pager"})
_MOBILE = frozenset({"cellphone", "cell", "mobile"})
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_YEARS = range(1900, 2101)


def reference_of(prospect: Node) -> str:
    """Return what stays the same when the prospect is sent again: provider and id, else contact and request date."""
    provider = prospect.said("provider", "name")
    for each in prospect.children("id"):
        reference = f"{provider}|{each.attribute('source')}|{each.text}"
        if each.text and _REFERENCE.fullmatch(reference):
            return reference
    contact = prospect.child("customer", "contact")
    seen = "\n".join([contact.text if contact else "", prospect.said("requestdate"), prospect.said("vehicle")])
    return hashlib.sha256(seen.encode()).hexdigest()


def requested_at(prospect: Node, *, now: datetime) -> datetime:
    """Return when it was asked for; *now* where the date is missing, broken, without a zone or to come."""
    try:
        told = datetime.fromisoformat(prospect.said("requestdate"))
    except ValueError:
        return now
    return told.astimezone(UTC) if told.tzinfo and _EARLIEST < told < now else now


def phones_of(prospect: Node) -> tuple[str, ...]:
    """Return the phones, mobiles first; faxes and pagers left out."""
    contact = prospect.child("customer", "contact")
    phones = [each for each in contact.children("phone") if each.text] if contact else []
    wanted = [each for each in phones if each.attribute("type") not in _UNWANTED]
    return tuple(each.text for each in sorted(wanted, key=lambda each: each.attribute("type") not in _MOBILE))


def emails_of(prospect: Node) -> tuple[str, ...]:
    """Return the addresses in order."""
    contact = prospect.child("customer", "contact")
    return tuple(each.text for each in contact.children("email") if each.text) if contact else ()


def lead_of(prospect: Node, *, external_id: str, submitted_at: datetime) -> LeadSubmitted:
    """Return the neutral lead."""
    names = _names(prospect)
    comments = [
        prospect.said("customer", "comments"),
        *(each.said("comments") for each in prospect.children("vehicle")),
    ]
    return LeadSubmitted(
        external_id=external_id,
        submitted_at=submitted_at,
        name=names.get("full", ""),
        first_name=names.get("first", ""),
        last_name=names.get("last", "") or names.get("surname", ""),
        phones=phones_of(prospect),
        emails=emails_of(prospect),
        vehicle=_vehicle(prospect),
        message="\n".join(each for each in comments if each),
    )


def _names(prospect: Node) -> dict[str, str]:
    contact = prospect.child("customer", "contact")
    found: dict[str, str] = {}
    for each in contact.children("name") if contact else ():
        found.setdefault(each.attribute("part") or "full", each.text)
    return found


def _vehicle(prospect: Node) -> SubmittedVehicle:
    vehicles = list(prospect.children("vehicle"))
    own = [each for each in vehicles if each.attribute("interest") != "trade-in"]
    if not vehicles:
        return SubmittedVehicle()
    chosen = (own or vehicles)[0]
    year = chosen.said("year")
    is_year = year.isascii() and year.isdigit() and int(year[:5]) in _YEARS
    return SubmittedVehicle(
        year=int(year) if is_year else None,
        make=chosen.said("make"),
        model=chosen.said("model"),
        body=chosen.said("bodystyle"),
    )
