"""The Shop-Ware adapter against the vendor's simulator over real HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from leadcore.intake.policies import is_closed
from leadcore.kernel.money import Money
from leadcore.ports.crm import (
    CrmAnswerError,
    CrmCustomer,
    CrmError,
    CrmOrder,
    CrmRefusedError,
    CrmService,
    CrmUnavailableError,
    CrmVehicle,
)
from leadcore.ports.inbound import EntityChanged, ForgedRequestError, RawRequest
from leadcore.ports.plugin import ConnectionUrls
from leadcore.testing.contracts.crm import CrmContract
from leadcore_shopware.connection import ShopWareConnection
from leadcore_shopware.plugin import PLUGIN
from leadcore_shopware.settings import ShopWareSettings
from leadcore_simulators.shopware import app as shopware_app
from tests.apps.simulators.vendor_server import Receiver, served
from tests.integration.vendors.conftest import Vendor
from tests.integration.vendors.rude_server import closed_port, rude

AUTH = {"x-api-partner-id": "71", "x-api-secret": "sim-shopware-secret"}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SHOP = 110


def settings(url: str, **changes: str) -> ShopWareSettings:
    known = {
        "partner_id": "71", "api_secret": "sim-shopware-secret", "tenant_id": "1", "opt_in_field": "marketing_ok",
        "base_url": url,
    }  # fmt: skip
    return ShopWareSettings(**(known | changes))


@pytest.fixture
async def vendor(tmp_path: Path, http: httpx.AsyncClient) -> AsyncIterator[Vendor]:
    async with served(shopware_app.create_app(tmp_path)) as url:
        yield Vendor(url, http)


@pytest.fixture
async def shopware(vendor: Vendor) -> AsyncIterator[ShopWareConnection]:
    connection: ShopWareConnection = PLUGIN.open(settings(vendor.url))
    yield connection
    await connection.aclose()


async def typed(vendor: Vendor, path: str, *, tenant: int = 1, **fields: Any) -> dict[str, Any]:
    answer = await vendor.api("POST", f"/api/v1/tenants/{tenant}/{path}", json=fields, headers=AUTH)
    made: dict[str, Any] = answer.raise_for_status().json()
    return made


class StaffAtShopWare:
    """The shop's staff, typing into Shop-Ware."""

    def __init__(self, vendor: Vendor, tenant: int) -> None:
        self._vendor = vendor
        self._tenant = tenant

    async def add(self, record: CrmOrder | CrmCustomer | CrmVehicle | CrmService) -> str:
        match record:
            case CrmOrder():
                customer = record.customer_id or (await self._typed("customers", first_name="Ana"))["id"]
                fields = {"customer_id": int(customer), "shop_id": SHOP, "detail": record.name}
                made = await self._typed("repair_orders", **fields)
            case CrmCustomer():
                phones = [{"number": one.number, "label": "Mobile", "preferred": one.primary} for one in record.phones]
                made = await self._typed(
                    "customers", first_name=record.first_name, last_name=record.last_name, phones=phones,
                    email=next(iter(record.emails), None), marketing_ok=any(one.opt_in for one in record.phones),
                )  # fmt: skip
            case CrmVehicle():
                made = await self._typed("vehicles", year=str(record.year), make=record.make, model=record.model)
            case _:
                made = await self._vendor.control(
                    "canned_jobs", tenant_id=self._tenant, title=record.name, is_fixed_price_service=True,
                    fixed_price_cents=record.price.minor,
                )  # fmt: skip
        return str(made["id"])

    async def remove(self, external_id: str) -> None:
        # The vendor offers no way to delete customers; to a caller a merged one is gone just the same.
        await self._vendor.misbehave({"op": "get_customer", "kind": "status", "status": 404})

    async def go_down(self) -> None:
        await self._vendor.misbehave({"op": "*", "kind": "status", "status": 503})

    async def revoke_key(self) -> None:
        await self._vendor.misbehave({"op": "*", "kind": "status", "status": 401})

    async def _typed(self, path: str, **fields: Any) -> dict[str, Any]:
        return await typed(self._vendor, path, tenant=self._tenant, **fields)


class TestContract(CrmContract):
    @pytest.fixture
    async def tenant(self, vendor: Vendor) -> int:
        await vendor.control("accounts", tenant_id=2, shop_name="Round Rock", catalog=[])
        return 2

    @pytest.fixture
    async def crm(self, vendor: Vendor, tenant: int) -> AsyncIterator[ShopWareConnection]:
        connection = ShopWareConnection(settings(vendor.url, tenant_id=str(tenant)))
        yield connection
        await connection.aclose()

    @pytest.fixture
    def records(self, vendor: Vendor, tenant: int) -> StaffAtShopWare:
        return StaffAtShopWare(vendor, tenant)


async def test_a_website_lead_is_read_with_status_service_and_wish(
    shopware: ShopWareConnection, vendor: Vendor
) -> None:
    ids = await vendor.control("leads", service="Ceramic Tint", message="How much for ceramic tint?")

    order = await shopware.order(ids["order_id"])

    assert order is not None
    assert (order.external_id, order.customer_id, order.vehicle_id) == (
        ids["order_id"], ids["customer_id"], ids["vehicle_id"],
    )  # fmt: skip
    assert (order.name, order.status, order.column_name) == ("New Quote - Jordan Reyes", "Estimate", "Website Leads")
    assert (order.service_text, order.note, order.source) == ("Ceramic Tint", "How much for ceramic tint?", "Website")
    assert not is_closed(order)
    assert order.appointment_dates == ()
    assert abs(order.created_at - datetime.now(UTC)) < timedelta(seconds=30)


async def test_customer_and_vehicle_are_read(shopware: ShopWareConnection, vendor: Vendor) -> None:
    ids = await vendor.control("leads", email="jordan@example.com")

    customer = await shopware.customer(ids["customer_id"])
    vehicle = await shopware.vehicle(ids["vehicle_id"])

    assert customer is not None
    assert vehicle is not None
    assert (customer.first_name, customer.last_name, customer.emails) == ("Jordan", "Reyes", ("jordan@example.com",))
    (phone,) = customer.phones
    assert (phone.number, phone.primary, phone.opt_in, phone.kind) == ("+15125550142", True, True, "mobile")
    assert (vehicle.year, vehicle.make, vehicle.model) == (2022, "Tesla", "Model 3")


async def test_nobody_opted_in_unless_a_field_says_so(vendor: Vendor) -> None:
    ids = await vendor.control("leads")
    connection = ShopWareConnection(settings(vendor.url, opt_in_field=""))

    customer = await connection.customer(ids["customer_id"])

    assert customer is not None
    assert [phone.opt_in for phone in customer.phones] == [False]
    await connection.aclose()


async def test_the_old_single_phone_counts_where_there_are_no_others(
    shopware: ShopWareConnection, vendor: Vendor
) -> None:
    old = await typed(vendor, "customers", first_name="Ana", phone="+15125550143")
    several = [{"number": "+15125550144", "label": "Work"}, {"number": "+15125550145", "preferred": True}]
    new = await typed(vendor, "customers", first_name="Bo", phone="+15125550143", phones=several)

    found = [await shopware.customer(str(each["id"])) for each in (old, new)]

    assert [[(phone.number, phone.kind) for phone in one.phones] for one in found if one] == [
        [("+15125550143", "mobile")],
        [("+15125550145", "mobile"), ("+15125550144", "other")],
    ]


@pytest.mark.parametrize(
    ("state", "closed", "expected"),
    [
        ("estimate", True, ("Estimate", False, False, False, True)),
        ("in_progress", False, ("RepairOrder", True, False, False, False)),
        ("invoice", False, ("Invoice", True, True, False, False)),
        ("invoice", True, ("Invoice", True, True, True, False)),
    ],
)
async def test_state_and_closing_say_how_it_went(
    shopware: ShopWareConnection, vendor: Vendor, state: str, closed: bool, expected: tuple[str, bool, bool, bool, bool]
) -> None:
    ids = await vendor.control("leads")
    await vendor.control("state", id=ids["order_id"], state=state, closed=closed)

    order = await shopware.order(ids["order_id"])

    assert order is not None
    assert (order.status, order.authorized, order.invoiced, order.paid, order.archived) == expected
    assert is_closed(order)


async def test_an_orders_own_appointments_are_read_even_when_the_filter_is_ignored(
    shopware: ShopWareConnection, vendor: Vendor
) -> None:
    mine, other = [await vendor.control("leads") for _ in range(2)]
    for ids, day in ((mine, 24), (other, 25), (mine, 23)):
        start = f"2026-11-{day}T15:00:00Z"
        await typed(vendor, "appointments", start_at=start, shop_id=SHOP, repair_order_id=int(ids["order_id"]))
    await vendor.misbehave({"op": "list_appointments", "kind": "ignore_filters"})

    order = await shopware.order(mine["order_id"])

    assert order is not None
    assert [date.day for date in order.appointment_dates] == [23, 24]


async def test_what_is_gone_is_none_and_an_id_is_never_a_path(shopware: ShopWareConnection) -> None:
    found = [await shopware.order("4711"), await shopware.customer("x"), await shopware.vehicle("../customers")]

    assert found == [None, None, None]


async def test_more_orders_than_a_page_are_walked_by_cursor_and_filtered_by_us(
    shopware: ShopWareConnection, vendor: Vendor
) -> None:
    someone = await typed(vendor, "customers", first_name="Ana")
    for number in range(105):
        await typed(vendor, "repair_orders", customer_id=someone["id"], shop_id=SHOP, detail=f"Quote {number}")

    everything = await shopware.orders_changed_since(LONG_AGO)
    await vendor.misbehave({"op": "list_repair_orders", "kind": "ignore_filters"})
    nothing = await shopware.orders_changed_since(datetime.now(UTC) + timedelta(hours=1))

    assert len({order.external_id for order in everything}) == 105
    assert [order.updated_at for order in everything] == sorted(order.updated_at for order in everything)
    assert nothing == ()


async def test_a_change_in_the_very_second_of_the_last_poll_is_not_missed(
    shopware: ShopWareConnection, vendor: Vendor
) -> None:
    ids = await vendor.control("leads")
    order = await shopware.order(ids["order_id"])
    assert order is not None

    found = await shopware.orders_changed_since(order.updated_at + timedelta(milliseconds=900))

    assert [each.external_id for each in found] == [ids["order_id"]]


async def test_another_shops_orders_and_services_are_left_out(vendor: Vendor) -> None:
    await vendor.control("leads")
    elsewhere = ShopWareConnection(settings(vendor.url, shop_id="999"))

    assert await elsewhere.orders_changed_since(LONG_AGO) == ()
    assert await elsewhere.services() == ()
    await elsewhere.aclose()


async def test_canned_jobs_are_walked_and_priced(shopware: ShopWareConnection, vendor: Vendor) -> None:
    before = await shopware.services()
    for number in range(100):
        await vendor.control(
            "canned_jobs", title=f"Extra {number:03}", is_fixed_price_service=True, fixed_price_cents=1000 + number
        )
    await vendor.control(
        "canned_jobs", title="Wrap", labor_rate_cents=10_000, labors=[{"name": "Apply", "hours": 1.5}],
        parts=[{"quoted_price_cents": 500, "quantity": 4.0}], hazmats=[{"fee_cents": 75, "quantity": 2}],
        sublets=[{"price_cents": 700}],
    )  # fmt: skip
    await vendor.control("canned_jobs", title="On request", parts=[{"quoted_price_cents": None, "quantity": 1}])

    found = {service.name: service for service in await shopware.services()}

    assert len(before) >= 8
    assert all(service.labor_hours > 0 for service in before)
    assert len(found) == len(before) + 101
    assert (found["Wrap"].price, found["Wrap"].labor_hours, found["Wrap"].note) == (Money(minor=17850), 1.5, "Apply")
    assert found["Extra 007"].price == Money(minor=1007)


async def test_a_price_changed_by_hand_is_what_is_on_sale(shopware: ShopWareConnection, vendor: Vendor) -> None:
    service = (await shopware.services())[0]

    await vendor.control("price", id=service.external_id, cents=12345)

    changed = next(one for one in await shopware.services() if one.external_id == service.external_id)
    assert changed == msgspec.structs.replace(service, price=Money(minor=12345))


async def test_a_short_rate_limit_is_waited_out_and_a_long_one_is_handed_up(
    shopware: ShopWareConnection, vendor: Vendor
) -> None:
    ids = await vendor.control("leads")
    limit = {"op": "get_customer", "kind": "status", "status": 429}
    await vendor.misbehave({**limit, "retry_after": 0, "times": 2})
    waited = await shopware.customer(ids["customer_id"])
    await vendor.misbehave({**limit, "retry_after": 37})

    with pytest.raises(CrmUnavailableError) as refusal:
        await shopware.customer(ids["customer_id"])

    assert waited is not None
    assert refusal.value.retry_after_s == 37


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (401, CrmRefusedError, "api_secret"),
        (403, CrmRefusedError, "authorise"),
        (500, CrmUnavailableError, ""),
        (400, CrmAnswerError, "message"),
    ],
)
async def test_refusals_say_whose_fault_it_is(
    shopware: ShopWareConnection, vendor: Vendor, status: int, kind: type[CrmError], advice: str
) -> None:
    await vendor.misbehave({"op": "get_repair_order", "kind": "status", "status": status})

    with pytest.raises(kind) as refusal:
        await shopware.order("1")

    assert advice in str(refusal.value.fix or "")


async def test_a_broken_answer_is_unavailable_and_a_strange_one_unreadable() -> None:
    async with rude("closes") as broken, rude("cut_json") as strange:
        for url, kind in ((broken.url, CrmUnavailableError), (strange.url, CrmAnswerError)):
            connection = ShopWareConnection(settings(url))

            with pytest.raises(kind):
                await connection.order("1")

            await connection.aclose()


async def test_registering_learns_the_secret_with_which_hints_are_believed(
    shopware: ShopWareConnection, vendor: Vendor, receiver: Receiver
) -> None:
    (finding,) = await shopware.register(ConnectionUrls(inbound=f"{receiver.url}/hooks/1", status=""))
    ids = await vendor.control("leads")
    hits = await receiver.take(3)

    believing = ShopWareConnection(settings(vendor.url, **finding.learned))
    requests = [
        RawRequest(method="POST", url=hit.url, headers=tuple(hit.headers.items()), body=hit.body) for hit in hits
    ]
    items = [item for request in requests for item in believing.admit(request, now=datetime.now(UTC))]
    assert finding.ok
    assert finding.learned["webhook_secret"] not in finding.what
    assert {hint for item in items for hint in believing.read(item)} == {
        EntityChanged(kind="order", external_id=ids["order_id"]),
        EntityChanged(kind="customer", external_id=ids["customer_id"]),
        EntityChanged(kind="vehicle", external_id=ids["vehicle_id"]),
    }
    with pytest.raises(ForgedRequestError):
        shopware.admit(requests[0], now=datetime.now(UTC))
    await believing.aclose()


async def test_registering_again_changes_the_one_webhook(shopware: ShopWareConnection, vendor: Vendor) -> None:
    foreign = {"url": "https://a.example.test/hooks/1", "events": ["shop.created"]}
    await vendor.api("POST", "/api/v1/webhooks", json=foreign, headers=AUTH)

    first = await shopware.register(ConnectionUrls(inbound="https://a.example.test/hooks/1", status="", secret="one"))
    again = await shopware.register(ConnectionUrls(inbound="https://b.example.test/hooks/1", status="", secret="two"))

    hooks = (await vendor.api("GET", "/api/v1/webhooks", headers=AUTH)).json()["results"]
    assert [finding.learned for finding in (*first, *again)] == [{"webhook_secret": "one"}, {"webhook_secret": "two"}]
    assert [hook["url"] for hook in hooks] == [foreign["url"], "https://b.example.test/hooks/1?key=two"]


async def test_an_address_the_vendor_will_not_call_is_said(shopware: ShopWareConnection) -> None:
    (finding,) = await shopware.register(ConnectionUrls(inbound="http://leads.example.test/1", status=""))

    assert not finding.ok
    assert "https" in f"{finding.what} {finding.fix}"


async def test_good_credentials_pass_the_check(shopware: ShopWareConnection) -> None:
    assert [finding.ok for finding in await shopware.check()] == [True]


@pytest.mark.parametrize(
    ("changes", "code", "advice"),
    [
        ({"api_secret": "wrong"}, "refused", "api_secret"),
        ({"tenant_id": "99"}, "refused", "authorise"),
        ({"shop_id": "5"}, "no_shop", "shop_id"),
        ({"base_url": closed_port()}, "unreachable", "base_url"),
        ({"base_url": "/elsewhere"}, "unreadable", "base_url"),
    ],
)
async def test_each_refusal_of_the_check_names_its_fix(
    vendor: Vendor, changes: dict[str, str], code: str, advice: str
) -> None:
    if changes.get("base_url", "").startswith("/"):
        changes = {"base_url": vendor.url + changes["base_url"]}
    connection = ShopWareConnection(settings(vendor.url, **changes))

    finding = (await connection.check())[-1]

    assert (finding.ok, finding.code) == (False, code)
    assert advice in str(finding.fix)
    await connection.aclose()


async def test_an_appointment_is_read_and_changes_the_order_it_belongs_to(
    shopware: ShopWareConnection, vendor: Vendor
) -> None:
    ids = await vendor.control("leads")
    before = await shopware.order(ids["order_id"])
    start = "2026-11-23T15:00:00Z"
    made = await typed(vendor, "appointments", start_at=start, shop_id=SHOP, repair_order_id=int(ids["order_id"]))

    found = await shopware.appointment(str(made["id"]))
    order = await shopware.order(ids["order_id"])

    assert found is not None
    assert (found.order_id, found.cancelled) == (ids["order_id"], False)
    assert before is not None
    assert order is not None
    assert order.updated_at >= before.updated_at
    assert await shopware.appointment("999999") is None
