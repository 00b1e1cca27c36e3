from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from msgspec import Struct
from playwright.async_api import async_playwright, expect

from leadcore_simulators.page.app import create_app as create_page
from leadcore_simulators.sendgrid.app import create_app as create_sendgrid
from leadcore_simulators.shopmonkey.app import create_app as create_shopmonkey
from leadcore_simulators.twilio.app import create_app as create_twilio
from tests.apps.simulators.vendor_server import served

CUSTOMER, SHOP = "+15125550101", "+15125550100"
ACCOUNT = "AC00000000000000000000000000000001"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIETER = ["--disable-component-update", "--disable-sync"]


class Theatre(Struct, frozen=True, kw_only=True):
    page: httpx.AsyncClient
    url: str
    twilio: str


@pytest.fixture
async def theatre(tmp_path: Path) -> AsyncIterator[Theatre]:
    makers = {"shopmonkey": create_shopmonkey, "twilio": create_twilio, "sendgrid": create_sendgrid}
    async with AsyncExitStack() as stack:
        vendors = {name: await stack.enter_async_context(served(make(tmp_path))) for name, make in makers.items()}
        url = await stack.enter_async_context(served(create_page(vendors)))
        page = await stack.enter_async_context(httpx.AsyncClient(base_url=url, trust_env=False))
        yield Theatre(page=page, url=url, twilio=vendors["twilio"])


async def text_customer(theatre: Theatre, body: str) -> None:
    path = f"{theatre.twilio}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    form = {"To": CUSTOMER, "From": SHOP, "Body": body}
    (await theatre.page.post(path, data=form, auth=(ACCOUNT, "sim-twilio-token"))).raise_for_status()


async def test_the_page_plays_lead_text_price_and_fault(theatre: Theatre) -> None:
    lead = {"first_name": "Pat", "phone": CUSTOMER, "email": "pat@example.com"}
    made = await theatre.page.post("/api/lead", json=lead)
    await theatre.page.post("/api/text", json={"to": SHOP, "from": CUSTOMER, "body": "Hello"})
    before = (await theatre.page.get("/api/state", params={"phone": CUSTOMER})).json()
    key, services = next(iter(before["catalogs"].items()))
    price = {"api_key": key, "id": services[0]["id"], "cents": 4200}
    rules = [{"op": "*", "kind": "lost_answer", "rate": 0.2}]

    await theatre.page.post("/api/price", json=price)
    await theatre.page.post("/api/faults", json={"vendor": "twilio", "faults": {"rules": rules}})
    after = (await theatre.page.get("/api/state", params={"phone": CUSTOMER})).json()

    assert made.status_code == 201
    assert after["faults"]["twilio"]["struck"] == [0], "looking at the page must not use up the dice"
    assert [bubble["body"] for bubble in after["thread"]] == ["Hello"]
    assert [one["phone"] for one in after["leads"]] == [CUSTOMER]
    assert after["catalogs"][key][0]["totalCents"] == 4200
    assert after["faults"]["twilio"]["rules"][0]["kind"] == "lost_answer"


async def test_the_page_says_when_a_simulator_is_missing(theatre: Theatre) -> None:
    alone = create_page({"twilio": theatre.twilio})

    async with served(alone) as url:
        state = await theatre.page.get(f"{url}/api/state")
        lead = await theatre.page.post(f"{url}/api/lead", json={})

    assert (state.status_code, state.json()["vendors"], lead.status_code) == (200, ["twilio"], 404)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
async def test_a_person_asks_for_a_quote_reads_the_text_and_answers(
    theatre: Theatre, chromium: str, width: int
) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*QUIET, *QUIETER])
        page = await browser.new_page(viewport={"width": width, "height": 844})
        await page.goto(theatre.url)

        await page.get_by_role("button", name="Ask for a quote").click()
        await expect(page.locator("#toast")).to_contain_text("Order 1001 is in Shopmonkey")
        await text_customer(theatre, "Hi, see https://shop.example.com/c/1 <b>now</b>")
        await expect(page.locator(".bubble.in")).to_have_text("Hi, see https://shop.example.com/c/1 <b>now</b>")
        await page.get_by_label("Text message").fill("How much?")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator(".bubble.out")).to_have_text("How much?")

        link = page.locator(".bubble.in a")
        assert await link.get_attribute("href") == "https://shop.example.com/c/1"
        assert await link.get_attribute("target") == "_blank"
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await browser.close()
