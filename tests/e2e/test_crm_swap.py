"""The CRM is one line of a shop's configuration: the same story on each of them, and what they are told about it."""

from typing import Any

import pytest

from tests.e2e.customer import PATIENCE_S, chat, say, texts
from tests.e2e.system import System

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow, pytest.mark.crms]
_PHONES = {"shopmonkey": "+15125550171", "hubspot": "+15125550172", "shopware": "+15125550173"}
_AUTH = {
    "shopmonkey": {"authorization": "Bearer sim-shopmonkey-key"},
    "hubspot": {"authorization": "Bearer pat-sim-hubspot"},
    "shopware": {"x-api-partner-id": "71", "x-api-secret": "sim-shopware-secret"},
}


@pytest.mark.parametrize("crm", ["shopmonkey", "hubspot", "shopware"])
async def test_the_story_is_the_same_on_every_crm(system: System, crm: str) -> None:
    phone = _PHONES[crm]
    await switch(system, crm)

    made = await system.new_lead(phone, crm=crm)
    [first] = await texts(system, phone, at_least=1)
    await say(system, phone, "How much for ceramic tint?")
    thread = await texts(system, phone, at_least=3)
    async with chat(system, first["body"]) as browser:
        lead = (await browser.get("/api/chat/session")).json()["lead_id"]
    await told(system, crm, made)
    await say(system, phone, "STOP")
    after = await texts(system, phone, at_least=5)

    assert "Hill Country Tint" in first["body"]
    assert "STOP" in first["body"]
    assert "$599" in thread[-1]["body"]  # what each of the simulated CRMs asks for a SUV
    from_us = [each for each in after if not each["from_customer"] and each["kind"] == "message"]
    assert len(from_us) == 2  # the first text and the answer: our own writes came back as nothing
    story = await ended(system, lead)
    ours, happened = story["lead"], [each["type"] for each in story["events"]]
    assert (ours["source"], ours["external_ref"], ours["lost_reason"]) == (crm, made["order_id"], "opted_out")
    # HubSpot's webhooks are set up by hand, and nobody did: the next poll finds its leads
    [arrived] = [each["detail"] for each in story["events"] if each["type"] == "lead.arrived"]
    assert arrived["found_by"] == ("poll" if crm == "hubspot" else "webhook")
    assert "write_back.done" in happened
    assert "write_back.refused" not in happened


async def ended(system: System, lead: str) -> Any:
    """Wait until STOP has closed the lead, and return its story."""
    story: dict[str, Any] = {}

    async def is_lost() -> bool:
        story.update(await system.get_as_operator(f"/api/v1/leads/{lead}/timeline"))
        return str(story["lead"]["status"]) == "lost"

    await system.wait_for(is_lost, what="the end of the lead", within_s=PATIENCE_S)
    return story


async def switch(system: System, crm: str) -> None:
    """One line, and the new CRM's credentials."""
    await system.by_desk(
        ["tenants", "set", "austin", "providers.crm", crm],
        *([] if crm == "shopmonkey" else [system.connecting(crm, tenant="austin")]),  # that one is already
        ["catalog", "sync", "--tenant", "austin"],
    )
    await system.configuration_is_read()


async def told(system: System, crm: str, made: Any) -> None:
    """Wait until the CRM has the note, the talk and the new column."""
    found: dict[str, object] = {}

    async def is_told() -> bool:
        words, column = await kept(system, crm, made)
        found.update(words=words, column=column)
        return (
            column == "Appointments"
            and "First response" in words
            and "Customer" in words
            and "How much for ceramic tint?" in words
        )

    try:
        await system.wait_for(is_told, what="what the CRM is told", within_s=PATIENCE_S)
    except AssertionError as cause:
        raise AssertionError(f"{crm} has {found}") from cause
    words = str(found["words"])
    assert "/c/#" not in words, "the customer's own chat link is nobody else's"
    assert words.count("How much for ceramic tint?") == 1
    assert words.count("First response") == 1


async def kept(system: System, crm: str, made: Any) -> tuple[str, str]:
    """What stands beside the order in the CRM, and its column's name."""
    origin, headers = system.sim(crm), _AUTH[crm]

    async def read(path: str) -> Any:
        return (await system.http.get(origin + path, headers=headers)).raise_for_status().json()

    if crm == "shopmonkey":
        order = (await read(f"/v3/order/{made['order_id']}"))["data"]
        columns = {row["id"]: row["name"] for row in (await read("/v3/workflow_status"))["data"]}
        note = (await read(f"/v3/customer/{made['customer_id']}"))["data"]["note"]
        return note or "", columns[order["workflowStatusId"]]
    if crm == "shopware":
        order = await read(f"/api/v1/tenants/1/repair_orders/{made['order_id']}")
        columns = {row["id"]: row["text"] for row in (await read("/api/v1/tenants/1/statuses"))["results"]}
        notes = await read(f"/api/v1/tenants/1/notes?repair_order_id={made['order_id']}")
        return "\n".join(row["description"] for row in notes["results"]), columns[order["status_id"]]
    deal = await read(f"/crm/v3/objects/deals/{made['order_id']}?properties=dealstage")
    notes = await read("/crm/v3/objects/notes?properties=hs_note_body&limit=100")
    said = await read("/crm/v3/objects/communications?properties=hs_communication_body&limit=100")
    bodies = [
        value
        for row in (*notes["results"], *said["results"])
        for name, value in row["properties"].items()
        if name.endswith("_body")
    ]
    return "\n".join(bodies), {"appointments": "Appointments"}.get(deal["properties"]["dealstage"], "")
