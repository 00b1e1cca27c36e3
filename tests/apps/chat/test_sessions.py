import pytest

from leadcore.flows.seams import token_digest
from leadcore.leads.model import Lead
from leadcore.ports.storage import LinkOwner
from tests.apps.chat.shop import Shop, Site, served

SESSION = "/api/chat/session"


async def test_a_link_opens_a_session_that_a_cookie_keeps(shop: Shop, site: Site, lead: Lead) -> None:
    opened = await site.enter(lead)
    again = await site.browser.get(SESSION)

    assert opened.status_code == 200
    assert (
        opened.json()
        == again.json()
        == {
            "lead_id": str(lead.id),
            "shop": {
                "brand": "Hill Country Tint",
                "phone": "+15125550199",
                "address": "",
                "hours_text": "Mon-Fri 9 AM-6 PM, Sat 9 AM-2 PM, Sun closed",
                "open_now": True,
            },
            "customer": {"first_name": "Ana"},
            "vehicle": "2022 Tesla Model Y",
            "disclosure": "You are chatting with Hill Country Tint’s AI assistant. Ask for a person at any time.",
            "expires_at": "2026-06-08T15:00:00Z",
        }
    )


async def test_over_plain_http_the_cookie_is_http_only_and_lax(site: Site, lead: Lead) -> None:
    opened = await site.enter(lead)

    name, *flags = opened.headers["set-cookie"].split("; ")
    assert name.startswith("leadcore_chat=")
    assert {flag.lower() for flag in flags} == {"httponly", "max-age=604800", "path=/", "samesite=lax"}


async def test_over_https_the_cookie_is_secure_and_bound_to_the_host(shop: Shop, lead: Lead) -> None:
    async with served(shop, chat_public_url="https://chat.example.com") as site:
        opened = await site.enter(lead)

    name, *flags = opened.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-leadcore_chat=")
    assert {flag.lower() for flag in flags} == {"httponly", "max-age=604800", "path=/", "samesite=lax", "secure"}


async def test_a_session_is_stored_by_digest_only(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)

    stored = repr(shop.store.database.tokens.rows)
    assert site.browser.cookies["leadcore_chat"] not in stored


async def test_reading_a_session_changes_nothing(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    before = dict(shop.store.database.tokens.rows)

    for _ in range(3):
        await site.browser.get(SESSION)
        await site.browser.get(f"/api/chat/{lead.id}/history")
        await site.browser.get("/c/")

    assert shop.store.database.tokens.rows == before


async def test_a_link_may_be_opened_again(shop: Shop, site: Site, lead: Lead) -> None:
    token = await shop.link(lead)

    answers = [await site.browser.post(SESSION, json={"token": token}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


async def test_an_unknown_link_is_refused_without_naming_a_shop(site: Site) -> None:
    answer = await site.browser.post(SESSION, json={"token": "nobody-made-this-token"})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "link_unknown"
    assert "shop" not in answer.json()


async def test_an_expired_link_says_how_to_reach_the_shop(shop: Shop, site: Site, lead: Lead) -> None:
    token = await shop.link(lead)
    shop.pass_time(days=31)

    answer = await site.browser.post(SESSION, json={"token": token})

    assert answer.status_code == 410
    assert answer.json()["code"] == "link_expired"
    assert answer.json()["shop"] == {"brand": "Hill Country Tint", "phone": "+15125550199"}


async def test_a_revoked_link_looks_unknown_and_its_sessions_end(shop: Shop, site: Site, lead: Lead) -> None:
    token = await shop.link(lead)
    await site.enter(lead)
    conversation = await shop.conversation(lead)
    async with shop.store.begin(shop.tenant.id) as uow:
        await uow.conversations.revoke_tokens(conversation.id, tenant_id=shop.tenant.id)
        await uow.commit()

    link = await site.browser.post(SESSION, json={"token": token})
    session = await site.browser.get(SESSION)

    assert (link.status_code, link.json()["code"]) == (404, "link_unknown")
    assert (session.status_code, session.json()["code"]) == (401, "session_required")


async def test_a_session_ends_after_seven_days(shop: Shop, site: Site, lead: Lead) -> None:
    await site.enter(lead)
    shop.pass_time(days=7)

    answer = await site.browser.get(SESSION)

    assert (answer.status_code, answer.json()["code"]) == (401, "session_required")
    assert answer.json()["shop"]["brand"] == "Hill Country Tint"


@pytest.mark.parametrize("path", ["session", "{lead}/history", "{lead}/context", "{lead}/stream"])
async def test_without_a_session_nothing_is_told(site: Site, lead: Lead, path: str) -> None:
    answer = await site.browser.get(f"/api/chat/{path.format(lead=lead.id)}")

    assert (answer.status_code, answer.json()["code"]) == (401, "session_required")


async def test_the_token_of_a_link_is_no_session_and_a_session_is_no_link(shop: Shop, site: Site, lead: Lead) -> None:
    link = await shop.link(lead)
    await site.enter(lead)
    session = site.browser.cookies["leadcore_chat"]

    site.browser.cookies.set("leadcore_chat", link)
    as_session = await site.browser.get(SESSION)
    as_link = await site.browser.post(SESSION, json={"token": session})

    assert as_session.status_code == 401
    assert as_link.status_code == 404


async def test_a_token_made_for_something_else_opens_no_chat(shop: Shop, site: Site, lead: Lead) -> None:
    token = "t" * 22
    shop.store.database.tokens.put(
        (token_digest(token),), LinkOwner(tenant_id=shop.tenant.id, target_id=lead.person_id)
    )

    answer = await site.browser.post(SESSION, json={"token": token})

    assert answer.json()["code"] == "link_unknown"


async def test_one_address_exchanges_ten_links_a_minute(site: Site) -> None:
    tries = [await site.browser.post(SESSION, json={"token": f"guess-{number}"}) for number in range(11)]

    assert [answer.status_code for answer in tries] == [404] * 10 + [429]
    assert tries[-1].json()["code"] == "rate_limited"
    assert 1 <= int(tries[-1].headers["retry-after"]) <= 6


async def test_another_sites_page_cannot_open_a_session(shop: Shop, site: Site, lead: Lead) -> None:
    body = {"token": await shop.link(lead)}

    by_origin = await site.browser.post(SESSION, json=body, headers={"Origin": "https://evil.example.com"})
    by_fetch = await site.browser.post(SESSION, json=body, headers={"Sec-Fetch-Site": "cross-site"})

    assert {by_origin.json()["code"], by_fetch.json()["code"]} == {"cross_site"}
    assert not site.browser.cookies


@pytest.mark.parametrize(("told", "kept"), [("America/Denver", "America/Denver"), ("Mars/Olympus", ""), ("", "")])
async def test_the_browsers_zone_is_kept_as_evidence_if_it_is_one(
    shop: Shop, site: Site, lead: Lead, told: str, kept: str
) -> None:
    opened = await site.browser.post(SESSION, json={"token": await shop.link(lead), "zone": told})

    assert opened.status_code == 200
    async with shop.store.begin(lead.tenant_id) as uow:
        person = await uow.leads.person(lead.person_id, tenant_id=lead.tenant_id)
        assert person.phone_id is not None
        point = await uow.compliance.get_point(person.phone_id, tenant_id=lead.tenant_id)
    assert point.browser_zone == kept
    assert (point.browser_zone_at is not None) == bool(kept)
