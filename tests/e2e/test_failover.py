"""Two providers: swapped by configuration, failing over in mid-sentence, and rules when both are gone."""

from typing import Any

import pytest

from tests.e2e.customer import chat, listen, texts
from tests.e2e.system import System

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow, pytest.mark.apart]
TALK = {"message": "Tell me a little about your shop please"}
PRICE = {"message": "How much for ceramic tint?"}


async def test_the_provider_is_a_matter_of_configuration_and_the_primary_may_die_in_mid_stream(system: System) -> None:
    phone = "+15125550151"
    await system.new_lead(phone)
    [first] = await texts(system, phone, at_least=1)

    async with chat(system, first["body"]) as browser:
        lead = (await browser.get("/api/chat/session")).json()["lead_id"]
        by_choice = {}
        for order in ("anthropic,openai", "openai,anthropic"):
            await prefer(system, order)
            answer = await browser.post(f"/api/chat/{lead}/message", json=PRICE)
            by_choice[order.partition(",")[0]] = answer.json()["data"]["provider"]

        await system.post(f"{system.sim('openai')}/_sim/settings", {"token_delay_ms": 150, "first_token_ms": 50})
        heard = await stream_while_killing(system, browser, lead, victim="openai")
        done = next(event["data"]["message"] for event in heard if event["event"] == "done")

        await system.end("anthropic")
        alone = (await browser.post(f"/api/chat/{lead}/message", json=PRICE)).json()["data"]

    assert by_choice == {"anthropic": "anthropic", "openai": "openai"}
    resets = [position for position, event in enumerate(heard) if event["event"] == "reset"]
    after = heard[resets[-1] :] if resets else heard
    shown = "".join(event["data"]["text"] for event in after if event["event"] == "delta")
    assert resets, "the primary was killed after it had begun to speak"
    assert shown == done["text"]
    assert done["metadata"]["provider"] == "anthropic"
    assert done["metadata"]["failed_over_from"] == ["openai"]
    assert alone["provider"] == "catalog"
    assert "$599" in alone["content"]


async def stream_while_killing(system: System, browser: Any, lead: str, *, victim: str) -> list[Any]:
    """Listen to an answer; end the provider's process once its first words were heard."""

    async def kill_after_words(heard: list[Any]) -> None:
        if victim in system.processes and any(event["event"] == "delta" for event in heard):
            system.kill(victim)
            system.processes.pop(victim).wait()

    heard, _ = await listen(browser, "POST", lead, on_event=kill_after_words, json=TALK)
    return heard


async def prefer(system: System, order: str) -> None:
    """Change the tenant's order of providers and wait until the apps have read it."""
    choices = ", ".join(f'{{"provider": "{name}"}}' for name in order.split(","))
    await system.by_desk(["tenants", "set", "austin", "providers.assistant", f"[{choices}]"])
    await system.configuration_is_read()
