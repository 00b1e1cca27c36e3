from leadcore.leads.model import Lead
from tests.apps.chat.shop import Shop, Site


async def test_health_metrics_and_the_schema_are_there(site: Site) -> None:
    health = [await site.browser.get(path) for path in ("/health", "/livez", "/readyz")]
    metrics = await site.browser.get("/metrics")
    schema = (await site.browser.get("/schema/openapi.json")).json()

    assert [answer.status_code for answer in health] == [200, 200, 200]
    assert "leadcore_assistant_turns_total" in metrics.text
    operations = {each["operationId"] for path in schema["paths"].values() for each in path.values()}
    assert operations >= {
        *("openChatSession", "getChatSession", "sendChatMessage", "streamChatMessage", "followChat"),
        *("getChatHistory", "getChatContext"),
    }


async def test_a_body_of_the_wrong_shape_is_a_problem_document(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)

    unknown = await site.browser.post(f"/api/chat/{lead.id}/message", json={"message": "Hi", "price": 1})
    no_lead = await site.browser.get("/api/chat/not-a-uuid/history")

    assert unknown.status_code in {400, 422}
    assert no_lead.status_code == 404
    assert {unknown.headers["content-type"], no_lead.headers["content-type"]} == {"application/problem+json"}
    assert await shop.entries(lead) == []
