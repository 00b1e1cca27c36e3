import base64
import json
import time

import pytest
from sendgrid.helpers.eventwebhook import EventWebhook
from standardwebhooks import Webhook
from twilio.request_validator import RequestValidator

from leadcore_simulators.sendgrid.accounts import _new_key_pair
from leadcore_simulators.sendgrid.hooks import signature as sendgrid_signature
from leadcore_simulators.shopmonkey.hooks import signature as shopmonkey_signature
from leadcore_simulators.twilio.hooks import signature as twilio_signature

URL = "https://leads.example.test/hooks/twilio/sms?tenant=t1"
PARAMS = {
    "AccountSid": "AC00000000000000000000000000000001",
    "Body": "STOP",
    "From": "+15005550006",
    "MessageSid": "SM00000000000000000000000000000001",
    "To": "+15005550001",
}
BODY = b'{"apiVersion":"3","operation":"INSERT","table":"order","data":{"id":"o1"}}'
LISTS = {name: [value] for name, value in PARAMS.items()}


@pytest.mark.parametrize(
    ("url", "secret", "algorithm", "expected"),
    [
        (URL, "test_auth_token", "sha1", "qZ6ecaKYpTBGD2L2IeJq4aODocI="),
        (URL.replace(".test/", ".test:443/"), "test_auth_token", "sha1", "4Ipr0iyxK1lnCgepFDHReNZKigY="),
        (URL, "shared_key_secret", "sha256", "7nsV5ViaVL7EF2an/x6lqkKhqzWsGnuaTY1oOA4yjIc="),
        (f"{URL}#rc=5&rp=all", "test_auth_token", "sha1", "qZ6ecaKYpTBGD2L2IeJq4aODocI="),
    ],
)
def test_twilio_signs_like_the_published_vectors(url: str, secret: str, algorithm: str, expected: str) -> None:
    signed = twilio_signature(secret, url=url, params=LISTS, algorithm=algorithm)

    assert signed == expected


def test_twilios_own_validator_accepts_our_signature() -> None:
    signed = twilio_signature("test_auth_token", url=URL, params=LISTS)

    assert RequestValidator("test_auth_token").validate(URL, PARAMS, signed)
    assert not RequestValidator("another token").validate(URL, PARAMS, signed)


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        ("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "v1,57VeepuWtJBFlFRinRz0e2m9d8fraKtclyTRrxEqhg0="),
        ("my-shared-secret", "v1,3kNOa0L3Jnt83BxEk5VcvhQkk2kZQygaWS+JASMt/+s="),
    ],
)
def test_shopmonkey_signs_like_the_published_vectors(secret: str, expected: str) -> None:
    signed = shopmonkey_signature(secret, event_id="msg_1", timestamp=1764000000, body=BODY)

    assert signed == expected


def test_the_standard_webhooks_library_accepts_our_signature() -> None:
    secret = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
    now = int(time.time())

    signed = shopmonkey_signature(secret, event_id="msg_1", timestamp=now, body=BODY)

    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now), "webhook-signature": signed}
    assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)


def test_sendgrids_own_verifier_accepts_our_signature() -> None:
    pair, body = _new_key_pair(), b'[{"event":"delivered"}]\r\n'

    signed = sendgrid_signature(pair["private_key"], timestamp="1764000000", body=body)

    verifier = EventWebhook(pair["public_key"])
    assert verifier.verify_signature(body.decode(), signed, "1764000000")
    assert not verifier.verify_signature(body.decode(), signed, "1764000001")
