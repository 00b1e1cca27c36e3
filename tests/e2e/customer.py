"""What a customer does: reads and writes texts, opens the chat link, listens to an answer."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.e2e.system import System

SHOP = "+15125550100"
PATIENCE_S = 120.0
"""Only a story that fails waits so long."""


@asynccontextmanager
async def chat(system: System, text: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that opened the link in *text*."""
    async with httpx.AsyncClient(base_url=system.chat, timeout=60, headers={"origin": system.chat}) as browser:
        opened = await browser.post("/api/chat/session", json={"token": token_in(text)})
        assert opened.status_code == 200, opened.text
        yield browser


def token_in(text: str) -> str:
    """The chat link's token in a text."""
    found = re.search(r"/c/#([\w-]{22})", text)
    assert found is not None, text
    return found.group(1)


async def listen(
    browser: httpx.AsyncClient, method: str, lead: str, *, stop_after: int = 0, on_event: Any = None, **request: Any
) -> tuple[list[Any], str]:
    """Read events until `done`, or hang up after some deltas; return them and the last id."""
    heard: list[Any] = []
    last_id = ""
    async with browser.stream(method, f"/api/chat/{lead}/stream", **request) as answer:
        assert answer.status_code == 200
        event: dict[str, Any] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "data":
                event["data"] = json.loads(value)
            elif name == "event":
                event["event"] = value
            elif name == "id":
                last_id = value
            elif not line and "data" in event and "event" in event:
                heard.append(event)
                if on_event is not None:
                    await on_event(heard)
                deltas = [each for each in heard if each["event"] == "delta"]
                if event["event"] == "done" or (stop_after and len(deltas) >= stop_after):
                    break
                event = {}
    return heard, last_id


async def texts(system: System, phone: str, *, at_least: int, within_s: float = PATIENCE_S) -> list[Any]:
    """Wait until the phone shows that many messages, and return them."""
    found: list[Any] = []

    async def enough() -> bool:
        found[:] = (await system.get(f"{system.sim('twilio')}/_sim/phone", number=phone))["messages"]
        return len(found) >= at_least

    await system.wait_for(enough, what=f"{at_least} messages on {phone}", within_s=within_s)
    return found


async def say(system: System, phone: str, words: str, *, to: str = SHOP) -> Any:
    """Let the customer text the shop."""
    return await system.post(f"{system.sim('twilio')}/_sim/inbound", {"to": to, "from": phone, "body": words})
