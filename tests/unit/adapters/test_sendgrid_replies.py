"""What a customer wrote themselves."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore_sendgrid.replies import own_words, text_of_html

QUOTES = (
    "On Sun, Nov 22, 2026 at 3:00 PM Shop <shop@example.com> wrote:\n> Reply STOP to opt out",
    "On Sun, Nov 22, 2026 at 3:00 PM Shop\n<shop@example.com> wrote:\n\n> Reply STOP to opt out",
    "Am 22.11.2026 um 15:00 schrieb Shop <shop@example.com>:\n> STOP",
    "-----Original Message-----\nFrom: Shop\nReply STOP",
    "________________________________\nFrom: Shop <shop@example.com>\nSent: Sunday\nTo: Pat\nReply STOP",
    "*From:* Shop <shop@example.com>\n*Date:* Sunday\nReply STOP",
    "> Your quote\n> Reply STOP to opt out",
    "-- \nPat Doe\nSTOP Street 1",
)


@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_quoted_history_and_signature_are_cut(quote: str, ending: str) -> None:
    text = f"Tuesday works.\n\nOn which side do I park?\n\n{quote}\n".replace("\n", ending)

    assert own_words(text) == "Tuesday works.\n\nOn which side do I park?"


@pytest.mark.parametrize(
    "text",
    [
        "On Friday I can come, he wrote: maybe.",
        "From: my house it takes an hour",
        "a > b, is that right?",
        "> inline\nYes, that one",
        "--\nno signature mark",
    ],
)
def test_words_that_only_look_like_marks_stay(text: str) -> None:
    assert own_words(text) == text


def test_when_nothing_would_be_left_everything_stays() -> None:
    assert own_words("> STOP") == "> STOP"
    assert own_words(QUOTES[0]) == QUOTES[0]


@given(st.text(max_size=500))
def test_cutting_never_adds_and_never_leaves_nothing_of_something(text: str) -> None:
    kept = own_words(text)

    assert kept in text.replace("\r\n", "\n").replace("\r", "\n") or kept == text.strip()
    assert bool(kept) == bool(text.strip())


@pytest.mark.parametrize(
    "piece", [" ", "\t", "<", "<br", "<head", "_", "> ", "-", "On 1 wrote", "\n>", "From: \n", "&"]
)
def test_a_hostile_mail_takes_linear_time(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    began = time.process_time()

    own_words(text)
    text_of_html(text)

    assert time.process_time() - began < 5
