"""Shopmonkey's records in the port's words (providers.md 1.6)."""

from datetime import datetime
from typing import Literal

from leadcore.kernel.money import Money
from leadcore.ports.crm import (
    LONG_AGO,
    CrmAppointment,
    CrmCustomer,
    CrmMessage,
    CrmOrder,
    CrmPhone,
    CrmService,
    CrmVehicle,
)
from leadcore_httpkit.fields import Fields, flag, instant, number, rows, text, whole
from leadcore_httpkit.marks import reference_in, without_mark

PhoneKind = Literal["mobile", "landline", "voip", "other"]

# What the CRM's robots write is not a person of the shop answering.
_ROBOTS = frozenset({"ChatBot", "Scheduler", "Campaign"})
_PHONE_KINDS: dict[str, PhoneKind] = {"mobile": "mobile", "landline": "landline", "voip": "voip"}


def crm_order(record: Fields, *, columns: dict[str, str], services: list[Fields]) -> CrmOrder | None:
    """Return the order, None when it has no id or no date: those are never made up."""
    created_at = instant(record.get("createdDate")) or instant(record.get("orderCreatedDate"))
    external_id = text(record, "id")
    if created_at is None or not external_id:
        return None
    column_id = text(record, "workflowStatusId")
    dates = record.get("appointmentDates")
    return CrmOrder(
        external_id=external_id,
        name=text(record, "name", "coalescedName", "generatedName"),
        status=text(record, "status"),
        column_id=column_id,
        column_name=columns.get(column_id, ""),
        customer_id=text(record, "customerId") or None,
        vehicle_id=text(record, "vehicleId") or None,
        service_text="; ".join(name for service in services if (name := text(service, "name"))),
        note=text(record, "complaint"),
        source=text(record, "attributionSource"),
        authorized=flag(record, "authorized"),
        invoiced=flag(record, "invoiced"),
        paid=flag(record, "paid"),
        archived=flag(record, "archived"),
        deleted=flag(record, "deleted"),
        message_count=whole(record, "messageCount") or 0,
        appointment_dates=tuple(
            found for value in (dates if isinstance(dates, list) else []) if (found := instant(value))
        ),
        created_at=created_at,
        updated_at=instant(record.get("updatedDate")) or created_at,
    )


def crm_customer(record: Fields) -> CrmCustomer:
    """Return the customer; primary contact points first."""
    emails = sorted(rows(record.get("emails")), key=lambda row: not flag(row, "primary"))
    phones = sorted(rows(record.get("phoneNumbers")), key=lambda row: not flag(row, "primary"))
    return CrmCustomer(
        external_id=text(record, "id"),
        first_name=text(record, "firstName", "coalescedFirstNameOrCompanyName", "companyName"),
        last_name=text(record, "lastName"),
        emails=tuple(address for row in emails if (address := text(row, "email"))),
        phones=tuple(_phone(row) for row in phones if text(row, "number")),
        state=text(record, "state"),
        postal_code=text(record, "postalCode"),
        subscribed=tuple(text(row, "email") for row in emails if flag(row, "subscribed")),
        unsubscribed=tuple(text(row, "email") for row in emails if row.get("subscribed") is False),
        marketing_opt_in=record["marketingOptIn"] if isinstance(record.get("marketingOptIn"), bool) else None,
        updated_at=_changed(record),
    )


def crm_vehicle(record: Fields) -> CrmVehicle:
    """Return the vehicle."""
    return CrmVehicle(
        external_id=text(record, "id"),
        year=whole(record, "year"),
        make=text(record, "make"),
        model=text(record, "model"),
        body=text(record, "type"),
        size=text(record, "size"),
        updated_at=_changed(record),
    )


def crm_appointment(record: Fields) -> CrmAppointment:
    """Return the appointment; one that was declined or carries a cancellation note is cancelled."""
    declined = text(record, "confirmationStatus").casefold() == "declined"
    noted = text(record, "cancellationNote", "cancelationNote")
    starts_at = instant(record.get("startDate")) or LONG_AGO
    note = text(record, "note")
    return CrmAppointment(
        external_id=text(record, "id"),
        title=text(record, "name"),
        starts_at=starts_at,
        ends_at=instant(record.get("endDate")) or starts_at,
        reference=reference_in(note),
        order_id=text(record, "orderId") or None,
        customer_id=text(record, "customerId") or None,
        note=without_mark(note),
        cancelled=declined or bool(noted) or flag(record, "deleted"),
        updated_at=_changed(record),
    )


def crm_message(record: Fields) -> CrmMessage | None:
    """Return the message, None for internal notes and for one without a date: those are never made up."""
    at = instant(record.get("createdDate")) or instant(record.get("updatedDate"))
    if at is None or flag(record, "internal"):
        return None
    author: Literal["customer", "staff", "system"] = "system"
    if text(record, "authorType") == "Customer":
        author = "customer"
    elif text(record, "authorType") == "User" and text(record, "origin") not in _ROBOTS:
        author = "staff"
    return CrmMessage(
        external_id=text(record, "id"),
        author=author,
        text=text(record, "text"),
        order_id=text(record, "orderId"),
        customer_id=text(record, "customerId"),
        at=at,
    )


def crm_service(record: Fields) -> CrmService | None:
    """Return what is on sale, None for what is deleted or has no price we can read."""
    fixed = text(record, "pricing") != "LineItem"
    names = ("fixedPriceCents", "totalCents") if fixed else ("totalCents", "fixedPriceCents")
    # A fixed price of 0 beside a total means that the fixed price is not in use.
    prices = [price for name in names if (price := whole(record, name)) is not None]
    name = text(record, "name")
    if flag(record, "deleted") or not name or not text(record, "id") or not prices:
        return None
    return CrmService(
        external_id=text(record, "id"),
        name=name,
        price=Money(minor=next((price for price in prices if price), prices[0])),
        note=text(record, "note"),
        labor_hours=sum(number(labor, "hours") for labor in rows(record.get("labors"))),
        bookable=flag(record, "bookable"),
    )


def _changed(record: Fields) -> datetime | None:
    return instant(record.get("updatedDate")) or instant(record.get("createdDate"))


def _phone(row: Fields) -> CrmPhone:
    return CrmPhone(
        number=text(row, "number"),
        primary=flag(row, "primary"),
        opt_in=flag(row, "optIn"),
        opt_out=row.get("optIn") is False,
        opt_in_at=instant(row.get("optInVerifiedDate")),
        kind=_PHONE_KINDS.get(text(row, "type").lower(), "mobile" if not text(row, "type") else "other"),
    )
