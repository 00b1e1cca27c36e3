"""Vendors change their records without notice: no field may be relied on, none made up."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.kernel.money import Money
from leadcore.ports.crm import CrmOrder
from leadcore_httpkit.fields import instant
from leadcore_shopmonkey.translate import (
    crm_appointment,
    crm_customer,
    crm_message,
    crm_order,
    crm_service,
    crm_vehicle,
)

FIELDS = (
    "id", "name", "status", "workflowStatusId", "customerId", "vehicleId", "complaint", "authorized", "messageCount",
    "appointmentDates", "createdDate", "updatedDate", "emails", "phoneNumbers", "firstName", "year", "make", "type",
    "authorType", "origin", "internal", "subscribed", "marketingOptIn", "confirmationStatus", "startDate", "orderId",
    "fixedPriceCents", "totalCents", "labors", "pricing", "deleted", "optIn", "number", "locationId", "novelty",
)  # fmt: skip
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.just("2026-11-22T15:00:00.000Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)
records = st.dictionaries(st.sampled_from(FIELDS), values)


@given(records, st.lists(records, max_size=2))
def test_any_record_is_read_or_left_out(record: dict[str, Any], services: list[dict[str, Any]]) -> None:
    order = crm_order(record, columns={}, services=services)

    crm_customer(record)
    crm_vehicle(record)
    crm_service(record)
    crm_appointment(record)
    crm_message(record)

    assert order is None or (order.external_id and order.created_at.tzinfo is UTC)


def order(**fields: object) -> CrmOrder | None:
    known = {"id": "5f0c", "createdDate": "2026-11-22T15:00:00.123Z"}
    return crm_order(known | fields, columns={"w1": "Website Leads"}, services=[])


def test_an_order_without_a_date_is_left_out_rather_than_dated_now() -> None:
    assert order(createdDate=None) is None
    assert order(id="") is None


def test_unknown_words_and_fields_are_kept_or_skipped_never_fatal() -> None:
    found = order(status="Proposal", workflowStatusId="w9", novelty={"a": 1}, paid="yes")

    assert found is not None
    assert (found.status, found.column_id, found.column_name, found.paid) == ("Proposal", "w9", "", False)


def test_the_latest_known_change_and_every_appointment_are_kept() -> None:
    found = order(updatedDate="2026-11-22T16:00:00Z", appointmentDates=["2026-12-01T09:00:00-06:00", None, "soon"])

    assert found is not None
    assert found.updated_at == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert found.appointment_dates == (datetime(2026, 12, 1, 15, tzinfo=UTC),)


def test_a_customers_primary_contact_points_come_first() -> None:
    found = crm_customer(
        {
            "id": "c1",
            "phoneNumbers": [
                {"number": "+15125550143", "type": "Landline"},
                {"number": "+15125550142", "primary": True, "optIn": True, "optInVerifiedDate": "2026-11-22T15:00:00Z"},
                {"number": "+15125550144", "type": "Satellite"},
            ],
            "emails": [{"email": "b@example.com"}, {"email": "a@example.com", "primary": True}],
        }
    )

    assert found.emails == ("a@example.com", "b@example.com")
    assert [(phone.number, phone.kind, phone.opt_in) for phone in found.phones] == [
        ("+15125550142", "mobile", True), ("+15125550143", "landline", False), ("+15125550144", "other", False),
    ]  # fmt: skip


def test_a_services_price_is_its_fixed_price_or_the_sum_of_its_lines() -> None:
    fixed = {"id": "s1", "name": "Tint", "pricing": "FixedPrice", "fixedPriceCents": 45000, "totalCents": 48000}
    lines = {"id": "s2", "name": "PPF", "pricing": "LineItem", "fixedPriceCents": 0, "totalCents": 99000}
    unused = {
        "id": "s3",
        "name": "Wash",
        "fixedPriceCents": 0,
        "totalCents": 2500,
        "labors": [{"hours": 0.5}, {"hours": 1}],
    }

    found = [service for record in (fixed, lines, unused) if (service := crm_service(record)) is not None]

    assert [service.price for service in found] == [Money(minor=45000), Money(minor=99000), Money(minor=2500)]
    assert found[2].labor_hours == 1.5


def test_what_is_deleted_or_has_no_price_is_not_on_sale() -> None:
    assert crm_service({"id": "s1", "name": "Tint", "fixedPriceCents": 1, "deleted": True}) is None
    assert crm_service({"id": "s1", "name": "Tint", "fixedPriceCents": None}) is None


def test_dates_are_read_into_utc_with_any_number_of_decimals() -> None:
    assert instant("2026-11-22T15:00:00.123456789Z") == datetime(2026, 11, 22, 15, 0, 0, 123456, tzinfo=UTC)
    assert instant("2026-11-22T09:00:00-06:00") == datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert instant("yesterday") is None


def test_a_no_is_told_from_a_missing_yes() -> None:
    record = {
        "id": "c1",
        "phoneNumbers": [{"number": "5125550142", "optIn": False}, {"number": "5125550143"}],
        "emails": [{"email": "a@example.com", "subscribed": True}, {"email": "b@example.com", "subscribed": False}],
        "marketingOptIn": False,
        "updatedDate": "2026-11-22T15:00:00.000Z",
    }

    customer = crm_customer(record)

    assert [(each.opt_in, each.opt_out) for each in customer.phones] == [(False, True), (False, False)]
    assert (customer.subscribed, customer.unsubscribed) == (("a@example.com",), ("b@example.com",))
    assert customer.marketing_opt_in is False
    assert customer.updated_at == datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert crm_customer({"id": "c1"}).marketing_opt_in is None


@pytest.mark.parametrize(
    ("changes", "cancelled"),
    [({}, False), ({"confirmationStatus": "Declined"}, True), ({"cancelationNote": "sold the car"}, True)],
)
def test_an_appointment_is_cancelled_when_it_says_so(changes: dict[str, Any], cancelled: bool) -> None:
    record = {"id": "a1", "orderId": "o1", "confirmationStatus": "NoResponse", "updatedDate": "2026-11-22T15:00:00Z"}

    appointment = crm_appointment(record | changes)

    assert (appointment.order_id, appointment.cancelled) == ("o1", cancelled)


@pytest.mark.parametrize(
    ("changes", "author"),
    [
        ({"authorType": "User", "origin": "Web"}, "staff"),
        ({"authorType": "User", "origin": "Campaign"}, "system"),
        ({"authorType": "Customer", "origin": "SMS"}, "customer"),
        ({"authorType": "System"}, "system"),
    ],
)
def test_a_message_is_a_persons_the_customers_or_the_crms_own(changes: dict[str, Any], author: str) -> None:
    record = {"id": "m1", "text": "Hi", "orderId": "o1", "createdDate": "2026-11-22T15:00:00.000Z"}

    message = crm_message(record | changes)

    assert message is not None
    assert message.author == author
    assert crm_message(record | changes | {"internal": True}) is None
