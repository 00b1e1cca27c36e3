"""Twilio's refusals in the port's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.ports.messaging import (
    CarrierError,
    CarrierUnavailableError,
    MessageRefusedError,
    OutcomeUnknownError,
    RecipientRefusedError,
    SenderRefusedError,
)
from leadcore_httpkit import Answer
from leadcore_twilio.errors import TwilioRefusalError, refusal_of, trouble_of


def answer(status: int, code: object = None, **headers: str) -> Answer:
    body = b'{"code": %s, "message": "m", "status": %d}' % (str(code if code is not None else "null").encode(), status)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=body)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, 20003, SenderRefusedError),
        (403, None, SenderRefusedError),
        (400, 21606, SenderRefusedError),
        (400, 30034, SenderRefusedError),
        (429, 20429, CarrierUnavailableError),
        (400, 21611, CarrierUnavailableError),
        (400, 21610, RecipientRefusedError),
        (400, 21211, RecipientRefusedError),
        (400, 21614, RecipientRefusedError),
        (403, 21408, MessageRefusedError),
        (400, 99999, MessageRefusedError),
        (404, 20404, MessageRefusedError),
        (400, None, MessageRefusedError),
        (408, None, OutcomeUnknownError),
        (500, 20500, OutcomeUnknownError),
        (503, 21610, OutcomeUnknownError),
    ],
)
def test_codes_map_to_whose_fault_it_is(status: int, code: int | None, kind: type[CarrierError]) -> None:
    found = refusal_of(TwilioRefusalError.of(answer(status, code)))

    assert type(found) is kind
    assert found.provider_code == (str(code) if code else "")


def test_the_pause_twilio_asks_for_is_handed_on() -> None:
    found = refusal_of(TwilioRefusalError.of(answer(429, 20429, retry_after="12")))

    assert isinstance(found, CarrierUnavailableError)
    assert found.retry_after_s == 12


def test_the_newer_error_shape_is_read_too() -> None:
    body = b'{"type": "t", "title": "Opted out", "status": 400, "code": 21610, "detail": "d"}'

    found = refusal_of(TwilioRefusalError.of(Answer(status=400, body=body)))

    assert isinstance(found, RecipientRefusedError)
    assert found.opted_out


@given(status=st.integers(400, 599), code=st.integers(0, 99_999) | st.none(), body=st.none() | st.binary(max_size=40))
def test_only_what_was_certainly_not_accepted_may_be_tried_again(
    status: int, code: int | None, body: bytes | None
) -> None:
    given_answer = answer(status, code) if body is None else Answer(status=status, body=body)

    found = refusal_of(TwilioRefusalError.of(given_answer))

    if status >= 500:
        assert isinstance(found, OutcomeUnknownError)
    if isinstance(found, CarrierUnavailableError):
        assert status == 429 or found.provider_code in {"20429", "21611", "30001", "30022", "30023"}
    if isinstance(found, SenderRefusedError):
        assert found.fix


@pytest.mark.parametrize(
    ("code", "trouble"),
    [("30006", "never"), ("21614", "never"), ("30003", "not_now"), ("30005", "not_now"), ("30007", ""), ("", "")],
)
def test_the_code_of_a_callback_says_whether_the_number_takes_texts(code: str, trouble: str) -> None:
    assert trouble_of(code) == trouble
