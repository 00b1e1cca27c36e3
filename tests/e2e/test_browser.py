"""The chat page in a real browser, on the running system: opened from the text message, streaming, readable."""

import time
from itertools import pairwise
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from tests.e2e.customer import texts, token_in
from tests.e2e.system import System

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow, pytest.mark.browser]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WATCH = """
window.seen = [];
new MutationObserver(() => {
  const log = document.querySelector('[role=log]');
  if (log) window.seen.push([Date.now() / 1000, log.textContent.length]);
}).observe(document, {subtree: true, childList: true, characterData: true});
"""


async def test_the_first_words_are_on_the_screen_before_the_model_has_said_the_next_ones(
    system: System, chromium: str
) -> None:
    phone = "+15125550161"
    await system.new_lead(phone)
    [first] = await texts(system, phone, at_least=1)
    for vendor in ("anthropic", "openai"):
        await system.post(f"{system.sim(vendor)}/_sim/settings", {"token_delay_ms": 100, "first_token_ms": 300})

    async with async_playwright() as playwright:
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


async def spoken(page: Page, system: System) -> Any:
    """Wait for the assistant's answer in the transcript and return it."""
    found: list[Any] = []

    async def answered() -> bool:
        document = await page.evaluate(
            "fetch('/api/chat/session').then(r => r.json()).then(s => fetch(`/api/chat/${s.lead_id}/history`))"
            ".then(r => r.json())"
        )
        found[:] = [each for each in document["data"]["messages"] if each["author"] == "assistant"]
        return bool(found)

    await system.wait_for(answered, what="an answer in the transcript", within_s=30)
    return found[-1]


async def emissions(system: System, *, since: float) -> list[float]:
    """When the model simulators let go of each token of text."""
    instants: list[float] = []
    for vendor in ("anthropic", "openai"):
        log = await system.get(f"{system.sim(vendor)}/_sim/log")
        spoken_tokens = [token for request in log["requests"] for token in request["tokens"] if token["kind"] == "text"]
        instants += [token["at"] for token in spoken_tokens if token["at"] > since]
    return sorted(instants)
