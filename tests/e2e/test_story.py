"""The story on the vendors' wire: website lead, first text, reply, price, web chat, STOP, a second shop."""

import json
import time
from itertools import pairwise
from typing import Any

import pytest
from playwright.async_api import async_playwright

from tests.e2e.chat_page import FLAGS, WATCH, emissions, slowly, spoken
from tests.e2e.customer import PATIENCE_S, chat, listen, say, texts, token_in
from tests.e2e.system import System

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
MODEL_Y = "suv"


async def test_a_website_lead_is_texted_mailed_and_visible(system: System) -> None:
    phone = "+15125550141"

    await system.new_lead(phone)
    [first] = await texts(system, phone, at_least=1)

    assert "Hill Country Tint" in first["body"]
    assert "STOP" in first["body"]
    mails = await mailbox(system, "pat0141@example.com")
    assert "unsubscribe" in json.dumps(mails).lower()
    [lead] = [
        each for each in await system.read("leads", "list", "--tenant", "austin") if each["status"] == "contacted"
    ]
    story = json.dumps(await system.read("leads", "timeline", lead["id"], "--tenant", "austin"))
    for happened in ("lead.arrived", "consent.recorded", "cadence.enrolled", "touch.planned", "message.settled"):
        assert happened in story


async def test_a_reply_is_answered_with_the_catalogs_price_and_a_new_price_follows_without_a_restart(
    system: System,
) -> None:
    phone = "+15125550142"
    await system.new_lead(phone)
    await texts(system, phone, at_least=1)

    await say(system, phone, "How much for ceramic tint?")
    thread = await texts(system, phone, at_least=3)
    before = await price_of(system, "Ceramic Tint - Full Vehicle", MODEL_Y)
    await change_price(system, "Ceramic Tint - Full Vehicle - SUV", 61700)
    await system.by_desk(["catalog", "sync", "--tenant", "austin"])
    await say(system, phone, "And how much is ceramic tint today?")
    after = (await texts(system, phone, at_least=5))[-1]["body"]

    assert before in thread[-1]["body"]
    assert "$617" in after
    assert before not in after


async def test_the_thread_goes_on_in_web_chat_and_by_api_key(system: System) -> None:
    phone = "+15125550143"
    await system.new_lead(phone)
    [first] = await texts(system, phone, at_least=1)
    price = await price_of(system, "Ceramic Tint - Full Vehicle", MODEL_Y)

    async with chat(system, first["body"]) as browser:
        session = (await browser.get("/api/chat/session")).json()
        answer = (await browser.post(f"/api/chat/{session['lead_id']}/message", json=ASK)).json()
        history = (await browser.get(f"/api/chat/{session['lead_id']}/history")).json()["data"]["messages"]
    key = (await system.read("api-keys", "create", "test", "--tenant", "austin"))["key"]
    by_key = await system.post(
        f"{system.chat}/api/chat/{session['lead_id']}/message", ASK, authorization=f"Bearer {key}"
    )

    assert answer["success"] is True
    assert price in answer["data"]["content"]
    assert answer["data"]["provider"] in {"anthropic", "openai"}
    assert answer["data"]["metadata"]["tokens_used"]["total"] > 0
    assert answer["data"]["metadata"]["cost_usd"] > 0
    authors = [each["author"] for each in history]
    assert [who for who in authors if who != "shop"] == ["customer", "assistant"]
    assert authors[0] == "shop"  # the first text; the e-mail beside it may come a moment later
    assert history[-1]["text"] == answer["data"]["content"]
    assert price in by_key["data"]["content"]


async def test_a_stream_cut_anywhere_resumes_to_the_very_text_of_the_transcript(system: System) -> None:
    phone = "+15125550144"
    await system.new_lead(phone)
    [first] = await texts(system, phone, at_least=1)

    async with chat(system, first["body"]) as browser:
        lead = (await browser.get("/api/chat/session")).json()["lead_id"]
        heard, last_id = await listen(browser, "POST", lead, json=ASK | {"client_message_id": "m1"}, stop_after=3)
        more, _ = await listen(browser, "GET", lead, headers={"last-event-id": last_id})
        history = (await browser.get(f"/api/chat/{lead}/history")).json()["data"]["messages"]

    done = next(event for event in more if event["event"] == "done")
    text = "".join(event["data"]["text"] for event in [*heard, *more] if event["event"] == "delta")
    assert text == done["data"]["message"]["text"] == history[-1]["text"]


async def test_after_stop_nothing_is_sent_and_the_links_are_dead(system: System) -> None:
    phone = "+15125550145"
    await system.new_lead(phone)
    [first] = await texts(system, phone, at_least=1)

    answer = await say(system, phone, "STOP")
    thread = await texts(system, phone, at_least=3)

    async def link_is_dead() -> (
        bool
    ):  # nothing is sent from the acknowledgement on; the link follows once it is applied
        opened = await system.http.post(f"{system.chat}/api/chat/session", json={"token": token_in(first["body"])})
        return opened.status_code in {404, 410}

    await system.wait_for(link_is_dead, what="the end of the chat link", within_s=PATIENCE_S)
    assert answer["status"] == 200
    from_us = [each["body"] for each in thread if not each["from_customer"] and each["kind"] == "message"]
    assert len(from_us) == 1
    lead = await lead_of(system, "opted_out")
    assert lead["status"] == "lost"


async def test_a_forged_and_an_unknown_webhook_are_refused_with_a_reason_in_the_log(system: System) -> None:
    registered = await system.http.get(
        f"{system.sim('shopmonkey')}/v3/webhook", headers={"authorization": "Bearer sim-shopmonkey-key"}
    )
    url = registered.json()["data"][0]["url"]

    forged = await system.http.post(url, json={"table": "order"}, headers={"webhook-id": "1", "webhook-timestamp": "1"})
    unknown = await system.http.post(url[:-4] + "0000", json={})

    assert forged.status_code == 401
    assert unknown.status_code in {401, 404}
    assert "webhook.refused" in system.output("orchestrator")


async def test_a_second_shop_added_by_command_answers_with_its_own_catalog_and_sender(system: System) -> None:
    await system.post(
        f"{system.sim('shopmonkey')}/_sim/accounts",
        {
            "api_key": "sim-key-denver", "location_name": "Denver", "timezone": "America/Denver",
            "catalog": [{"name": "Ceramic Tint - Full Vehicle - SUV", "fixedPriceCents": 77700}],
        },
    )  # fmt: skip
    await system.post(f"{system.sim('twilio')}/_sim/numbers", {"phone_number": "+13035550100"})
    await system.leadcore(
        "tenants", "add", "--slug", "denver", "--brand", "Mile High Film", "--zone", "America/Denver",
        "--phone", "+13035550199", "--postal-address", "1 Colfax Ave, Denver CO", "--sms", "+13035550100",
    )  # fmt: skip

    wrong = await system.connect("shopmonkey", tenant="denver", check=False, api_key="wrong")
    await system.by_desk(
        system.connecting("shopmonkey", tenant="denver", api_key="sim-key-denver"),
        system.connecting("twilio", tenant="denver", sender="+13035550100"),
        ["catalog", "sync", "--yes", "--tenant", "denver"],
    )
    await system.configuration_is_read()  # the scheduler may have read the CRM while there was no carrier yet
    await system.new_lead("+13035550142", api_key="sim-key-denver")
    [first] = await texts(system, "+13035550142", at_least=1)
    await say(system, "+13035550142", "How much for ceramic tint?", to="+13035550100")
    thread = await texts(system, "+13035550142", at_least=3)

    assert wrong.returncode == 1
    assert "API Keys" in wrong.stdout + wrong.stderr
    assert "Mile High Film" in first["body"]
    assert first["from"] == "+13035550100"
    assert "$777" in thread[-1]["body"]


@pytest.mark.browser
async def test_the_first_words_are_on_the_screen_before_the_model_has_said_the_next_ones(
    system: System, chromium: str
) -> None:
    phone = "+15125550161"
    await system.new_lead(phone)
    [first] = await texts(system, phone, at_least=1)

    async with slowly(system, token_delay_ms=100, first_token_ms=300), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        trouble: list[str] = []
        page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
        await page.add_init_script(WATCH)
        await page.goto(f"{system.chat}/c/#{token_in(first['body'])}")
        await page.get_by_role("textbox").fill("Tell me a little about your shop please")
        started = time.time()
        await page.keyboard.press("Enter")
        answer = await spoken(page, system)
        await page.get_by_text(answer["text"][-30:]).wait_for()
        growth = await page.evaluate("window.seen")
        address = await page.evaluate("location.href")
        await page.screenshot(path=str(system.folder / "chat.png"))
        await browser.close()

    emitted = await emissions(system, since=started)
    shown = [at for at, _ in growth if at > emitted[0]]
    early = [token for token, after in pairwise(emitted) if any(token <= at < after for at in shown)]
    assert shown[0] < emitted[1], "the first unheld token was shown before the next was generated"
    assert len(early) > len(emitted) / 2
    assert "#" not in address
    assert trouble == []
    assert (system.folder / "chat.png").stat().st_size > 10_000


ASK = {"message": "How much for ceramic tint?"}


async def lead_of(system: System, reason: str) -> Any:
    """The lead that was lost for *reason*."""
    leads = await system.read("leads", "list", "--tenant", "austin")
    return next(each for each in leads if each["lost_reason"] == reason)


async def price_of(system: System, name: str, kind: str) -> str:
    """What the shop's catalog says a service costs, as customers read it."""
    services = await system.read("catalog", "list", "--tenant", "austin")
    minor = next(each["prices"][kind]["minor"] for each in services if each["name"] == name)
    return f"${minor // 100:,}"


async def change_price(system: System, name: str, cents: int) -> None:
    """Change a canned service's price where the shop would: in Shopmonkey."""
    catalog = await system.get(f"{system.sim('shopmonkey')}/_sim/catalog")
    entries = catalog["services"] if isinstance(catalog, dict) else catalog
    entry = next(each for each in entries if each["name"] == name)
    await system.post(f"{system.sim('shopmonkey')}/_sim/price", {"id": entry["id"], "cents": cents})


async def mailbox(system: System, address: str) -> list[Any]:
    """Wait for a mail and return the mailbox."""
    found: list[Any] = []

    async def arrived() -> bool:
        found[:] = (await system.get(f"{system.sim('sendgrid')}/_sim/mailbox", email=address))["mails"]
        return bool(found)

    await system.wait_for(arrived, what=f"a mail to {address}", within_s=PATIENCE_S)
    return found
