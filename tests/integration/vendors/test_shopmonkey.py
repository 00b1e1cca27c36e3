"""The Shopmonkey adapter against the vendor's simulator over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadcore.kernel.money import Money
from leadcore.ports.crm import CrmAnswerError, CrmError, CrmRefusedError, CrmUnavailableError
from leadcore.ports.inbound import EntityChanged, ForgedRequestError, RawRequest
from leadcore.ports.plugin import ConnectionUrls
from leadcore_shopmonkey.connection import ShopmonkeyConnection
from leadcore_shopmonkey.plugin import PLUGIN
from leadcore_shopmonkey.settings import ShopmonkeySettings
from tests.apps.simulators.vendor_server import Receiver
from tests.integration.vendors.conftest import Vendor
from tests.integration.vendors.rude_server import closed_port, rude

KEY = "sim-shopmonkey-key"
AUTH = {"authorization": f"Bearer {KEY}"}


def settings(url: str, **changes: str) -> ShopmonkeySettings:
    return ShopmonkeySettings(**({"api_key": KEY, "base_url": f"{url}/v3"} | changes))


@pytest.fixture
async def shopmonkey(shopmonkey_vendor: Vendor) -> AsyncIterator[ShopmonkeyConnection]:
    connection: ShopmonkeyConnection = PLUGIN.open(settings(shopmonkey_vendor.url))
    yield connection
    await connection.aclose()


async def lead(vendor: Vendor, **changes: Any) -> dict[str, Any]:
    return await vendor.control("leads", **changes)


async def test_a_website_lead_is_read_with_column_service_and_wish(
    shopmonkey: ShopmonkeyConnection, shopmonkey_vendor: Vendor
) -> None:
    ids = await lead(shopmonkey_vendor, service="Ceramic Tint", message="How much for ceramic tint?")

    order = await shopmonkey.order(ids["order_id"])

    assert order is not None
    assert (order.external_id, order.customer_id, order.vehicle_id) == (
        ids["order_id"], ids["customer_id"], ids["vehicle_id"],
    )  # fmt: skip
    assert (order.name, order.status, order.column_name) == ("New Quote - Jordan Reyes", "Estimate", "Website Leads")
    assert (order.service_text, order.note, order.source) == (
        "Ceramic Tint", "How much for ceramic tint?", "WorkRequestForm",
    )  # fmt: skip
    assert not (order.authorized)
    assert not (order.invoiced)
    assert not (order.paid)
    assert not (order.archived)
    assert not (order.deleted)
    assert abs(order.created_at - datetime.now(UTC)) < timedelta(seconds=30)


async def test_customer_and_vehicle_are_read_with_opt_in_and_body(
    shopmonkey: ShopmonkeyConnection, shopmonkey_vendor: Vendor
) -> None:
    ids = await lead(shopmonkey_vendor, email="jordan@example.com")

    customer = await shopmonkey.customer(ids["customer_id"])
    vehicle = await shopmonkey.vehicle(ids["vehicle_id"])

    assert customer is not None
    assert vehicle is not None
    assert (customer.first_name, customer.last_name, customer.emails) == ("Jordan", "Reyes", ("jordan@example.com",))
    (phone,) = customer.phones
    assert (phone.number, phone.opt_in, phone.opt_in_at is not None) == ("+15125550142", True, True)
    assert (vehicle.year, vehicle.make, vehicle.model, vehicle.body) == (2022, "Tesla", "Model 3", "Sedan")


async def test_what_is_gone_is_none_and_an_id_is_never_a_path(shopmonkey: ShopmonkeyConnection) -> None:
    found = [
        await shopmonkey.order("no-such-order"),
        await shopmonkey.customer("no-such-customer"),
        await shopmonkey.vehicle("../webhook"),
    ]

    assert found == [None, None, None]


async def test_the_catalog_is_complete_although_each_list_hides_four_rows_in_ten(
    shopmonkey: ShopmonkeyConnection, shopmonkey_vendor: Vendor
) -> None:
    everything = await shopmonkey.services()
    await shopmonkey_vendor.misbehave({"op": "list_canned_services", "kind": "shuffle", "keep": 0.6})

    found = await shopmonkey.services()

    assert len(everything) >= 8
    assert found == everything
    assert all(service.price > Money(minor=0) for service in found)


async def test_more_than_a_page_of_services_is_walked(
    shopmonkey: ShopmonkeyConnection, shopmonkey_vendor: Vendor
) -> None:
    before = len(await shopmonkey.services())
    for number in range(130):
        body = {"name": f"Extra {number:03}", "fixedPriceCents": 1000 + number, "totalCents": 1000 + number}
        (await shopmonkey_vendor.api("POST", "/v3/canned_service", json=body, headers=AUTH)).raise_for_status()

    found = await shopmonkey.services()

    assert len(found) == before + 130


async def test_a_list_that_never_settles_is_an_error_not_half_a_catalog(
    shopmonkey: ShopmonkeyConnection, shopmonkey_vendor: Vendor
) -> None:
    catalog = [{"name": f"Service {n}", "fixedPriceCents": 100, "totalCents": 100} for n in range(100)]
    await shopmonkey_vendor.control("accounts", api_key=KEY, location_name="Austin", timezone="UTC", catalog=catalog)
    await shopmonkey_vendor.misbehave({"op": "list_canned_services", "kind": "shuffle", "keep": 0.02})

    with pytest.raises(CrmAnswerError, match="settle"):
        await shopmonkey.services()


@pytest.mark.parametrize("fault", [{"kind": "ignore_filters"}, {"kind": "shuffle", "keep": 0.9}])
async def test_changed_orders_are_filtered_by_us_whatever_the_vendor_does(
    shopmonkey: ShopmonkeyConnection, shopmonkey_vendor: Vendor, fault: dict[str, Any]
) -> None:
    older = [await lead(shopmonkey_vendor) for _ in range(3)]
    old = await shopmonkey.order(older[-1]["order_id"])
    assert old is not None
    since = old.updated_at + timedelta(microseconds=1)
    while datetime.now(UTC) <= since + timedelta(milliseconds=2):
        await asyncio.sleep(0)
    newer = {(await lead(shopmonkey_vendor))["order_id"] for _ in range(5)}
    await shopmonkey_vendor.misbehave({"op": "list_orders", **fault})

    found = await shopmonkey.orders_changed_since(since)

    assert found
    assert {order.external_id for order in found} <= newer
    assert [order.updated_at for order in found] == sorted(order.updated_at for order in found)
    assert all(order.column_name == "Website Leads" for order in found)


async def test_another_locations_orders_are_left_out(shopmonkey_vendor: Vendor) -> None:
    await lead(shopmonkey_vendor)
    elsewhere = ShopmonkeyConnection(settings(shopmonkey_vendor.url, location_id="another-location"))

    assert await elsewhere.orders_changed_since(datetime.now(UTC) - timedelta(hours=1)) == ()
    await elsewhere.aclose()


async def test_a_short_rate_limit_is_waited_out_and_a_long_one_is_handed_up(
    shopmonkey: ShopmonkeyConnection, shopmonkey_vendor: Vendor
) -> None:
    ids = await lead(shopmonkey_vendor)
    limit = {"op": "get_customer", "kind": "status", "status": 429}
    await shopmonkey_vendor.misbehave({**limit, "retry_after": 0, "times": 2})
    waited = await shopmonkey.customer(ids["customer_id"])
    await shopmonkey_vendor.misbehave({**limit, "retry_after": 37})

    with pytest.raises(CrmUnavailableError) as refusal:
        await shopmonkey.customer(ids["customer_id"])

    assert waited is not None
    assert refusal.value.retry_after_s == 37


@pytest.mark.parametrize(
    ("rule", "kind", "advice"),
    [
        ({"status": 401}, CrmRefusedError, "API Keys"),
        ({"status": 403}, CrmRefusedError, "admin"),
        ({"status": 403, "html": True}, CrmRefusedError, "firewall"),
        ({"status": 500}, CrmUnavailableError, ""),
        ({"status": 400}, CrmAnswerError, "message"),
    ],
)
async def test_refusals_say_whose_fault_it_is(
    shopmonkey: ShopmonkeyConnection, shopmonkey_vendor: Vendor, rule: dict[str, Any], kind: type[CrmError], advice: str
) -> None:
    await shopmonkey_vendor.misbehave({"op": "get_order", "kind": "status", **rule})

    with pytest.raises(kind) as refusal:
        await shopmonkey.order("o1")

    assert advice in str(refusal.value.fix or "")


async def test_a_broken_answer_is_unavailable_and_a_strange_one_unreadable() -> None:
    async with rude("closes") as broken, rude("cut_json") as strange:
        for url, kind in ((broken.url, CrmUnavailableError), (strange.url, CrmAnswerError)):
            connection = ShopmonkeyConnection(settings(url))

            with pytest.raises(kind):
                await connection.order("o1")

            await connection.aclose()


async def test_at_most_five_requests_are_under_way(shopmonkey: ShopmonkeyConnection, shopmonkey_vendor: Vendor) -> None:
    ids = await lead(shopmonkey_vendor)
    await shopmonkey_vendor.misbehave({"op": "get_customer", "kind": "delay", "ms": 100})
    began = asyncio.get_running_loop().time()

    found = await asyncio.gather(*(shopmonkey.customer(ids["customer_id"]) for _ in range(20)))

    assert all(found)
    assert asyncio.get_running_loop().time() - began >= 0.39


async def test_registering_learns_the_secret_with_which_webhooks_are_believed(
    shopmonkey: ShopmonkeyConnection, shopmonkey_vendor: Vendor, receiver: Receiver
) -> None:
    (finding,) = await shopmonkey.register(ConnectionUrls(inbound=f"{receiver.url}/t/1", status=""))
    ids = await lead(shopmonkey_vendor)
    hits = await receiver.take(3)

    believing = ShopmonkeyConnection(settings(shopmonkey_vendor.url, **finding.learned))
    requests = [
        RawRequest(method="POST", url=hit.url, headers=tuple(hit.headers.items()), body=hit.body) for hit in hits
    ]
    items = [item for request in requests for item in believing.admit(request, now=datetime.now(UTC))]
    changes = {event for item in items for event in believing.read(item)}
    assert finding.ok
    assert changes == {
        EntityChanged(kind="order", external_id=ids["order_id"]),
        EntityChanged(kind="customer", external_id=ids["customer_id"]),
        EntityChanged(kind="vehicle", external_id=ids["vehicle_id"]),
    }
    assert f"order:{ids['order_id']}" in {item.entity_key for item in items}
    assert all(item.occurred_at is not None for item in items)
    with pytest.raises(ForgedRequestError):
        shopmonkey.admit(requests[0], now=datetime.now(UTC))
    await believing.aclose()


async def test_registering_again_changes_the_one_webhook_also_when_lists_hide_rows(
    shopmonkey: ShopmonkeyConnection, shopmonkey_vendor: Vendor
) -> None:
    first = await shopmonkey.register(ConnectionUrls(inbound="https://a.example.test/t/1", status="", secret="one"))
    again = await shopmonkey.register(ConnectionUrls(inbound="https://b.example.test/t/1", status="", secret="two"))

    hooks = (await shopmonkey_vendor.api("GET", "/v3/webhook", headers=AUTH)).json()["data"]
    assert [finding.ok for finding in (*first, *again)] == [True, True]
    assert [finding.learned for finding in (*first, *again)] == [{"webhook_secret": "one"}, {"webhook_secret": "two"}]
    assert [hook["url"] for hook in hooks] == ["https://b.example.test/t/1"]
    assert sorted(hooks[0]["triggers"]) == ["Appointment", "Customer", "Message", "Order", "Vehicle"]


async def test_an_address_the_vendor_will_not_call_is_said(shopmonkey: ShopmonkeyConnection) -> None:
    (finding,) = await shopmonkey.register(ConnectionUrls(inbound="http://leads.example.test/t/1", status=""))

    assert not finding.ok
    assert "https" in f"{finding.what} {finding.fix}"


async def test_a_good_key_passes_the_check(shopmonkey: ShopmonkeyConnection) -> None:
    assert [finding.ok for finding in await shopmonkey.check()] == [True]


@pytest.mark.parametrize(
    ("changes", "html", "code", "advice"),
    [
        ({"api_key": "wrong"}, False, "refused", "API Keys"),
        ({}, True, "refused", "firewall"),
        ({"base_url": closed_port()}, False, "unreachable", "base_url"),
        ({"base_url": "/elsewhere"}, False, "unreadable", "/v3"),
    ],
)
async def test_each_refusal_of_the_check_names_its_fix(
    shopmonkey_vendor: Vendor, changes: dict[str, str], html: bool, code: str, advice: str
) -> None:
    if html:
        await shopmonkey_vendor.misbehave({"op": "check_key", "kind": "status", "status": 403, "html": True})
    if changes.get("base_url", "").startswith("/"):
        changes = {"base_url": shopmonkey_vendor.url + changes["base_url"]}
    connection = ShopmonkeyConnection(settings(shopmonkey_vendor.url, **changes))

    (finding,) = await connection.check()

    assert (finding.ok, finding.code) == (False, code)
    assert advice in str(finding.fix)
    await connection.aclose()


async def test_appointments_and_messages_are_read_with_the_order_they_belong_to(
    shopmonkey: ShopmonkeyConnection, shopmonkey_vendor: Vendor
) -> None:
    ids = await lead(shopmonkey_vendor)
    its_own = {"orderId": ids["order_id"], "customerId": ids["customer_id"]}
    dates = {"startDate": "2026-11-25T15:00:00.000Z", "endDate": "2026-11-25T16:00:00.000Z"}
    visit = await typed(shopmonkey_vendor, "appointment", name="Tint", color="red", **dates, **its_own)
    letter = await typed(shopmonkey_vendor, "message", text="Hi, this is Sam", **its_own)

    appointment = await shopmonkey.appointment(visit["id"])
    message = await shopmonkey.message(letter["id"])

    assert appointment is not None
    assert (appointment.order_id, appointment.cancelled) == (ids["order_id"], False)
    assert appointment.starts_at == datetime(2026, 11, 25, 15, tzinfo=UTC)
    assert message is not None
    assert (message.order_id, message.author, message.text) == (ids["order_id"], "staff", "Hi, this is Sam")
    assert await shopmonkey.appointment("0" * 24) is None
    assert await shopmonkey.message("0" * 24) is None


async def typed(vendor: Vendor, table: str, **fields: Any) -> dict[str, Any]:
    answer = await vendor.api("POST", f"/v3/{table}", json=fields, headers=AUTH)
    made: dict[str, Any] = answer.raise_for_status().json()["data"]
    return made
