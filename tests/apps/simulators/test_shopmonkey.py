import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from leadcore_simulators.shopmonkey.app import create_app
from tests.apps.simulators.vendor_server import Hit, Stage, staged

KEY = {"authorization": "Bearer sim-shopmonkey-key"}
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(create_app(tmp_path_factory.mktemp("shopmonkey")), headers=KEY) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def shop(server: Stage) -> Stage:
    await server.fresh()
    return server


async def register(stage: Stage, *triggers: str, secret: str = SECRET) -> dict[str, Any]:
    body = {"name": "leads", "url": f"{stage.app.url}/hook", "triggers": triggers or ["Order"], "secret": secret}
    hook: dict[str, Any] = (await stage.ask("POST", "/v3/webhook", json=body))["data"]
    return hook


async def new_lead(stage: Stage, **fields: Any) -> dict[str, str]:
    ids: dict[str, str] = await stage.ask("POST", "/_sim/leads", json=fields)
    return ids


def event_of(hit: Hit, secret: str = SECRET) -> dict[str, Any]:
    verified: dict[str, Any] = Webhook(secret).verify(hit.body, hit.headers)
    return verified


async def settled(stage: Stage, ref: str) -> dict[str, Any]:
    """The delivery about a record, once the vendor is through with it."""
    while True:
        entry: dict[str, Any] = (await stage.ask("GET", "/_sim/deliveries", params={"ref": ref}))["entries"][0]
        if entry["state"] != "pending":
            return entry


async def test_a_website_lead_is_an_estimate_in_the_leads_column_with_consent(shop: Stage) -> None:
    ids = await new_lead(shop, first_name="Pat", phone="+15125550101", message="Price?", sms_opt_in=True)

    order = (await shop.ask("GET", f"/v3/order/{ids['order_id']}"))["data"]
    customer = (await shop.ask("GET", f"/v3/customer/{ids['customer_id']}"))["data"]
    vehicles = (await shop.ask("GET", f"/v3/customer/{ids['customer_id']}/vehicle"))["data"]
    columns = (await shop.ask("GET", "/v3/workflow_status"))["data"]

    column = next(column["name"] for column in columns if column["id"] == order["workflowStatusId"])
    assert (order["status"], order["attributionSource"], column) == ("Estimate", "WorkRequestForm", "Website Leads")
    assert (order["name"], order["complaint"]) == ("New Quote - Pat Reyes", "Price?")
    phone = customer["phoneNumbers"][0]
    assert (phone["number"], phone["optIn"], phone["optInVerifiedDate"] is not None) == ("+15125550101", True, True)
    assert [vehicle["id"] for vehicle in vehicles] == [order["vehicleId"]]


async def test_a_lead_tells_every_webhook_that_listens(shop: Stage) -> None:
    await register(shop, "Order", "Customer", "Vehicle")

    ids = await new_lead(shop)
    hits = await shop.app.take(3)

    told = {(event["table"], event["operation"], event["data"]["id"]) for event in map(event_of, hits)}
    assert told == {
        ("customer", "INSERT", ids["customer_id"]),
        ("vehicle", "INSERT", ids["vehicle_id"]),
        ("order", "INSERT", ids["order_id"]),
    }
    assert {hit.headers["webhook-version"] for hit in hits} == {"3"}
    assert {hit.headers["user-agent"] for hit in hits} == {"Shopmonkey (+https://shopmonkey.io)"}


async def test_an_update_tells_what_has_changed(shop: Stage) -> None:
    ids = await new_lead(shop)
    await register(shop)

    await shop.ask("PUT", f"/v3/order/{ids['order_id']}", json={"status": "RepairOrder", "madeUpField": 1})
    event = event_of(await shop.app.next())

    assert (event["operation"], set(event["diff"])) == ("UPDATE", {"status", "updatedDate"})
    assert event["data"]["name"] == "New Quote - Jordan Reyes"
    assert "madeUpField" not in event["data"]


@pytest.mark.parametrize(
    ("status", "attempts"),
    [(408, 4), (429, 4), (502, 4), (503, 4), (504, 4), (400, 1), (401, 1), (404, 1), (409, 1), (500, 1), (501, 1)],
)
async def test_only_some_statuses_are_retried(shop: Stage, status: int, attempts: int) -> None:
    await register(shop)
    shop.app.answers = [status] * 6

    ids = await new_lead(shop)
    hits = await shop.app.take(attempts)
    entry = await settled(shop, ids["order_id"])

    assert (entry["state"], entry["attempts"], shop.app.waiting) == ("failed", attempts, 0)

    assert [hit.headers["x-attempt"] for hit in hits] == [str(number + 1) for number in range(attempts)]
    assert len({hit.headers["webhook-id"] for hit in hits}) == 1
    assert all(event_of(hit)["table"] == "order" for hit in hits)


async def test_the_delivery_log_has_status_attempts_and_latency(shop: Stage) -> None:
    await register(shop)
    shop.app.answers = [503, 200]

    ids = await new_lead(shop)
    await shop.app.take(2)
    entry = await settled(shop, ids["order_id"])

    assert (entry["status"], entry["attempts"], entry["state"]) == (200, 2, "done")
    assert entry["latency_ms"] > 0
    assert [one.get("status") for one in entry["tries"]] == [503, 200]


async def test_a_faulty_wire_sends_a_webhook_twice_under_one_id(shop: Stage) -> None:
    await register(shop)
    await shop.misbehave({"op": "webhook", "kind": "duplicate_callback"})

    await new_lead(shop)
    hits = await shop.app.take(2)

    assert len({hit.headers["webhook-id"] for hit in hits}) == 1


async def test_webhooks_overtake_each_other(shop: Stage) -> None:
    await register(shop)
    late = {"op": "webhook", "kind": "reorder_callbacks", "ms": 300, "times": 1}
    await shop.misbehave(late)

    first = await new_lead(shop)
    second = await new_lead(shop)
    hits = await shop.app.take(2)

    assert [event_of(hit)["data"]["id"] for hit in hits] == [second["order_id"], first["order_id"]]


@pytest.mark.parametrize(
    ("table", "path", "create"),
    [
        ("Customer", "customer", {"firstName": "Pat"}),
        ("Vehicle", "vehicle", {"size": "LightDuty", "make": "Tesla"}),
        (
            "Appointment",
            "appointment",
            {"name": "Tint", "color": "blue", "startDate": "2027-03-01T15:00:00Z", "endDate": "2027-03-01T16:00:00Z"},
        ),
        ("Message", "message", {"text": "See you"}),
    ],
)
async def test_every_kind_of_trigger_fires(shop: Stage, table: str, path: str, create: dict[str, Any]) -> None:
    await register(shop, table)

    made = (await shop.ask("POST", f"/v3/{path}", json=create))["data"]
    event = event_of(await shop.app.next())

    assert (event["table"], event["operation"], event["data"]["id"]) == (path, "INSERT", made["id"])
    assert event["apiVersion"] == "3"


async def test_what_is_typed_appears_in_lists_later_than_by_its_id(shop: Stage) -> None:
    await shop.misbehave({"op": "list_orders", "kind": "list_lag_s", "s": 60, "times": 1})

    ids = await new_lead(shop)
    lists = [(await shop.ask("GET", "/v3/order"))["data"] for _ in range(2)]
    order = (await shop.ask("GET", f"/v3/order/{ids['order_id']}"))["data"]

    assert [len(found) for found in lists] == [0, 1]
    assert order["id"] == ids["order_id"]


async def test_filters_may_be_ignored_altogether(shop: Stage) -> None:
    ids = [(await new_lead(shop))["order_id"] for _ in range(3)]
    await shop.misbehave({"op": "list_orders", "kind": "ignore_filters"})

    where = {"updatedDate": {"gte": "2999-01-01T00:00:00.000Z"}, "status": "Invoice"}
    found = (await shop.ask("GET", "/v3/order", params={"where": json.dumps(where)}))["data"]

    assert {order["id"] for order in found} == set(ids)


async def test_a_customers_orders_are_a_list_like_any_other(shop: Stage) -> None:
    ids = await new_lead(shop)
    for number in range(5):
        await shop.ask("POST", "/v3/order", json={"name": f"order {number}", "customerId": ids["customer_id"]})
    await new_lead(shop)

    whole = (await shop.ask("GET", f"/v3/customer/{ids['customer_id']}/order"))["data"]
    await shop.misbehave({"op": "list_customer_orders", "kind": "shuffle", "keep": 0.5})
    part = (await shop.ask("GET", f"/v3/customer/{ids['customer_id']}/order"))["data"]

    assert {order["customerId"] for order in whole} == {ids["customer_id"]}
    assert (len(whole), len(part)) == (6, 3)


@pytest.mark.parametrize(
    ("url", "good"),
    [("https://leads.example.com/h", True), ("http://127.0.0.1:9/h", True), ("http://leads.example.com/h", False)],
)
async def test_a_webhook_needs_https_except_on_this_machine(shop: Stage, url: str, good: bool) -> None:
    answer = await shop.http.post("/v3/webhook", json={"name": "x", "url": url, "triggers": ["Order"]})

    assert (answer.status_code == 200) is good
    assert answer.json()["success"] is good


async def test_webhook_names_are_unique_and_triggers_known(shop: Stage) -> None:
    await register(shop)

    again = await shop.http.post("/v3/webhook", json={"name": "leads", "url": shop.app.url, "triggers": ["Order"]})
    unknown = await shop.http.post("/v3/webhook", json={"name": "other", "url": shop.app.url, "triggers": ["Lead"]})

    assert (again.status_code, unknown.status_code) == (400, 400)


async def test_a_new_order_is_always_an_estimate_and_flat_contact_fields_vanish(shop: Stage) -> None:
    order = (await shop.ask("POST", "/v3/order", json={"name": "x", "status": "Invoice"}))["data"]
    customer = (await shop.ask("POST", "/v3/customer", json={"firstName": "Pat", "phone": "+15125550101"}))["data"]

    assert order["status"] == "Estimate"
    assert (customer["phoneNumbers"], "phone" in customer) == ([], False)


async def test_customers_are_found_by_contact_points(shop: Stage) -> None:
    ids = await new_lead(shop, phone="+15125550107", email="Pat@Example.com")

    asked = {"phoneNumbers": [{"number": "(512) 555-0107"}]}
    by_phone = await shop.ask("POST", "/v3/customer/phone_number/search", json=asked)
    by_email = await shop.ask("POST", "/v3/customer/email/search", json={"emails": ["pat@example.com"]})

    assert [found["id"] for found in by_phone["data"] + by_email["data"]] == [ids["customer_id"]] * 2


async def test_list_parameters_have_the_documented_traps(shop: Stage) -> None:
    for _ in range(3):
        await new_lead(shop)

    wrong_case = await shop.http.get("/v3/order", params={"orderby": "id"})
    dollar = await shop.ask("GET", "/v3/order", params={"where": json.dumps({"createdDate": {"$gte": "2999"}})})
    plain = await shop.ask("GET", "/v3/order", params={"where": json.dumps({"createdDate": {"gte": "2999"}})})
    clamped = await shop.ask("GET", "/v3/order", params={"limit": "5000"})
    ordered = await shop.ask("GET", "/v3/order", params={"orderBy": "id"})

    assert wrong_case.status_code == 400
    assert (len(dollar["data"]), len(plain["data"]), len(clamped["data"])) == (3, 0, 3)
    ids = [order["id"] for order in ordered["data"]]
    assert ids == sorted(ids)


async def test_shuffled_lists_show_other_parts_each_time_and_a_seed_repeats_them(shop: Stage) -> None:
    for _ in range(8):
        await new_lead(shop, fire_webhooks=False)

    async def three_lists() -> list[list[str]]:
        await shop.misbehave({"op": "list_orders", "kind": "shuffle", "keep": 0.5}, seed=5)
        lists = [(await shop.ask("GET", "/v3/order"))["data"] for _ in range(3)]
        return [[order["number"] for order in orders] for orders in lists]

    first, again = await three_lists(), await three_lists()

    assert [len(numbers) for numbers in first] == [4, 4, 4]
    assert first[0] != first[1] or first[1] != first[2]
    assert first == again


async def test_a_limit_above_one_hundred_is_clamped(shop: Stage) -> None:
    for number in range(101):
        await shop.ask("POST", "/v3/order", json={"name": f"order {number}"})

    listed = await shop.ask("GET", "/v3/order", params={"limit": "200"})

    assert (len(listed["data"]), listed["meta"]) == (100, {"hasMore": True, "total": 101})


async def test_refusals_look_like_the_vendors(shop: Stage) -> None:
    nobody = await shop.http.get("/v3/order", headers={"authorization": "Bearer wrong"})
    missing = await shop.http.get("/v3/order/nothing")
    no_size = await shop.http.post("/v3/vehicle", json={"make": "Tesla"})
    no_body = await shop.http.request("DELETE", "/v3/appointment/x", headers={"content-type": "application/json"})
    await shop.misbehave({"op": "*", "kind": "status", "status": 403, "html": True})
    firewall = await shop.http.get("/v3/order")
    await shop.misbehave({"op": "*", "kind": "status", "status": 429, "retry_after": 2})
    busy = await shop.http.get("/v3/order")

    codes = [answer.status_code for answer in (nobody, missing, no_size, no_body, firewall, busy)]
    assert codes == [401, 404, 400, 400, 403, 429]
    assert no_size.json()["message"] == "body must have required property 'size'"
    assert firewall.headers["content-type"].startswith("text/html")
    assert busy.headers["retry-after"] == "2"


async def test_accounts_see_only_their_own_data(shop: Stage) -> None:
    tint = {"name": "Ceramic Tint - Full Vehicle - Sedan", "fixedPriceCents": 55500, "bookable": True}
    account = {"api_key": "other-key", "location_name": "Denver", "timezone": "America/Denver", "catalog": [tint]}
    await shop.ask("POST", "/_sim/accounts", json=account)
    other = {"authorization": "Bearer other-key"}

    ids = await new_lead(shop, api_key="other-key")

    catalog = (await shop.ask("GET", "/v3/canned_service", headers=other))["data"]
    place = (await shop.ask("GET", "/v3/location", headers=other))["data"]
    hidden = await shop.http.get(f"/v3/order/{ids['order_id']}")
    assert [(entry["name"], entry["totalCents"]) for entry in catalog] == [(tint["name"], 55500)]
    assert [(one["name"], one["timezone"]) for one in place] == [("Denver", "America/Denver")]
    assert hidden.status_code == 404


async def test_a_price_that_is_changed_is_read_back(shop: Stage) -> None:
    offered = (await shop.ask("GET", "/v3/canned_service"))["data"][0]

    await shop.ask("PUT", f"/v3/canned_service/{offered['id']}", json={"fixedPriceCents": 12300})
    after = (await shop.ask("GET", f"/v3/canned_service/{offered['id']}"))["data"]

    assert (after["fixedPriceCents"], after["totalCents"], after["name"]) == (12300, 12300, offered["name"])


async def test_the_shop_changes_a_price_by_hand_and_faults_do_not_touch_that(shop: Stage) -> None:
    await shop.misbehave({"op": "*", "kind": "status", "status": 503})
    catalog = await shop.ask("GET", "/_sim/catalog")

    await shop.ask("POST", "/_sim/price", json={"id": catalog["services"][3]["id"], "cents": 51900})
    await shop.misbehave()
    offered = (await shop.ask("GET", f"/v3/canned_service/{catalog['services'][3]['id']}"))["data"]

    assert (offered["name"], offered["totalCents"]) == ("Ceramic Tint - Full Vehicle - Sedan", 51900)


async def test_appointments_are_searched_on_the_server(shop: Stage) -> None:
    for day in ("01", "02", "03"):
        times = {"startDate": f"2027-03-{day}T15:00:00.000Z", "endDate": f"2027-03-{day}T16:00:00.000Z"}
        await shop.ask("POST", "/v3/appointment", json={"name": day, "color": "blue", **times})

    where = {"startDate": {"gte": "2027-03-02", "lte": "2027-03-03"}}
    found = await shop.ask("POST", "/v3/appointment/search", json={"where": where})

    assert [appointment["name"] for appointment in found["data"]] == ["02"]
