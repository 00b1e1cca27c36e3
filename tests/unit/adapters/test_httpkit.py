"""Addresses, answers, patience: what the adapters' HTTP plumbing decides without a network."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.kernel.errors import InvalidInputError
from leadcore_httpkit import Answer, AnswerLostError, NeverLeftError, Patience, checked_base_url, retry_after_s
from leadcore_httpkit.departure import Departure

REFUSED = (
    "http://api.example.com",
    "ftp://api.example.com",
    "//api.example.com",
    "api.example.com",
    "",
    "https://",
    "https://api",
    "https://10.0.0.1",
    "https://192.168.1.1/v3",
    "https://172.16.9.9",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1",
    "https://0.0.0.0",
    "https://[fe80::1]",
    "https://[fc00::1]",
    "https://[::ffff:10.0.0.1]",
    "https://[::ffff:169.254.169.254]",
    "https://2130706433",
    "https://0x7f000001",
    "https://0177.0.0.1",
    "https://127.1",
    "https://10.1",
    "https://a.0x7f",
    "https://user@api.example.com",
    "https://user:secret@api.example.com",
    "https://api.example.com@10.0.0.1",
    "https://api.example.com?x=1",
    "https://api.example.com/v3#part",
    "https://api.example.com/?",
    "https://api.example.com:port",
    "https://api.example.com:99999",
    "https://api.exa mple.com",
    "https://api.example.com\\@10.0.0.1",
    "https://api.example.com\n.evil.example.com",
    "http://localhost.example.com",
    "http://[::ffff:127.0.0.1.example.com]",
)


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_could_reach_inside_is_refused(address: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        checked_base_url(address)

    assert refusal.value.field == "base_url"
    assert refusal.value.fix


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example.com",
        "https://api.example.com:8443/v3",
        "https://8.8.8.8",
        "http://127.0.0.1:4012",
        "http://localhost:4012/v3",
        "http://[::1]:4012",
        "https://127.0.0.1:4012",
    ],
)
def test_public_https_and_simulators_on_this_machine_are_allowed(address: str) -> None:
    assert checked_base_url(address + "/") == address


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_refusal(text: str) -> None:
    try:
        found = checked_base_url(text)
    except InvalidInputError:
        return

    assert found.startswith(("https://", "http://"))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "999999"}, 3600.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 15:00:30 GMT", "date": "Sun, 22 Nov 2026 15:00:00 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 14:00:00 GMT", "date": "Sun, 22 Nov 2026 15:00:00 GMT"}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 15:00:30 GMT"}, None),
        ({"x-ratelimit-reset": "1795359640", "date": "Sun, 22 Nov 2026 15:00:00 GMT"}, 40.0),
        ({"x-ratelimit-reset": "9" * 40, "date": "Sun, 22 Nov 2026 15:00:00 GMT"}, None),
    ],
)
def test_the_pause_a_vendor_asks_for_is_read_without_our_clock(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers) == expected


@pytest.mark.parametrize(
    "body", [b"", b"<html>blocked</html>", b"\xff\xfe", b"[1, 2", b"[" * 100_000, b'"text"', b"[]"]
)
def test_a_body_that_is_no_json_object_reads_as_an_empty_one(body: bytes) -> None:
    assert Answer(status=403, body=body).json_object() == {}


def test_a_vendors_longer_pause_is_handed_up_instead_of_slept() -> None:
    patience = Patience(tries=3, longest_pause_s=2.0)

    pause_s = patience.pause_after(tries=1, answer=Answer(status=429, headers={"retry-after": "30"}))

    assert pause_s is None


@given(tries=st.integers(1, 10), fraction=st.floats(0, 1, exclude_max=True), status=st.integers(100, 599))
def test_reads_are_repeated_a_bounded_number_of_times_and_only_when_that_may_help(
    tries: int, fraction: float, status: int
) -> None:
    patience = Patience(tries=3, first_pause_s=0.2, longest_pause_s=2.0, fraction=lambda: fraction)

    pause_s = patience.pause_after(tries=tries, answer=Answer(status=status))

    assert (pause_s is not None) == (tries < 3 and status in {408, 429, 502, 503, 504})
    assert pause_s is None or 0 <= pause_s <= 2.0


@pytest.mark.parametrize(
    "cause", [httpx.ConnectError("refused"), httpx.ConnectTimeout(""), httpx.PoolTimeout(""), TimeoutError()]
)
async def test_the_same_failure_means_lost_as_soon_as_a_byte_was_written(cause: Exception) -> None:
    before, after = Departure(), Departure()
    await after.watch("http11.send_request_headers.started", {})

    meanings = (before.explain(cause), after.explain(cause))

    assert [type(meaning) for meaning in meanings] == [NeverLeftError, AnswerLostError]


@pytest.mark.parametrize(
    "cause", [httpx.ReadTimeout(""), httpx.ReadError(""), httpx.WriteError(""), httpx.RemoteProtocolError("")]
)
def test_a_failure_that_needs_a_connection_is_never_taken_for_unsent(cause: Exception) -> None:
    assert isinstance(Departure().explain(cause), AnswerLostError)
