import json
from collections.abc import AsyncIterator
from email.parser import BytesParser
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sendgrid.helpers.eventwebhook import EventWebhook

from leadcore_simulators.sendgrid.app import create_app
from tests.apps.simulators.vendor_server import Hit, Stage, staged

KEY = {"authorization": "Bearer sim-sendgrid-key"}
SETTINGS = "/v3/user/webhooks/event/settings"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(create_app(tmp_path_factory.mktemp("sendgrid")), headers=KEY) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def mailer(server: Stage) -> Stage:
    await server.fresh()
    return server


def letter(to: str = "pat@example.com", **fields: Any) -> dict[str, Any]:
    return {
        "personalizations": [{"to": [{"email": to}], "custom_args": {"message_id": "m1"}}],
        "from": {"email": "shop@example.com", "name": "Shop"},
        "reply_to": {"email": "reply+m1@in.example.com"},
        "subject": "Your quote",
        "content": [{"type": "text/plain", "value": "Hello"}, {"type": "text/html", "value": "<p>Hello</p>"}],
        **fields,
    }


async def listen(stage: Stage) -> str:
    await stage.ask("PATCH", SETTINGS, json={"enabled": True, "url": f"{stage.app.url}/events"})
    signing: dict[str, str] = await stage.ask("PATCH", f"{SETTINGS}/signed", json={"enabled": True})
    return signing["public_key"]


def events_of(hit: Hit, public_key: str) -> list[dict[str, Any]]:
    stamp = hit.headers["x-twilio-email-event-webhook-timestamp"]
    signature = hit.headers["x-twilio-email-event-webhook-signature"]
    assert EventWebhook(public_key).verify_signature(hit.body.decode(), signature, stamp)
    events: list[dict[str, Any]] = json.loads(hit.body)
    return events


async def test_a_mail_is_accepted_with_an_id_and_lands_in_the_mailbox(mailer: Stage) -> None:
    answer = await mailer.http.post("/v3/mail/send", json=letter())
    mailbox = await mailer.ask("GET", "/_sim/mailbox", params={"email": "Pat@example.com"})

    assert (answer.status_code, answer.content) == (202, b"")
    assert [mail["message_id"] for mail in mailbox["mails"]] == [answer.headers["x-message-id"]]
    assert [entry["id"] for entry in await mailer.log(op="send_mail")] == [answer.headers["x-message-id"]]


async def test_events_are_signed_arrays_with_custom_args_on_top(mailer: Stage) -> None:
    public_key = await listen(mailer)

    answer = await mailer.http.post("/v3/mail/send", json=letter())
    events = [event for hit in await mailer.app.take(2) for event in events_of(hit, public_key)]

    assert [event["event"] for event in events] == ["processed", "delivered"]
    assert {event["message_id"] for event in events} == {"m1"}
    assert {event["sg_message_id"].partition(".")[0] for event in events} == {answer.headers["x-message-id"]}
    assert len({event["sg_event_id"] for event in events}) == 2


async def test_a_bounce_is_told_and_an_asynchronous_one_has_no_message_id(mailer: Stage) -> None:
    public_key = await listen(mailer)

    await mailer.http.post("/v3/mail/send", json=letter("asyncbounce@example.com"))
    events = [event for hit in await mailer.app.take(3) for event in events_of(hit, public_key)]

    assert [event["event"] for event in events] == ["processed", "delivered", "bounce"]
    assert "sg_message_id" not in events[-1]


async def test_an_event_is_posted_again_until_it_is_taken(mailer: Stage) -> None:
    public_key = await listen(mailer)
    mailer.app.answers = [500]

    await mailer.ask("POST", "/v3/user/webhooks/event/test")
    first, second = await mailer.app.take(2)

    assert events_of(first, public_key) == events_of(second, public_key)


@pytest.mark.parametrize(
    ("broken", "status", "field"),
    [
        ({"personalizations": []}, 400, "personalizations"),
        ({"personalizations": [{"to": [{"email": "nobody"}]}]}, 400, "personalizations.0.to.0.email"),
        ({"from": {}}, 400, "from.email"),
        ({"subject": ""}, 400, "subject"),
        ({"content": []}, 400, "content"),
        ({"content": [{"type": "text/html", "value": "x"}, {"type": "text/plain", "value": "x"}]}, 400, "content"),
    ],
)
async def test_a_bad_mail_is_refused(mailer: Stage, broken: dict[str, Any], status: int, field: str) -> None:
    answer = await mailer.http.post("/v3/mail/send", json=letter(**broken))

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    assert await mailer.log() == []


async def test_keys_and_senders_are_checked(mailer: Stage) -> None:
    limited = {"api_key": "limited", "scopes": ["user.webhooks.parse.settings.read"]}
    await mailer.ask("POST", "/_sim/accounts", json=limited)
    await mailer.ask("POST", "/_sim/accounts", json={"api_key": "strict", "senders": ["other@example.com"]})

    async def status(key: str) -> int:
        headers = {"authorization": f"Bearer {key}"}
        return (await mailer.http.post("/v3/mail/send", json=letter(), headers=headers)).status_code

    assert [await status(key) for key in ("wrong", "limited", "strict", "sim-sendgrid-key")] == [401, 403, 403, 202]


async def test_the_sandbox_only_validates(mailer: Stage) -> None:
    answer = await mailer.http.post("/v3/mail/send", json=letter(mail_settings={"sandbox_mode": {"enable": True}}))

    assert answer.status_code == 200
    assert await mailer.log() == []


async def test_a_lost_answer_is_still_a_mail(mailer: Stage) -> None:
    await mailer.misbehave({"op": "send_mail", "kind": "lost_answer"})

    with pytest.raises(httpx.TransportError):
        await mailer.http.post("/v3/mail/send", json=letter())

    assert [entry["answer"] for entry in await mailer.log(op="send_mail")] == ["lost"]


async def test_a_reply_is_posted_as_multipart_with_its_envelope(mailer: Stage) -> None:
    await mailer.ask(
        "POST",
        "/v3/user/webhooks/parse/settings",
        json={"hostname": "in.example.com", "url": f"{mailer.app.url}/parse"},
    )
    reply = {
        "to": "Shop <reply+m1@in.example.com>",
        "from": "pat@example.com",
        "subject": "Re: Hi",
        "text": "Yes – gern",
    }

    outcome = await mailer.ask("POST", "/_sim/inbound", json=reply)
    hit = await mailer.app.next()

    head = f"content-type: {hit.headers['content-type']}\r\n\r\n".encode()
    parsed = BytesParser().parsebytes(head + hit.body)
    parts = [part for part in parsed.walk() if not part.is_multipart()]
    fields = {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True) for part in parts
    }
    assert outcome["status"] == 200
    assert isinstance(envelope := fields["envelope"], bytes)
    assert json.loads(envelope) == {"to": ["reply+m1@in.example.com"], "from": "pat@example.com"}
    assert fields["text"] == "Yes – gern".encode()


@pytest.mark.parametrize(("status", "state"), [(404, "failed"), (503, "pending")])
async def test_a_client_error_drops_a_reply_and_a_server_error_keeps_it(mailer: Stage, status: int, state: str) -> None:
    await mailer.ask(
        "POST",
        "/v3/user/webhooks/parse/settings",
        json={"hostname": "in.example.com", "url": f"{mailer.app.url}/parse"},
    )
    mailer.app.answers = [status]

    reply = {"to": "a@in.example.com", "from": "pat@example.com", "text": "Hi", "wait_s": 0.3}
    outcome = await mailer.ask("POST", "/_sim/inbound", json=reply)

    assert (outcome["status"], outcome["state"]) == (status, state)


async def test_one_click_unsubscribe_is_a_form_post(mailer: Stage) -> None:
    offered = {"List-Unsubscribe": f"<mailto:u@example.com>, <{mailer.app.url}/unsubscribe/t1>"}
    await mailer.http.post("/v3/mail/send", json=letter(headers=offered))
    mail = (await mailer.ask("GET", "/_sim/mailbox", params={"email": "pat@example.com"}))["mails"][0]

    done = await mailer.ask("POST", "/_sim/unsubscribe", json={"id": mail["id"]})
    hit = await mailer.app.next()

    assert done["status"] == 200
    assert (hit.url.rpartition("/")[2], hit.body) == ("t1", b"List-Unsubscribe=One-Click")
