from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl

import httpx
import pytest
import pytest_asyncio
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from leadcore_simulators.twilio.app import create_app
from leadcore_simulators.twilio.inbound import STOP_REPLY
from leadcore_simulators.twilio.segments import count_segments
from tests.apps.simulators.vendor_server import Hit, Stage, staged

SID, TOKEN = "AC00000000000000000000000000000001", "sim-twilio-token"
SHOP, CUSTOMER = "+15125550100", "+15125550142"
ACCOUNT = f"/2010-04-01/Accounts/{SID}"
MESSAGES = f"{ACCOUNT}/Messages.json"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(create_app(tmp_path_factory.mktemp("twilio")), auth=(SID, TOKEN)) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def twilio(server: Stage) -> Stage:
    await server.fresh()
    await server.ask("POST", "/_sim/pace", json={"sent_ms": 1, "delivered_ms": 5})
    return server


def text(**fields: str) -> dict[str, str]:
    return {"To": CUSTOMER, "From": SHOP, "Body": "Hi", **fields}


def form_of(hit: Hit) -> dict[str, str]:
    return dict(parse_qsl(hit.body.decode(), keep_blank_values=True))


def signed_by(hit: Hit, token: str = TOKEN) -> bool:
    return bool(RequestValidator(token).validate(hit.url, form_of(hit), hit.headers["x-twilio-signature"]))


async def set_sms_url(stage: Stage, url: str) -> None:
    numbers = await stage.ask("GET", f"{ACCOUNT}/IncomingPhoneNumbers.json", params={"PhoneNumber": SHOP})
    sid = numbers["incoming_phone_numbers"][0]["sid"]
    await stage.ask("POST", f"{ACCOUNT}/IncomingPhoneNumbers/{sid}.json", data={"SmsUrl": url})


async def customer_texts(stage: Stage, body: str) -> dict[str, object]:
    sent = {"to": SHOP, "from": CUSTOMER, "body": body}
    answer: dict[str, object] = await stage.ask("POST", "/_sim/inbound", json=sent)
    return answer


async def test_a_message_is_queued_then_sent_then_delivered_with_signed_callbacks(twilio: Stage) -> None:
    callback = f"{twilio.app.url}/status?mid=7"

    message = await twilio.ask("POST", MESSAGES, data=text(StatusCallback=callback))
    told = await twilio.app.take(2)

    assert (message["status"], message["date_sent"], message["num_segments"]) == ("queued", None, "1")
    assert [form_of(hit)["MessageStatus"] for hit in told] == ["sent", "delivered"]
    assert all(signed_by(hit) and hit.url == callback for hit in told)
    done = await twilio.ask("GET", message["uri"])
    assert done["status"] == "delivered"
    assert parsedate_to_datetime(done["date_sent"]) >= parsedate_to_datetime(done["date_created"])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": "12"}, 21211),
        ({"To": "+15005550001"}, 21211),
        ({"To": "+15005550009"}, 21614),
        ({"From": "+15125550199"}, 21606),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "nowhere"}, 21609),
        ({"ValidityPeriod": "0"}, 90007),
    ],
)
async def test_a_bad_message_is_refused_with_twilios_code(twilio: Stage, fields: dict[str, str], code: int) -> None:
    answer = await twilio.http.post(MESSAGES, data=text(**fields))

    refusal = answer.json()
    assert (answer.status_code, refusal["code"], refusal["status"]) == (400, code, 400)
    assert refusal["more_info"].endswith(str(code))
    assert await twilio.log() == []


async def test_twilios_own_sdk_reads_what_we_answer(twilio: Stage) -> None:
    await twilio.ask("POST", MESSAGES, data=text(Body="read me"))

    payload = (await twilio.ask("GET", MESSAGES))["messages"][0]
    message = MessageInstance(Client(SID, TOKEN).api.v2010, payload, account_sid=SID)

    assert (message.sid, message.body, message.direction) == (payload["sid"], "read me", "outbound-api")
    assert message.date_created.tzinfo is not None


async def test_a_wrong_token_is_refused(twilio: Stage) -> None:
    answer = await twilio.http.post(MESSAGES, data=text(), auth=(SID, "wrong"))

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


@pytest.mark.parametrize("code", [30003, 30007, 30034])
async def test_a_magic_recipient_fails_later(twilio: Stage, code: int) -> None:
    recipient = f"+15005553{code - 30000:03}"

    await twilio.ask("POST", MESSAGES, data=text(To=recipient, StatusCallback=f"{twilio.app.url}/status"))
    told = [form_of(hit) for hit in await twilio.app.take(2)]

    assert [one["MessageStatus"] for one in told] == ["sent", "undelivered"]
    assert told[-1]["ErrorCode"] == str(code)


async def test_stop_blocks_the_pair_until_start(twilio: Stage) -> None:
    await set_sms_url(twilio, f"{twilio.app.url}/sms")
    await customer_texts(twilio, " Stop ")

    refused = await twilio.http.post(MESSAGES, data=text())
    await customer_texts(twilio, "START")
    accepted = await twilio.http.post(MESSAGES, data=text())

    assert (refused.json()["code"], accepted.status_code) == (21610, 201)
    hits = await twilio.app.take(2)
    assert [form_of(hit)["Body"] for hit in hits] == [" Stop ", "START"]
    assert "OptOutType" not in form_of(hits[0])
    phone = await twilio.ask("GET", "/_sim/phone", params={"number": CUSTOMER, "all": "true"})
    assert [bubble["body"] for bubble in phone["messages"]][:2] == [" Stop ", STOP_REPLY]


async def test_stop_in_a_sentence_or_with_management_off_blocks_nothing(twilio: Stage) -> None:
    await customer_texts(twilio, "STOP please")
    first = await twilio.http.post(MESSAGES, data=text())
    await twilio.ask("POST", "/_sim/numbers", json={"phone_number": SHOP, "opt_out_management": "off"})
    await customer_texts(twilio, "STOP")

    second = await twilio.http.post(MESSAGES, data=text())

    assert (first.status_code, second.status_code) == (201, 201)


async def test_an_inbound_text_is_signed_and_retried_as_the_fragment_asks(twilio: Stage) -> None:
    await set_sms_url(twilio, f"{twilio.app.url}/sms?c=1#rc=2&rp=all")
    twilio.app.answers = [503, 500]

    outcome = await customer_texts(twilio, "How much?")
    hits = await twilio.app.take(3)

    assert (outcome["status"], outcome["attempts"], outcome["state"]) == (200, 3, "done")
    assert all(signed_by(hit) for hit in hits)
    assert len({hit.headers["i-twilio-idempotency-token"] for hit in hits}) == 1
    assert len({form_of(hit)["MessageSid"] for hit in hits}) == 1


async def test_without_the_fragment_a_server_error_is_not_retried(twilio: Stage) -> None:
    await set_sms_url(twilio, f"{twilio.app.url}/sms")
    twilio.app.answers = [503]

    outcome = await customer_texts(twilio, "How much?")

    assert (outcome["status"], outcome["attempts"], outcome["state"]) == (503, 1, "failed")


async def test_a_shared_key_account_signs_with_sha256(twilio: Stage) -> None:
    shared = {"sid": "webhooks_sharedkey_1", "secret": "shared_key_secret"}
    await twilio.ask("POST", "/_sim/accounts", json={"sid": SID, "auth_token": TOKEN, "shared_key": shared})
    await set_sms_url(twilio, f"{twilio.app.url}/sms")

    await customer_texts(twilio, "Hello")
    hit = await twilio.app.next()

    settings = hit.headers["x-twilio-webhooks-signature-settings"]
    assert settings == "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    validator, algorithm = RequestValidator("shared_key_secret"), get_signature_algorithm(settings)
    assert validator.validate(hit.url, form_of(hit), hit.headers["x-twilio-signature"], algorithm=algorithm)


async def test_a_lost_answer_is_accepted_and_then_the_connection_dies(twilio: Stage) -> None:
    await twilio.misbehave({"op": "create_message", "kind": "lost_answer", "times": 1})

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await twilio.http.post(MESSAGES, data=text(Body="once"))

    logged = await twilio.log(op="create_message", Body="once")
    assert [(entry["answer"], entry["times"]) for entry in logged] == [("lost", 1)]
    listed = await twilio.ask("GET", MESSAGES, params={"To": CUSTOMER})
    assert [message["sid"] for message in listed["messages"]] == [logged[0]["id"]]


@pytest.mark.parametrize(
    ("rule", "accepted"),
    [({"kind": "status", "status": 429}, 0), ({"kind": "status_after", "status": 503}, 1)],
)
async def test_an_error_comes_before_or_after_acceptance(twilio: Stage, rule: dict[str, object], accepted: int) -> None:
    await twilio.misbehave({"op": "create_message", **rule})

    answer = await twilio.http.post(MESSAGES, data=text())

    assert answer.status_code == rule["status"]
    assert len(await twilio.log(op="create_message")) == accepted


async def test_a_dropped_request_is_not_accepted(twilio: Stage) -> None:
    await twilio.misbehave({"op": "create_message", "kind": "drop_before"})

    with pytest.raises(httpx.TransportError):
        await twilio.http.post(MESSAGES, data=text())

    assert await twilio.log() == []


async def test_a_young_message_is_not_listed_while_the_list_lags(twilio: Stage) -> None:
    await twilio.misbehave({"op": "list_messages", "kind": "list_lag_s", "s": 60})
    await twilio.ask("POST", MESSAGES, data=text())

    lagging = await twilio.ask("GET", MESSAGES)
    await twilio.misbehave()
    current = await twilio.ask("GET", MESSAGES)

    assert (len(lagging["messages"]), len(current["messages"])) == (0, 1)


async def test_a_duplicated_callback_says_the_same_twice(twilio: Stage) -> None:
    await twilio.misbehave({"op": "status_callback", "kind": "duplicate_callback"})

    await twilio.ask("POST", MESSAGES, data=text(StatusCallback=f"{twilio.app.url}/status"))
    hits = await twilio.app.take(4)

    statuses = sorted(form_of(hit)["MessageStatus"] for hit in hits)
    assert statuses == ["delivered", "delivered", "sent", "sent"]
    assert len({hit.headers["i-twilio-idempotency-token"] for hit in hits}) == 2


async def test_a_reordered_callback_is_overtaken(twilio: Stage) -> None:
    await twilio.misbehave({"op": "status_callback", "kind": "reorder_callbacks", "times": 1, "ms": 150})

    await twilio.ask("POST", MESSAGES, data=text(StatusCallback=f"{twilio.app.url}/status"))
    hits = await twilio.app.take(2)

    assert [form_of(hit)["MessageStatus"] for hit in hits] == ["delivered", "sent"]


async def test_lists_come_in_pages_and_filtered_by_date(twilio: Stage) -> None:
    for number in range(5):
        await twilio.ask("POST", MESSAGES, data=text(Body=f"text {number}"))

    first = await twilio.ask("GET", MESSAGES, params={"PageSize": "3"})
    second = await twilio.ask("GET", first["next_page_uri"])
    later = await twilio.ask("GET", MESSAGES, params={"DateSent>": "2999-01-01"})

    bodies = [message["body"] for message in first["messages"] + second["messages"]]
    assert bodies == [f"text {number}" for number in (4, 3, 2, 1, 0)]
    assert (second["next_page_uri"], later["messages"]) == (None, [])


@pytest.mark.parametrize(
    ("body", "segments"),
    [("x" * 160, 1), ("x" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("ж" * 70, 1), ("ж" * 71, 2), ("x" * 307, 3)],
)
async def test_segments_are_counted_by_alphabet(body: str, segments: int) -> None:
    counted = count_segments(body)

    assert counted == segments
