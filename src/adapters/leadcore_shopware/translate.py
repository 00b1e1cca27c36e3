"""Shop-Ware's records in the port's words (providers.md 7.2). Money is in cents, dates have whole seconds."""

from datetime import datetime
from typing import Literal

from leadcore.kernel.money import Money
from leadcore.ports.crm import LONG_AGO, CrmAppointment, CrmCustomer, CrmOrder, CrmPhone, CrmService, CrmVehicle
from leadcore_httpkit.fields import Fields, flag, instant, number, rows, text, whole
from leadcore_httpkit.marks import reference_in, without_mark

PhoneKind = Literal["mobile", "landline", "voip", "other"]

_STATUSES = {"estimate": "Estimate", "in_progress": "RepairOrder", "invoice": "Invoice"}
_MOST_CENTS = 10**12
_MOBILE = frozenset({"", "mobile", "cell", "cellphone", "cell phone"})


def crm_order(record: Fields, *, statuses: dict[str, str], appointments: list[Fields]) -> CrmOrder | None:
    """Return the repair order, None when it has no id or no date: those are never made up.

    What is under way or invoiced was authorized; an estimate that is closed was put away. Its appointments are records
    of their own: the order as we say it has changed when one of them has.
    """
    created_at, external_id = instant(record.get("created_at")), text(record, "id")
    if created_at is None or not external_id:
        return None
    state, closed = text(record, "state"), instant(record.get("closed_at")) is not None
    status_id = text(record, "status_id")
    return CrmOrder(
        external_id=external_id,
        name=text(record, "detail") or f"RO {text(record, 'number') or external_id}",
        status=_STATUSES.get(state, state),
        column_id=status_id,
        column_name=statuses.get(status_id, ""),
        customer_id=text(record, "customer_id") or None,
        vehicle_id=text(record, "vehicle_id") or None,
        service_text="; ".join(name for row in rows(record.get("services")) if (name := text(row, "title", "name"))),
        note=text(record, "customer_concern"),
        source=text(record, "customer_source"),
        authorized=state in {"in_progress", "invoice"},
        invoiced=state == "invoice",
        paid=state == "invoice" and closed,
        archived=state == "estimate" and closed,
        appointment_dates=tuple(sorted(date for row in appointments if (date := instant(row.get("start_at"))))),
        created_at=created_at,
        updated_at=max(_changed(row) or created_at for row in (record, *appointments)),
    )


def crm_customer(record: Fields, *, opt_in_field: str) -> CrmCustomer:
    """Return the customer, the preferred phone first; the opt-in is the customer's, so it is that of every phone."""
    opted_in = bool(opt_in_field) and flag(record, opt_in_field)
    opted_out = bool(opt_in_field) and record.get(opt_in_field) is False
    listed = sorted(rows(record.get("phones")), key=lambda row: not flag(row, "preferred"))
    phones = [_phone(row, opted_in=opted_in, opted_out=opted_out) for row in listed if text(row, "number")]
    if not phones and (old := text(record, "phone")):  # deprecated, but all that older customers have
        phones = [CrmPhone(number=old, primary=True, opt_in=opted_in, opt_out=opted_out)]
    email = text(record, "email")
    return CrmCustomer(
        external_id=text(record, "id"),
        first_name=text(record, "first_name", "business_name"),
        last_name=text(record, "last_name"),
        emails=(email,) if email else (),
        phones=tuple(phones),
        state=text(record, "state"),
        postal_code=text(record, "zip"),
        updated_at=_changed(record),
    )


def crm_vehicle(record: Fields) -> CrmVehicle:
    """Return the vehicle. Its body is not known to Shop-Ware."""
    return CrmVehicle(
        external_id=text(record, "id"),
        year=whole(record, "year"),
        make=text(record, "make"),
        model=text(record, "model"),
        updated_at=_changed(record),
    )


def crm_appointment(record: Fields) -> CrmAppointment:
    """Return the appointment. A cancelled one is deleted there."""
    starts_at = instant(record.get("start_at")) or LONG_AGO
    words = text(record, "description")
    return CrmAppointment(
        external_id=text(record, "id"),
        title=text(record, "title"),
        starts_at=starts_at,
        ends_at=instant(record.get("end_at")) or starts_at,
        reference=reference_in(words),
        order_id=text(record, "repair_order_id") or None,
        customer_id=text(record, "customer_id") or None,
        note=without_mark(words),
        updated_at=_changed(record),
    )


def crm_service(record: Fields) -> CrmService | None:
    """Return the canned job, None when it has no name or no price we can read."""
    labors = rows(record.get("labors"))
    hours = sum(number(labor, "hours") for labor in labors)
    price = whole(record, "fixed_price_cents") if flag(record, "is_fixed_price_service") else _priced(record, hours)
    name = text(record, "title")
    if not name or not text(record, "id") or price is None or price < 0:
        return None
    return CrmService(
        external_id=text(record, "id"),
        name=name,
        price=Money(minor=price),
        note="; ".join(words for labor in labors if (words := text(labor, "name")) and words != name),
        labor_hours=hours,
    )


def _priced(record: Fields, hours: float) -> int | None:
    """Add up labour, parts, fees and sublets; one part without a price leaves the whole job without one."""
    parts = rows(record.get("parts"))
    each = [_part_cents(part) for part in parts]
    if None in each:
        return None
    total = hours * number(record, "labor_rate_cents")
    total += sum((cents or 0) * _quantity(part) for part, cents in zip(parts, each, strict=True))
    total += sum(number(fee, "fee_cents") * _quantity(fee) for fee in rows(record.get("hazmats")))
    total += sum(number(sublet, "price_cents") for sublet in rows(record.get("sublets")))
    return round(total) if 0 < total < _MOST_CENTS else None


def _part_cents(part: Fields) -> int | None:
    quoted = whole(part, "quoted_price_cents")
    return quoted if quoted is not None else whole(part, "msrp_cents")


def _quantity(row: Fields) -> float:
    return number(row, "quantity") if "quantity" in row else 1.0


def _changed(record: Fields) -> datetime | None:
    return instant(record.get("updated_at")) or instant(record.get("created_at"))


def _phone(row: Fields, *, opted_in: bool, opted_out: bool) -> CrmPhone:
    kind: PhoneKind = "mobile" if text(row, "label").casefold() in _MOBILE else "other"
    return CrmPhone(
        number=text(row, "number"), primary=flag(row, "preferred"), opt_in=opted_in, opt_out=opted_out, kind=kind
    )
