"""Twilio's door: the vendor's vectors, the SDK as oracle, and what the two kinds of callback become."""

import base64
import hashlib
import hmac
import random
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import msgspec
import pytest
from twilio.request_validator import RequestValidator

from leadcore.kernel.ids import AttemptId
from leadcore.ports.inbound import (
    AdmittedItem,
    CustomerMessage,
    DeliveryReport,
    ForgedRequestError,
    RawRequest,
    SubmittedPicture,
)
from leadcore.testing.contracts.inbound_door import InboundDoorContract
from leadcore_twilio.door import TwilioDoor
from leadcore_twilio.settings import TwilioSettings
from leadcore_twilio.signature import form_pairs, signature, spellings

URL = "https://leads.example.test/hooks/twilio/sms?tenant=t1"
TOKEN = "test_auth_token"
NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
ATTEMPT = AttemptId(UUID("01900000-0000-7000-8000-000000000001"))
PAIRS = [
    ("AccountSid", "AC00000000000000000000000000000001"),
    ("Body", "STOP"),
    ("From", "+15005550006"),
    ("MessageSid", "SM00000000000000000000000000000001"),
    ("To", "+15005550001"),
]


def settings(**changes: str) -> TwilioSettings:
    known = {"account_sid": "AC1", "auth_token": TOKEN, "sender": "+15005550001"}
    return TwilioSettings(**(known | changes))


def request(
    pairs: list[tuple[str, str]], *, url: str = URL, token: str = TOKEN, signed: str | None = None, **headers: str
) -> RawRequest:
    given = signature(token, url, pairs, algorithm="sha1") if signed is None else signed
    named = (("X-Twilio-Signature", given), ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"))
    more = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return RawRequest(method="POST", url=url, headers=(*named, *more), body=urlencode(pairs).encode())


def admit(what: RawRequest, **changes: str) -> AdmittedItem:
    return TwilioDoor(settings(**changes)).admit(what, now=NOW)[0]


STATUS = [("MessageSid", "SM2"), ("MessageStatus", "undelivered"), ("ErrorCode", "30003"), ("To", "+15125550142")]


class TestContract(InboundDoorContract):
    def door(self) -> TwilioDoor:
        return TwilioDoor(settings())

    def signed(self) -> tuple[RawRequest, ...]:
        return request(PAIRS), request(STATUS, url=f"{URL}&a={ATTEMPT}"), request([("CallSid", "CA1")])

    def now(self) -> datetime:
        return NOW


@pytest.mark.parametrize(
    ("url", "algorithm", "secret", "expected"),
    [
        (URL, "sha1", TOKEN, "qZ6ecaKYpTBGD2L2IeJq4aODocI="),
        (URL.replace(".test/", ".test:443/"), "sha1", TOKEN, "4Ipr0iyxK1lnCgepFDHReNZKigY="),
        (URL, "sha256", "shared_key_secret", "7nsV5ViaVL7EF2an/x6lqkKhqzWsGnuaTY1oOA4yjIc="),
    ],
)
def test_signatures_equal_the_published_vectors(url: str, algorithm: str, secret: str, expected: str) -> None:
    assert signature(secret, url, PAIRS, algorithm=algorithm) == expected


def test_a_json_body_is_believed_by_the_hash_in_the_signed_url() -> None:
    digest = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    url = f"https://leads.example.test/hooks/twilio/json?bodySHA256={digest}"
    headers = (("X-Twilio-Signature", "OL1WmdJS3ak5E+I5jrA0I+ct1Uc="), ("Content-Type", "application/json"))
    genuine = RawRequest(method="POST", url=url, headers=headers, body=b'{"a":1}')
    item = admit(genuine)

    assert TwilioDoor(settings()).read(item) == ()
    for body in (b'{"a":2}', b""):
        with pytest.raises(ForgedRequestError):
            admit(msgspec.structs.replace(genuine, body=body))
    as_form = (headers[0], ("Content-Type", "application/x-www-form-urlencoded"))
    with pytest.raises(ForgedRequestError):
        admit(msgspec.structs.replace(genuine, body=b"", headers=as_form))


def test_a_second_port_is_a_part_of_no_address() -> None:
    twice = URL.replace(".test/", ".test:443:443/")

    with pytest.raises(ForgedRequestError):
        admit(request(PAIRS, url=twice, signed=signature(TOKEN, URL, PAIRS, algorithm="sha1")))
    with pytest.raises(ForgedRequestError):
        admit(
            request(
                PAIRS, url=twice, signed=signature(TOKEN, URL.replace(".test/", ".test:443/"), PAIRS, algorithm="sha1")
            )
        )


def test_a_body_that_no_signature_covers_is_forged() -> None:
    signed = signature(TOKEN, URL, [], algorithm="sha1")
    headers = (("X-Twilio-Signature", signed), ("Content-Type", "application/json"))

    with pytest.raises(ForgedRequestError, match="bodySHA256"):
        admit(RawRequest(method="POST", url=URL, headers=headers, body=b'{"a":1}'))


@pytest.mark.parametrize("signed_as", [URL, URL.replace(".test/", ".test:443/")])
@pytest.mark.parametrize("called_as", [URL, URL.replace(".test/", ".test:443/"), f"{URL}#rc=5&rp=all"])
def test_the_port_may_be_spelt_out_on_either_side_and_the_fragment_is_not_signed(
    signed_as: str, called_as: str
) -> None:
    signed = signature(TOKEN, signed_as, PAIRS, algorithm="sha1")

    assert admit(request(PAIRS, url=called_as, signed=signed)).urgent


def test_every_value_of_a_repeated_parameter_is_signed() -> None:
    pairs = [*PAIRS, ("Tag", "b"), ("Tag", "a"), ("Tag", "b")]
    dropped = [pair for pair in pairs if pair != ("Tag", "a")]

    with pytest.raises(ForgedRequestError):
        admit(request(dropped, signed=signature(TOKEN, URL, pairs, algorithm="sha1")))

    assert admit(request(pairs)).dedupe_key


def test_while_a_token_is_rotated_both_are_believed() -> None:
    old = request(PAIRS, token="earlier")

    assert admit(old, previous_auth_token="earlier").dedupe_key
    with pytest.raises(ForgedRequestError):
        admit(old)


def test_sha256_is_believed_only_under_the_configured_shared_key() -> None:
    header = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    good = signature("shared_key_secret", URL, PAIRS, algorithm="sha256")
    with_token = signature(TOKEN, URL, PAIRS, algorithm="sha256")

    def ask(signed: str, shared_key: str) -> AdmittedItem:
        asked = request(PAIRS, signed=signed, X_Twilio_Webhooks_Signature_Settings=header)
        return admit(asked, shared_key=shared_key)

    assert ask(good, "shared_key_secret").urgent
    for signed, key in ((good, ""), (with_token, ""), (with_token, "shared_key_secret")):
        with pytest.raises(ForgedRequestError):
            ask(signed, key)


def test_an_unknown_algorithm_is_forged() -> None:
    with pytest.raises(ForgedRequestError, match="unknown"):
        admit(request(PAIRS, X_Twilio_Webhooks_Signature_Settings="algorithm=NONE"))


def test_without_any_token_nothing_is_believed() -> None:
    signed = base64.b64encode(hmac.digest(b"", URL.encode(), hashlib.sha1)).decode()

    with pytest.raises(ForgedRequestError):
        admit(request([], signed=signed), auth_token="")


def test_a_text_from_a_customer_is_urgent_and_keeps_its_words_untouched() -> None:
    pairs = [
        ("MessageSid", "SM9"), ("From", "+15125550142"), ("To", "+15125550100"), ("Body", "  Größe? 👍 \n stop & go "),
        ("NumMedia", "2"), ("MediaUrl0", "https://media.example.com/0"), ("MediaUrl1", "https://media.example.com/1"),
        ("SmsStatus", "received"), ("OptOutType", "STOP"), ("Novelty", "x"),
    ]  # fmt: skip
    item = admit(request(pairs))

    found = TwilioDoor(settings()).read(item)

    assert (item.dedupe_key, item.urgent, item.entity_key) == ("SM9", True, "sms:+15125550142")
    assert found == (
        CustomerMessage(
            channel="sms", sender="+15125550142", recipient="+15125550100", text="  Größe? 👍 \n stop & go ",
            provider_id="SM9", provider_opt_out="STOP",
            pictures=tuple(SubmittedPicture(url=f"https://media.example.com/{number}") for number in (0, 1)),
        ),
    )  # fmt: skip


def test_a_status_callback_reports_under_our_attempt_id() -> None:
    item = admit(request(STATUS, url=f"{URL}&a={ATTEMPT}"))

    found = TwilioDoor(settings()).read(item)

    assert (item.dedupe_key, item.urgent) == ("SM2|undelivered|30003", False)
    assert found == (
        DeliveryReport(
            provider_id="SM2", status="undelivered", attempt_id=ATTEMPT, error_code="30003", trouble="not_now"
        ),
    )


def test_the_receipts_date_tells_two_reports_of_one_status_apart() -> None:
    pairs = [("MessageSid", "SM2"), ("MessageStatus", "delivered"), ("RawDlrDoneDate", "2611221500")]

    assert admit(request(pairs)).dedupe_key == "SM2|delivered|2611221500"


@pytest.mark.parametrize("attempt", ["", "nonsense", "0" * 500])
def test_a_report_whose_attempt_id_is_not_ours_still_counts(attempt: str) -> None:
    item = admit(request([("MessageSid", "SM2"), ("MessageStatus", "novel_status")], url=f"{URL}&a={attempt}"))

    assert TwilioDoor(settings()).read(item) == (DeliveryReport(provider_id="SM2", status="accepted"),)


def _mutated(
    chance: random.Random, genuine: tuple[str, list[tuple[str, str]], str]
) -> tuple[str, list[tuple[str, str]], str]:
    """Change URL, form or signature at random, or nothing at all."""
    url, pairs, signed = genuine[0], list(genuine[1]), genuine[2]
    for _ in range(chance.choice((0, 1, 1, 2))):
        place = chance.randrange(len(pairs)) if pairs else 0
        match chance.randrange(8):
            case 0:
                pairs[place:place] = [(chance.choice("abcXYZ"), chance.choice(("", "1", "é", " ")))]
            case 1 if pairs:
                pairs.pop(place)
            case 2 if pairs:
                pairs[place] = (pairs[place][0], pairs[place][1] + chance.choice((" ", "0", "\n", "é")))
            case 3:
                chance.shuffle(pairs)  # order is not signed
            case 4 if pairs:
                pairs.append(pairs[place])  # nor is a repeated pair
            case 5:
                url = chance.choice(
                    (url + "&x=1", url.replace("t1", "t2"), url.replace(".test/", ".test:443/"), url.upper())
                )
            case 6:
                at = chance.randrange(len(signed))
                signed = signed[:at] + chance.choice("AZaz09+/=") + signed[at + 1 :]
            case _:
                signed = chance.choice((signed.lower(), signed[:-1], signed + "=", signed.strip("=")))
    return url, pairs, signed


class _MultiDict(dict[str, str]):
    """What the SDK's validator needs to see every value of a parameter."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def getall(self, wanted: str) -> list[str]:
        return [value for name, value in self._pairs if name == wanted]


def test_in_5000_mutations_we_agree_with_the_sdk_each_time() -> None:
    chance, oracle, door = random.Random(20261122), RequestValidator(TOKEN), TwilioDoor(settings())
    verdicts = {True: 0, False: 0}

    for _ in range(5000):
        url = chance.choice(spellings(URL))
        pairs = [(name, value + chance.choice(("", "x"))) for name, value in PAIRS[: chance.randrange(1, 6)]]
        signed = signature(TOKEN, chance.choice(spellings(url)), pairs, algorithm="sha1")
        url, pairs, signed = _mutated(chance, (url, pairs, signed))
        asked = request(pairs, url=url, signed=signed)
        expected = oracle.validate(url, _MultiDict(parse_qsl(asked.body.decode(), keep_blank_values=True)), signed)
        try:
            accepted = bool(door.admit(asked, now=NOW))
        except ForgedRequestError:
            accepted = False
        assert accepted == expected, (url, pairs, signed)
        verdicts[accepted] += 1

    assert min(verdicts.values()) > 1000


def test_a_form_is_read_back_byte_for_byte() -> None:
    text = "a=1&a=&b=%C3%A9+%2B&c"

    assert form_pairs(text) == [("a", "1"), ("a", ""), ("b", "é +"), ("c", "")]
