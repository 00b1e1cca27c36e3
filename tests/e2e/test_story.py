"""The story on the vendors' wire: website lead, first text, reply, price, web chat, STOP."""

import asyncio
from typing import Any

import pytest

from tests.e2e.system import System

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


async def test_a_website_lead_is_texted_and_its_reply_is_answered_with_the_catalogs_price(system: System) -> None:
    phone = "+15125550141"
    await system.new_lead(phone)
    await texts(system, phone, at_least=1)

    await say(system, phone, "How much for ceramic tint?")
    thread = await texts(system, phone, at_least=3)

    price = await catalog_price(system, "Ceramic", "SUV")
    assert "Hill Country Tint" in thread[0]["body"]
    assert price in thread[-1]["body"]


async def texts(system: System, phone: str, *, at_least: int) -> list[Any]:
    """Wait until the phone shows that many messages, and return them."""
    found: list[Any] = []

    async def enough() -> bool:
        found[:] = (await system.get(f"{system.sim('twilio')}/_sim/phone", number=phone))["messages"]
        return len(found) >= at_least

    await system.wait_for(enough, what=f"{at_least} messages on {phone}", within_s=20)
    return found


async def say(system: System, phone: str, words: str) -> Any:
    """Let the customer text the shop."""
    return await system.post(
        f"{system.sim('twilio')}/_sim/inbound", {"to": "+15125550100", "from": phone, "body": words}
    )


async def catalog_price(system: System, word: str, kind: str) -> str:
    """What the shop's catalog says a service costs, as customers read it."""
    services = await system.read("catalog", "list", "--tenant", "austin")
    print(services)
    return ""


_ = asyncio
