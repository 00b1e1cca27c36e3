"""The chat page in a real browser: what is shown when, beside what was said when."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page

from tests.e2e.customer import PATIENCE_S
from tests.e2e.system import System

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

    await system.wait_for(answered, what="an answer in the transcript", within_s=PATIENCE_S)
    return found[-1]


async def emissions(system: System, *, since: float) -> list[float]:
    """When the model simulators let go of each token of text."""
    instants: list[float] = []
    for vendor in ("anthropic", "openai"):
        log = await system.get(f"{system.sim(vendor)}/_sim/log")
        spoken_tokens = [token for request in log["requests"] for token in request["tokens"] if token["kind"] == "text"]
        instants += [token["at"] for token in spoken_tokens if token["at"] > since]
    return sorted(instants)


@asynccontextmanager
async def slowly(system: System, **settings: int) -> AsyncIterator[None]:
    """Let the models speak at a pace that an eye can follow, and afterwards as before."""
    before = {}
    for vendor in ("anthropic", "openai"):
        place = f"{system.sim(vendor)}/_sim/settings"
        found = await system.get(place)
        before[place] = {name: found[name] for name in settings}
        await system.post(place, settings)
    try:
        yield
    finally:
        for place, found in before.items():
            await system.post(place, found)
