"""HubSpot's and Shop-Ware's records: whatever a vendor writes, translating it never fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.kernel.money import Money
from leadcore.ports.crm import CrmOrder
from leadcore_httpkit.fields import Fields
from leadcore_hubspot import translate as hubspot
from leadcore_hubspot.settings import HubSpotSettings
from leadcore_shopware import translate as shopware

SETTINGS = HubSpotSettings(access_token="t", opt_in_property="sms_opt_in")
AT = "2026-11-22T15:00:00Z"
_NAMES = st.sampled_from(
    (
        *("id", "properties", "associations", "contacts", "line items", "results", "propertiesWithHistory", "stages"),
        *("createdAt", "updatedAt", "created_at", "closed_at", "dealstage", "pipeline", "price", "name", "title"),
        *("sms_opt_in", "value", "timestamp", "phones", "phone", "mobilephone", "number", "label", "services", "parts"),
        *("labors", "hours", "quantity", "fee_cents", "hazmats", "metadata", "isClosed", "probability", "state"),
        *("fixed_price_cents", "is_fixed_price_service", "labor_rate_cents", "vehicle_year", "email", "year"),
    )
)
_ODD_VALUES = (
    st.none() | st.booleans() | st.integers(-(10**16), 10**16) | st.floats(-1e9, 1e9) | st.text(max_size=8)
    | st.sampled_from((AT, "true", "499.00", "1e400", "NaN", "Infinity", "-1", "in_progress", "51"))
)  # fmt: skip
_VALUES = st.recursive(
    _ODD_VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=6), max_leaves=25
)
_RECORDS = st.dictionaries(_NAMES, _VALUES, max_size=10)


@given(record=_RECORDS, pipelines=st.lists(_RECORDS, max_size=2))
def test_no_deal_contact_or_product_breaks_the_translation(record: Fields, pipelines: list[Fields]) -> None:
    stages = hubspot.stages_of(pipelines)

    order = hubspot.crm_order(record, stages=stages, services=[], settings=SETTINGS)
    customer = hubspot.crm_customer(record, SETTINGS)
    service = hubspot.crm_service(record, SETTINGS)

    hubspot.crm_vehicle(record, SETTINGS)
    assert order is None or (order.external_id and order.created_at.tzinfo)
    assert sum(phone.opt_in for phone in customer.phones) <= 1
    assert service is None or service.price >= Money(minor=0)


@given(record=_RECORDS)
def test_no_repair_order_customer_or_canned_job_breaks_the_translation(record: Fields) -> None:
    order = shopware.crm_order(record, statuses={}, appointments=[])
    customer = shopware.crm_customer(record, opt_in_field="marketing_ok")
    service = shopware.crm_service(record)

    shopware.crm_vehicle(record)
    assert order is None or (order.external_id and order.created_at.tzinfo)
    assert all(phone.number for phone in customer.phones)
    assert service is None or service.name


@pytest.mark.parametrize(
    ("price", "cents"), [("499", 49900), ("499.00", 49900), ("0", 0), ("", None), ("-1", None), ("NaN", None),
                         ("Infinity", None), ("1e30", None), ("12.345", 1234), ("free", None)],
)  # fmt: skip
def test_a_price_is_read_to_the_cent_or_not_at_all(price: str, cents: int | None) -> None:
    service = hubspot.crm_service({"id": "1", "properties": {"name": "Tint", "price": price}}, SETTINGS)

    assert (service.price.minor if service else None) == cents


@pytest.mark.parametrize("hours", [1e308, -1.0, 0.0, float("inf"), float("nan")])
def test_a_job_whose_parts_add_up_to_no_price_is_not_on_sale(hours: float) -> None:
    job = {"id": 1, "title": "Wrap", "labor_rate_cents": 10**9, "labors": [{"hours": hours}]}

    assert shopware.crm_service(job) is None


def test_the_opt_in_began_when_the_property_last_turned_to_yes() -> None:
    changes = [("yes", "2026-11-03"), ("true", "2026-11-02"), ("false", "2026-11-01"), ("true", "2026-10-01")]
    history = [{"value": value, "timestamp": f"{day}T15:00:00Z"} for value, day in changes]
    record = {
        "id": "1",
        "properties": {"mobilephone": "+15125550142", "phone": "+15125550143", "sms_opt_in": "yes"},
        "propertiesWithHistory": {"sms_opt_in": history},
    }

    mobile, other = hubspot.crm_customer(record, SETTINGS).phones

    assert (mobile.opt_in, other.opt_in, other.kind) == (True, False, "other")
    assert mobile.opt_in_at is not None
    assert (mobile.opt_in_at.month, mobile.opt_in_at.day) == (11, 2)


def test_an_order_without_id_or_date_is_never_made_up() -> None:
    records: list[Fields] = [{"id": "1"}, {"createdAt": AT, "created_at": AT}]

    found: list[CrmOrder | None] = []
    for record in records:
        found.append(hubspot.crm_order(record, stages={}, services=[], settings=SETTINGS))
        found.append(shopware.crm_order(record, statuses={}, appointments=[]))

    assert found == [None] * 4
