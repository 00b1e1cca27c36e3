"""Meta's door: the challenge, the signature over raw bytes, and hints that become fetched leads."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from leadcore.ports.inbound import (
    AdmittedItem,
    ForgedRequestError,
    LeadSubmitted,
    RawRequest,
    SubmissionAnnounced,
    SubmissionUnavailableError,
    SubmittedConsent,
    UnreadableBodyError,
)
from leadcore.ports.plugin import ConnectionUrls
from leadcore.testing.contracts.inbound_door import InboundDoorContract
from leadcore_meta.connection import MetaConnection
from leadcore_meta.door import MetaDoor
from leadcore_meta.plugin import PLUGIN
from leadcore_meta.settings import MetaSettings
from leadcore_meta.signature import is_signed, signature

SECRET, TOKEN, VERIFY = "app_secret", "page-token", "verify-me"
URL = "https://hooks.example.com/hooks/7"
NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
LEAD = {
    "id": "111",
    "created_time": "2026-11-22T14:00:00+0000",
    "field_data": [
        {"name": "full_name", "values": ["Pat Sample"]},
        {"name": "email", "values": ["pat@example.com"]},
        {"name": "phone_number", "values": ["+15125550142"]},
        {"name": "city", "values": ["Austin"]},
        {"name": "which_service", "values": ["Tint", "Wrap"]},
    ],
    "custom_disclaimer_responses": [{"checkbox_key": "texts", "is_checked": "1"}],
}


def settings(**changes: str) -> MetaSettings:
    return MetaSettings(**({"app_secret": SECRET, "page_token": TOKEN, "verify_token": VERIFY} | changes))


def signed(body: bytes, *, secret: str = SECRET) -> RawRequest:
    headers = (("X-Hub-Signature-256", signature(secret, body)), ("Content-Type", "application/json"))
    return RawRequest(method="POST", url=URL, headers=headers, body=body)


def announced(*ids: object, field: str = "leadgen") -> bytes:
    changes = [
        {"field": field, "value": {"leadgen_id": each, "page_id": "2", "form_id": 3, "created_time": 1764000000}}
        for each in ids
    ]
    return msgspec.json.encode({"object": "page", "entry": [{"id": "2", "time": 1764000000, "changes": changes}]})


def admit(request: RawRequest, **changes: str) -> tuple[AdmittedItem, ...]:
    return MetaDoor(settings(**changes)).admit(request, now=NOW)


class TestContract(InboundDoorContract):
    def door(self) -> MetaDoor:
        return MetaDoor(settings())

    def signed(self) -> tuple[RawRequest, ...]:
        return signed(announced("1", 2)), signed(announced("3"))

    def now(self) -> datetime:
        return NOW


def test_the_signature_equals_the_published_vector() -> None:
    body = b'{"object":"page","entry":[]}'

    assert signature(SECRET, body) == "sha256=22d3988d1017c437ea81a89d41e2d3266c00a508cffdb23f8ad8746d232d77e9"
    assert admit(signed(body)) == ()


def test_the_bytes_are_signed_and_not_what_they_mean() -> None:
    escaped = rb'{"object":"page","entry":[],"name":"Caf\u00e9"}'

    assert is_signed(signature(SECRET, escaped), escaped, secrets=[SECRET])
    with pytest.raises(ForgedRequestError):
        MetaDoor(settings()).admit(
            msgspec.structs.replace(signed(escaped), body='{"object":"page","entry":[],"name":"Café"}'.encode()),
            now=NOW,
        )


def test_a_batch_is_split_into_hints_and_ids_may_be_numbers() -> None:
    items = admit(signed(announced("1", 2)))

    events = [event for item in items for event in MetaDoor(settings()).read(item)]

    assert [item.dedupe_key for item in items] == ["leadgen:1", "leadgen:2"]
    assert events == [SubmissionAnnounced(external_id="1"), SubmissionAnnounced(external_id="2")]
    assert items[0].occurred_at == datetime.fromtimestamp(1764000000, UTC)


@pytest.mark.parametrize(
    "body", [announced("1", field="feed"), announced("../me"), b'{"entry":7}', b"[]", b'{"entry":[7]}']
)
def test_what_is_no_lead_is_left_alone(body: bytes) -> None:
    assert admit(signed(body)) == ()


def test_signed_bytes_that_are_not_json_are_unreadable() -> None:
    with pytest.raises(UnreadableBodyError):
        admit(signed(b"hello"))


def test_the_previous_secret_is_believed_while_it_is_rotated() -> None:
    assert admit(signed(announced("1")), app_secret="new", previous_app_secret=SECRET)


def test_two_thousand_changed_requests_are_all_refused() -> None:
    chance = random.Random(9)
    genuine = signed(announced("1", 2, "3"))
    accepted = []

    for number in range(2000):
        body, given = bytearray(genuine.body), genuine.header("x-hub-signature-256")
        if number % 2:
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        else:
            at = chance.randrange(len(given))
            given = given[:at] + chance.choice(["", "g", given[at] * 2, "\u00e9"]) + given[at + 1 :]
        changed = RawRequest(method="POST", url=URL, headers=(("x-hub-signature-256", given),), body=bytes(body))
        try:
            accepted.append(admit(changed))
        except ForgedRequestError:
            continue

    assert accepted == []


def test_the_challenge_is_echoed_to_whoever_knows_the_verify_token() -> None:
    query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
    asked = RawRequest(method="GET", url=f"{URL}?{query}{VERIFY}", headers=(), body=b"")

    assert MetaDoor(settings()).echo(asked) == "1158201444"


@pytest.mark.parametrize(
    ("query", "verify_token"),
    [
        ("hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong", VERIFY),
        ("hub.mode=subscribe&hub.challenge=1&hub.verify_token=", ""),
        (f"hub.mode=unsubscribe&hub.challenge=1&hub.verify_token={VERIFY}", VERIFY),
        (f"hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token={VERIFY}", VERIFY),
        ("", VERIFY),
    ],
)
def test_nobody_else_gets_an_echo(query: str, verify_token: str) -> None:
    with pytest.raises(ForgedRequestError):
        MetaDoor(settings(verify_token=verify_token)).echo(
            RawRequest(method="GET", url=f"{URL}?{query}", headers=(), body=b"")
        )


class Graph:
    """As much of the Graph API as we call, on loopback."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, str, dict[str, list[str]]]] = []
        self.answers: dict[str, tuple[int, Any]] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.partition("\r\n")[0].split(" ")
        parts = urlsplit(target)
        self.asked.append((method, parts.path, parse_qs(parts.query)))
        status, answer = self.answers.get(parts.path, (404, {"error": {"message": "Unknown path", "code": 2500}}))
        body = msgspec.json.encode(answer)
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def connected(**changes: str) -> AsyncIterator[tuple[MetaConnection, Graph]]:
    graph = Graph()
    server = await asyncio.start_server(graph.serve, "127.0.0.1", 0)
    graph.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    connection = MetaConnection(settings(base_url=graph.url, **changes))
    try:
        yield connection, graph
    finally:
        await connection.aclose()
        server.close()


async def test_a_lead_is_fetched_with_the_pages_token_and_the_proof() -> None:
    async with connected() as (connection, graph):
        graph.answers["/v24.0/111"] = (200, LEAD)

        found = await connection.fetch("111")

    assert found == LeadSubmitted(
        external_id="111",
        submitted_at=datetime(2026, 11, 22, 14, tzinfo=UTC),
        name="Pat Sample",
        phones=("+15125550142",),
        emails=("pat@example.com",),
        message="which_service: Tint, Wrap",
    )
    assert graph.asked[0][2]["access_token"] == [TOKEN]
    assert len(graph.asked[0][2]["appsecret_proof"][0]) == 64


@pytest.mark.parametrize(("checkbox", "agreed"), [("texts", True), ("other", False)])
async def test_consent_is_the_ticked_checkbox_with_its_own_wording(checkbox: str, agreed: bool) -> None:
    async with connected(consent_checkbox=checkbox, consent_wording="You may text me.") as (connection, graph):
        graph.answers["/v24.0/111"] = (200, LEAD)

        found = await connection.fetch("111")

    expected = SubmittedConsent(
        sms=True, email=True, wording="You may text me.", at=found.submitted_at, reported_by="vendor"
    )
    assert found.consent == (expected if agreed else None)


def test_a_batch_of_a_thousand_changes_is_a_thousand_hints_within_the_usual_limit() -> None:
    body = announced(*(str(10**15 + number) for number in range(1000)))

    items = admit(signed(body))

    assert len(body) < 1_048_576
    assert len({item.dedupe_key for item in items}) == 1000


@pytest.mark.parametrize(
    ("code", "what", "fix"),
    [
        (190, "the page token has expired or was revoked", "new page token"),
        (10, "the page token may not read leads", "Leads Access Manager"),
        (100, "Meta does not show the lead yet, or no longer (after 90 days)", "asked for again"),
        (4, "Meta limits our requests, or has trouble of its own", "asked for again"),
        (77, "Meta does not hand out the lead", "new page token"),
    ],
)
async def test_why_a_lead_is_not_handed_out_is_named_with_what_to_do(code: int, what: str, fix: str) -> None:
    async with connected() as (connection, graph):
        graph.answers["/v24.0/111"] = (400, {"error": {"message": "Meta's own words", "code": code}})

        with pytest.raises(SubmissionUnavailableError) as refusal:
            await connection.fetch("111")

    assert refusal.value.message == f"{what}: Meta's own words (HTTP 400, code {code})"
    assert fix in (refusal.value.fix or "")


@pytest.mark.parametrize(
    "answer",
    [
        (400, {"error": {"message": "Error validating access token", "code": 190}}),
        (200, {"id": "112", "created_time": "2026-11-22T14:00:00+0000"}),
        (200, {"id": "111", "created_time": "soon"}),
        (200, []),
    ],
)
async def test_a_lead_that_is_not_handed_out_is_asked_for_again_later(answer: tuple[int, Any]) -> None:
    async with connected() as (connection, graph):
        graph.answers["/v24.0/111"] = answer

        with pytest.raises(SubmissionUnavailableError) as refusal:
            await connection.fetch("111")

    assert TOKEN not in refusal.value.message


async def test_connecting_tries_the_token_subscribes_the_page_and_says_what_to_paste() -> None:
    async with connected(verify_token="") as (connection, graph):
        graph.answers |= {
            "/v24.0/me": (200, {"id": "2", "name": "Tint"}),
            "/v24.0/me/subscribed_apps": (200, {"success": True}),
        }

        (checked,) = await connection.check()
        subscribed, told = await connection.register(ConnectionUrls(inbound=URL, status=""))

    assert checked.ok
    assert "Tint" in checked.what
    assert subscribed.ok
    assert told.learned["verify_token"] in (told.fix or "")
    assert graph.asked[1][0] == "POST"


async def test_a_refused_token_is_a_finding_with_its_fix() -> None:
    async with connected() as (connection, graph):
        graph.answers["/v24.0/me"] = (400, {"error": {"message": "Error validating access token", "code": 190}})

        (checked,) = await connection.check()

    assert not checked.ok
    assert checked.code == "refused"
    assert "page token" in (checked.fix or "")
    assert TOKEN not in checked.what


async def test_a_version_that_is_none_never_leaves_this_machine() -> None:
    async with connected(graph_version="../evil") as (connection, graph):
        (checked,) = await connection.check()

    assert checked.code == "refused"
    assert graph.asked == []


async def test_the_plugin_hides_its_secrets() -> None:
    opened = PLUGIN.open(settings())

    assert isinstance(opened, MetaConnection)
    assert not {SECRET, TOKEN, VERIFY} & set(repr(settings()).split("'"))
    assert PLUGIN.secrets <= set(PLUGIN.settings.__struct_fields__)
    await opened.aclose()
