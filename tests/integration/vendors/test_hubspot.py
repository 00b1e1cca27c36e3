"""The HubSpot adapter against the vendor's simulator over real HTTP."""

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
from leadcore.ports.inbound import EntityChanged, RawRequest
from leadcore.ports.plugin import ConnectionUrls
from leadcore.testing.contracts.crm import CrmContract
from leadcore_hubspot.connection import HubSpotConnection
from leadcore_hubspot.plugin import PLUGIN
from leadcore_hubspot.settings import HubSpotSettings
from leadcore_simulators.hubspot import app as hubspot_app
from tests.apps.simulators.vendor_server import Receiver, served
from tests.integration.vendors.conftest import Vendor
from tests.integration.vendors.rude_server import closed_port, rude

TOKEN = "pat-sim-hubspot"
SECRET = "sim-hubspot-client-secret"
AUTH = {"authorization": f"Bearer {TOKEN}"}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def settings(url: str, **changes: str) -> HubSpotSettings:
    known = {"access_token": TOKEN, "base_url": url, "opt_in_property": "sms_opt_in", "client_secret": SECRET}
    return HubSpotSettings(**(known | changes))


@pytest.fixture
async def vendor(tmp_path: Path, http: httpx.AsyncClient) -> AsyncIterator[Vendor]:
    async with served(hubspot_app.create_app(tmp_path)) as url:
        yield Vendor(url, http)


@pytest.fixture
async def hubspot(vendor: Vendor) -> AsyncIterator[HubSpotConnection]:
    connection: HubSpotConnection = PLUGIN.open(settings(vendor.url))
    yield connection
    await connection.aclose()


async def change(vendor: Vendor, path: str, **properties: Any) -> None:
    answer = await vendor.api("PATCH", f"/crm/v3/objects/{path}", json={"properties": properties}, headers=AUTH)
    answer.raise_for_status()


class StaffAtHubSpot:
    """The shop's staff, typing into HubSpot through its own API."""

    def __init__(self, vendor: Vendor, token: str) -> None:
        self._vendor = vendor
        self._headers = {"authorization": f"Bearer {token}"}

    async def add(self, record: CrmOrder | CrmCustomer | CrmVehicle | CrmService) -> str:
        path, properties = _typed(record)
        body: dict[str, Any] = {"properties": properties}
        if isinstance(record, CrmOrder) and record.customer_id:
            of_contact = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}
            body["associations"] = [{"to": {"id": record.customer_id}, "types": [of_contact]}]
        answer = await self._vendor.api("POST", f"/crm/v3/objects/{path}", headers=self._headers, json=body)
        return str(answer.raise_for_status().json()["id"])

    async def remove(self, external_id: str) -> None:
        path = f"/crm/v3/objects/contacts/{external_id}"
        (await self._vendor.api("DELETE", path, headers=self._headers)).raise_for_status()

    async def go_down(self) -> None:
        await self._vendor.misbehave({"op": "*", "kind": "status", "status": 503})

    async def revoke_key(self) -> None:
        await self._vendor.misbehave({"op": "*", "kind": "status", "status": 401})


def _typed(record: CrmOrder | CrmCustomer | CrmVehicle | CrmService) -> tuple[str, dict[str, Any]]:
    match record:
        case CrmOrder():
            return "deals", {"dealname": record.name, "pipeline": "default", "dealstage": "websiteleads"}
        case CrmCustomer():
            names = {"firstname": record.first_name, "lastname": record.last_name, "email": ";".join(record.emails)}
            mobile = [{"mobilephone": one.number, "sms_opt_in": one.opt_in} for one in record.phones]
            return "contacts", names | (mobile[0] if mobile else {})
        case CrmVehicle():
            named = {"vehicle_year": record.year, "vehicle_make": record.make, "vehicle_model": record.model}
            return "deals", {"dealname": "A car", "dealstage": "websiteleads", **named}
        case _:
            return "products", {"name": record.name, "price": f"{record.price.minor / 100:.2f}"}


class TestContract(CrmContract):
    @pytest.fixture
    async def token(self, vendor: Vendor) -> str:
        await vendor.control("accounts", access_token="empty", portal_name="Austin", catalog=[])
        return "empty"

    @pytest.fixture
    async def crm(self, vendor: Vendor, token: str) -> AsyncIterator[HubSpotConnection]:
        connection = HubSpotConnection(settings(vendor.url, access_token=token))
        yield connection
        await connection.aclose()

    @pytest.fixture
    def records(self, vendor: Vendor, token: str) -> StaffAtHubSpot:
        return StaffAtHubSpot(vendor, token)


async def test_a_website_lead_is_read_with_stage_service_and_wish(hubspot: HubSpotConnection, vendor: Vendor) -> None:
    ids = await vendor.control("leads", service="Ceramic Tint", message="How much for ceramic tint?")

    order = await hubspot.order(ids["order_id"])

    assert order is not None
    assert (order.external_id, order.customer_id, order.vehicle_id) == (
        ids["order_id"], ids["customer_id"], ids["vehicle_id"],
    )  # fmt: skip
    assert (order.name, order.status, order.column_name) == ("New Quote - Jordan Reyes", "Estimate", "Website Leads")
    assert (order.service_text, order.note) == ("Ceramic Tint", "How much for ceramic tint?")
    assert order.source == "DIRECT_TRAFFIC"
    assert not is_closed(order)
    assert abs(order.created_at - datetime.now(UTC)) < timedelta(seconds=30)


async def test_contact_and_described_vehicle_are_read(hubspot: HubSpotConnection, vendor: Vendor) -> None:
    ids = await vendor.control("leads", email="jordan@example.com")

    customer = await hubspot.customer(ids["customer_id"])
    vehicle = await hubspot.vehicle(ids["vehicle_id"])

    assert customer is not None
    assert vehicle is not None
    assert (customer.first_name, customer.last_name, customer.emails) == ("Jordan", "Reyes", ("jordan@example.com",))
    (phone,) = customer.phones
    assert (phone.number, phone.primary, phone.opt_in) == ("+15125550142", True, True)
    assert phone.opt_in_at is not None
    assert abs(phone.opt_in_at - datetime.now(UTC)) < timedelta(seconds=30)
    assert (vehicle.year, vehicle.make, vehicle.model, vehicle.body) == (2022, "Tesla", "Model 3", "Sedan")


async def test_nobody_opted_in_unless_a_property_says_so(vendor: Vendor) -> None:
    opted_out = await vendor.control("leads", sms_opt_in=False)
    opted_in = await vendor.control("leads")
    asking = HubSpotConnection(settings(vendor.url))
    not_asking = HubSpotConnection(settings(vendor.url, opt_in_property=""))

    found = [
        await asking.customer(opted_out["customer_id"]),
        await asking.customer(opted_in["customer_id"]),
        await not_asking.customer(opted_in["customer_id"]),
    ]

    assert [one.phones[0].opt_in for one in found if one] == [False, True, False]
    for connection in (asking, not_asking):
        await connection.aclose()


async def test_a_closed_stage_says_how_it_ended(hubspot: HubSpotConnection, vendor: Vendor) -> None:
    ids = [(await vendor.control("leads"))["order_id"] for _ in range(2)]
    await change(vendor, f"deals/{ids[0]}", dealstage="closedwon")
    await change(vendor, f"deals/{ids[1]}", dealstage="closedlost")

    won, lost = [await hubspot.order(each) for each in ids]

    assert won is not None
    assert lost is not None
    assert (won.status, won.column_name, won.authorized, won.archived) == ("Won", "Closed Won", True, False)
    assert (lost.status, lost.column_name, lost.authorized, lost.archived) == ("Lost", "Closed Lost", False, True)


@pytest.mark.parametrize(("pipeline", "archived"), [("default", False), ("SALES pipeline", False), ("Other", True)])
async def test_a_deal_outside_the_tenants_pipeline_is_put_away(vendor: Vendor, pipeline: str, archived: bool) -> None:
    ids = await vendor.control("leads")
    connection = HubSpotConnection(settings(vendor.url, pipeline=pipeline))

    order = await connection.order(ids["order_id"])

    assert order is not None
    assert order.archived == archived
    await connection.aclose()


async def test_what_is_gone_is_none_and_an_id_is_never_a_path(hubspot: HubSpotConnection, vendor: Vendor) -> None:
    ids = await vendor.control("leads")
    await vendor.api("DELETE", f"/crm/v3/objects/deals/{ids['order_id']}", headers=AUTH)

    found = [
        await hubspot.order(ids["order_id"]),
        await hubspot.customer("no-such-contact"),
        await hubspot.vehicle("../contacts"),
    ]

    assert found == [None, None, None]


async def test_a_deal_that_the_search_does_not_know_yet_is_read_by_its_id(
    hubspot: HubSpotConnection, vendor: Vendor
) -> None:
    ids = await vendor.control("leads")
    await vendor.misbehave({"op": "search_deals", "kind": "list_lag_s", "s": 60})
    unindexed = await hubspot.orders_changed_since(LONG_AGO)
    by_id = await hubspot.order(ids["order_id"])
    await vendor.misbehave()

    indexed = await hubspot.orders_changed_since(LONG_AGO)

    assert unindexed == ()
    assert by_id is not None
    assert [order.external_id for order in indexed] == [ids["order_id"]]


async def test_only_what_changed_since_then_is_found_oldest_first(hubspot: HubSpotConnection, vendor: Vendor) -> None:
    leads = [await vendor.control("leads") for _ in range(4)]
    first = await hubspot.order(leads[0]["order_id"])
    assert first is not None
    while datetime.now(UTC) < first.updated_at + timedelta(milliseconds=5):
        pass
    await change(vendor, f"deals/{leads[2]['order_id']}", dealstage="appointments")
    since = await hubspot.order(leads[2]["order_id"])
    assert since is not None

    changed = await hubspot.orders_changed_since(since.updated_at)
    everything = await hubspot.orders_changed_since(LONG_AGO)

    assert [(order.external_id, order.column_name) for order in changed] == [(leads[2]["order_id"], "Appointments")]
    assert len(everything) == 4
    assert [order.updated_at for order in everything] == sorted(order.updated_at for order in everything)


async def test_more_than_a_page_of_products_is_walked(hubspot: HubSpotConnection, vendor: Vendor) -> None:
    before = await hubspot.services()
    inputs = [{"properties": {"name": f"Extra {n:03}", "price": f"{n}.99"}} for n in range(100)]
    await vendor.api("POST", "/crm/v3/objects/products/batch/create", headers=AUTH, json={"inputs": inputs})
    unpriced = {"properties": {"name": "On request", "price": ""}}
    await vendor.api("POST", "/crm/v3/objects/products", headers=AUTH, json=unpriced)

    found = await hubspot.services()

    assert len(before) >= 8
    assert all(service.labor_hours > 0 for service in before)
    assert len(found) == len(before) + 100
    assert next(one.price for one in found if one.name == "Extra 007") == Money(minor=799)


async def test_a_line_item_that_is_gone_is_left_out_of_a_partial_batch(
    hubspot: HubSpotConnection, vendor: Vendor
) -> None:
    ids = await vendor.control("leads")
    await vendor.api("DELETE", f"/crm/v3/objects/line_items/{ids['service_id']}", headers=AUTH)

    order = await hubspot.order(ids["order_id"])

    assert order is not None
    assert order.service_text == ""


async def test_a_short_rate_limit_is_waited_out_and_a_policy_is_handed_up(
    hubspot: HubSpotConnection, vendor: Vendor
) -> None:
    ids = await vendor.control("leads")
    limit = {"op": "get_contact", "kind": "status", "status": 429}
    await vendor.misbehave({**limit, "retry_after": 0, "times": 2})
    waited = await hubspot.customer(ids["customer_id"])
    await vendor.misbehave(limit, {"op": "search_deals", "kind": "status", "status": 429, "times": 2})
    searched = await hubspot.orders_changed_since(LONG_AGO)

    with pytest.raises(CrmUnavailableError, match="TEN_SECONDLY_ROLLING") as refusal:
        await hubspot.customer(ids["customer_id"])

    assert waited is not None
    assert len(searched) == 1
    assert refusal.value.retry_after_s == 10


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (401, CrmRefusedError, "Private Apps"),
        (403, CrmRefusedError, "scopes"),
        (500, CrmUnavailableError, ""),
        (400, CrmAnswerError, "message"),
    ],
)
async def test_refusals_say_whose_fault_it_is(
    hubspot: HubSpotConnection, vendor: Vendor, status: int, kind: type[CrmError], advice: str
) -> None:
    await vendor.misbehave({"op": "get_deal", "kind": "status", "status": status})

    with pytest.raises(kind) as refusal:
        await hubspot.order("1")

    assert advice in str(refusal.value.fix or "")


async def test_a_broken_answer_is_unavailable_and_a_strange_one_unreadable() -> None:
    async with rude("closes") as broken, rude("cut_json") as strange:
        for url, kind in ((broken.url, CrmUnavailableError), (strange.url, CrmAnswerError)):
            connection = HubSpotConnection(settings(url))

            with pytest.raises(kind):
                await connection.order("1")
            with pytest.raises(kind):
                await connection.orders_changed_since(LONG_AGO)

            await connection.aclose()


async def test_registered_webhooks_are_signed_hints_at_deal_and_contact(vendor: Vendor, receiver: Receiver) -> None:
    account = (await vendor.look("accounts"))["accounts"][0]
    given = {"app_id": str(account["appId"]), "developer_key": account["developer_key"]}
    hubspot = HubSpotConnection(settings(vendor.url, portal_id=str(account["portalId"]), **given))
    url = f"{receiver.url}/hooks/1?shop=a%40b"
    (first,) = await hubspot.register(ConnectionUrls(inbound=url, status=""))
    (again,) = await hubspot.register(ConnectionUrls(inbound=url, status=""))
    ids = await vendor.control("leads", email="jordan@example.com")

    items = await taken(hubspot, receiver)

    hints = {hint for item in items for hint in hubspot.read(item)}
    assert (first.ok, again.ok) == (True, True)
    assert hints == {
        EntityChanged(kind="order", external_id=ids["order_id"]),
        EntityChanged(kind="customer", external_id=ids["customer_id"]),
    }
    assert len({item.dedupe_key for item in items}) == len(items)
    assert f"order:{ids['order_id']}" in {item.entity_key for item in items}
    subscriptions = await vendor.api(
        "GET", f"/webhooks/v3/{given['app_id']}/subscriptions", params={"hapikey": given["developer_key"]}
    )
    assert len(subscriptions.json()["results"]) == 8
    await hubspot.aclose()


async def taken(hubspot: HubSpotConnection, receiver: Receiver) -> list[Any]:
    hit = await receiver.next()
    request = RawRequest(method="POST", url=hit.url, headers=tuple(hit.headers.items()), body=hit.body)
    return list(hubspot.admit(request, now=datetime.now(UTC)))


async def test_webhooks_set_by_hand_are_believed_and_a_failed_one_comes_again_with_the_same_keys(
    hubspot: HubSpotConnection, vendor: Vendor, receiver: Receiver
) -> None:
    findings = await hubspot.register(ConnectionUrls(inbound=f"{receiver.url}/hooks/1", status=""))
    await vendor.control("webhooks", target_url=f"{receiver.url}/hooks/1", events=["deal.propertyChange:dealstage"])
    ids = await vendor.control("leads", fire_webhooks=False)
    receiver.answers = [503]
    await change(vendor, f"deals/{ids['order_id']}", dealstage="appointments", description="x")

    first, again = await taken(hubspot, receiver), await taken(hubspot, receiver)

    (finding,) = findings
    assert (finding.ok, finding.code) == (False, "by_hand")
    assert f"{receiver.url}/hooks/1" in str(finding.fix)
    assert [item.dedupe_key for item in first] == [item.dedupe_key for item in again]
    assert [hint for item in first for hint in hubspot.read(item)] == [
        EntityChanged(kind="order", external_id=ids["order_id"])
    ]


async def test_an_address_the_vendor_will_not_call_and_a_missing_secret_are_said(vendor: Vendor) -> None:
    account = (await vendor.look("accounts"))["accounts"][0]
    given = {"app_id": str(account["appId"]), "developer_key": account["developer_key"], "client_secret": ""}
    hubspot = HubSpotConnection(settings(vendor.url, **given))

    secret, address = await hubspot.register(ConnectionUrls(inbound="http://leads.example.test/1", status=""))

    assert (secret.ok, secret.code) == (False, "no_secret")
    assert not address.ok
    assert "https" in address.what
    await hubspot.aclose()


async def test_a_good_token_passes_the_check_and_tells_the_portal(hubspot: HubSpotConnection, vendor: Vendor) -> None:
    account = (await vendor.look("accounts"))["accounts"][0]

    (finding,) = await hubspot.check()

    assert finding.ok
    assert finding.learned == {"portal_id": str(account["portalId"])}


@pytest.mark.parametrize(
    ("changes", "code", "advice"),
    [
        ({"access_token": "wrong"}, "refused", "Private Apps"),
        ({"pipeline": "Detailing"}, "no_pipeline", "pipeline"),
        ({"base_url": closed_port()}, "unreachable", "base_url"),
        ({"base_url": "/elsewhere"}, "unreadable", "base_url"),
    ],
)
async def test_each_refusal_of_the_check_names_its_fix(
    vendor: Vendor, changes: dict[str, str], code: str, advice: str
) -> None:
    if changes.get("base_url", "").startswith("/"):
        changes = {"base_url": vendor.url + changes["base_url"]}
    connection = HubSpotConnection(settings(vendor.url, **changes))

    finding = (await connection.check())[-1]

    assert (finding.ok, finding.code) == (False, code)
    assert advice in str(finding.fix)
    await connection.aclose()


async def test_the_vendor_refuses_a_taken_address_and_names_who_has_it(vendor: Vendor) -> None:
    ids = await vendor.control("leads", email="jordan@example.com")
    twin = {"properties": {"email": "Jordan@Example.com"}}
    path = "/crm/v3/objects/contacts"

    single = await vendor.api("POST", path, headers=AUTH, json=twin)
    fresh = {"properties": {"email": "new@example.com"}}
    both = await vendor.api("POST", f"{path}/batch/create", headers=AUTH, json={"inputs": [twin, fresh]})
    found = await vendor.api("GET", f"{path}/jordan@example.com", headers=AUTH, params={"idProperty": "email"})

    assert (single.status_code, single.json()["category"]) == (409, "CONFLICT")
    assert single.json()["message"].endswith(f"Existing ID: {ids['customer_id']}")
    assert (both.status_code, both.json()["numErrors"], len(both.json()["results"])) == (207, 1, 1)
    assert found.json()["id"] == ids["customer_id"]


async def test_a_price_changed_by_hand_is_what_is_on_sale(hubspot: HubSpotConnection, vendor: Vendor) -> None:
    service = (await hubspot.services())[0]

    await vendor.control("price", id=service.external_id, cents=12345)

    changed = next(one for one in await hubspot.services() if one.external_id == service.external_id)
    assert changed == msgspec.structs.replace(service, price=Money(minor=12345))
    assert [entry["id"] for entry in await vendor.log("update_product")] == [service.external_id]
