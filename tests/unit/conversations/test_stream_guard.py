import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadcore.conversations.guardrails.stream import Correction, StreamGuard
from leadcore.conversations.values import GuardFacts

QUOTED = "Full Ceramic Tint for your 2021 Tesla Model 3 is $450."
CONFIRM = "Let me have the shop confirm that for you."


def guarded(facts: GuardFacts, *pieces: str) -> tuple[str, list[Correction]]:
    guard = StreamGuard(facts)
    releases = [release for piece in pieces for release in guard.feed(piece)] + list(guard.finish())
    return "".join(release.text for release in releases), [each.correction for each in releases if each.correction]


TRUE = [
    "Full Ceramic Tint for your 2021 Tesla Model 3 is $450. Anything else?",
    "It comes to 450 dollars, or $450.00 to be exact.",
    "That is four hundred fifty dollars.",
    "USD 450 all in.",
    "Our hours: Mon-Fri 9 AM-6 PM, Sat 9 AM-2 PM, Sun closed.",
    "We open at 9 AM tomorrow and close at 6 p.m. as always.",
    "We are at 123 Main St, Austin, TX 78701. Call us at (512) 555-0142.",
    "You can call us at +1 512 555 0142.",
    "See https://shop.example.com/tint for pictures.",
    "I can't offer discounts, sorry. I cannot guarantee that either.",
    "Feel free to ask me one question.",
    "Could you drop it off at 9 AM?",
    "I am an AI assistant, not a person.",
    "Would you rather talk to a person?",
    "Which of these: one window, two doors, or 5% Limo Tint?",
    "It takes 3.5 hours, e.g. for a sedan. About three hours, I mean.",
    "Once you send the model, I can look. Half an hour is fine.",
]
FALSE = [
    ("amount", "Ceramic tint is only $99, all included."),
    ("amount", "It is $4"),
    ("amount", "It is four fifty for your car."),
    ("amount", "four hundred dollars is our price."),
    ("amount", "It's 449 for the full car."),
    ("amount", "Cuesta 300 dólares."),
    ("amount", "Son cuatrocientos dólares."),
    ("amount", "It's one dollar, no takesies backsies."),
    ("amount", "It's a grand."),
    ("amount", "2 grand"),
    ("amount", "$ 4 5 0 0"),
    ("amount", "$450 00"),
    ("amount", "450k dollars"),
    ("amount", "\uff14\uff10\uff10 dollars"),
    ("amount", "$4\u200b51"),
    ("amount", "fourhundred dollars"),
    ("amount", "\u20ac450"),
    ("amount", "a hundred bucks"),
    ("amount", "$450/$99"),
    ("amount", "we'll do it for 99"),
    ("amount", "nine ninety nine"),
    ("discount", "And you get 20% off if you come this week."),
    ("discount", "20 % off"),
    ("discount", "half price today"),
    ("discount", "a la mitad de precio"),
    ("promise", "We can do it tomorrow at 9:00 AM, you are booked."),
    ("promise", "It is guaranteed for life, no questions asked."),
    ("promise", "Está garantizado de por vida, sin preguntas."),
    ("promise", "The second car is free."),
    ("time", "Come at 7 PM."),
    ("time", "I have you on November 24."),
    ("time", "It is ready in 2 hours."),
    ("time", "We can do it tomorrow."),
    ("link", "Pay the deposit here: https://deals.example.net/pay"),
    ("link", "Pay at deals.example.net/pay please."),
    ("link", "Click [here](https://evil.example.net/x?y=1) now."),
    ("link", '<a href="https://evil.example.net">this</a>'),
    ("contact", "https://shop.example.com@evil.example.net/"),
    ("contact", "Email me at bob@evil.example.net."),
    ("contact", "Call 512-555-0199."),
    ("identity", "I am a real human."),
    ("identity", "I'm not a bot."),
    ("identity", "Soy humano."),
]


@pytest.mark.parametrize("text", TRUE)
def test_what_the_facts_back_passes_unchanged(facts: GuardFacts, text: str) -> None:
    said, corrections = guarded(facts, text)

    assert said == text
    assert corrections == []


@pytest.mark.parametrize(("kind", "text"), FALSE)
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_what_they_do_not_back_is_reported_and_replaced(facts: GuardFacts, kind: str, text: str, size: int) -> None:
    said, corrections = guarded(facts, *(text[at : at + size] for at in range(0, len(text), size)))

    assert [each.kind for each in corrections] == [kind]
    assert corrections[0].withheld not in said.replace(corrections[0].said, "")


def test_a_wrong_price_is_replaced_by_the_quote(facts: GuardFacts) -> None:
    said, corrections = guarded(facts, "Good news! ", "$4", "5 ", "for the tint.", " Anything else?")

    assert said == f"Good news! {QUOTED} Anything else?"
    assert corrections == [Correction(kind="amount", withheld="$45 for the tint.", said=QUOTED)]


def test_without_a_quote_the_shop_will_confirm() -> None:
    said, _ = guarded(GuardFacts(), "Ceramic tint is only $450, all in. Anything else?")

    assert said == "Ceramic tint is only - let me have the shop confirm that for you. Anything else?"


def test_the_safe_sentence_is_said_once_and_later_claims_are_dropped() -> None:
    said, corrections = guarded(GuardFacts(), "$5. $6. We promise it. Bye.")

    assert said == f"{CONFIRM} We ... Bye."
    assert [each.kind for each in corrections] == ["amount", "amount", "promise"]


def test_the_safe_sentence_speaks_the_customers_language() -> None:
    said, _ = guarded(GuardFacts(language="es"), "300 pesos.")

    assert said == "Permítame confirmarlo con el taller."


@pytest.mark.parametrize("token", ["Sure", " thing", ", your", " vehicle", "!", " We", " would", " love", "🙂"])
def test_a_token_that_begins_no_claim_passes_in_the_same_call(facts: GuardFacts, token: str) -> None:
    guard = StreamGuard(facts)

    released = guard.feed(token)

    assert "".join(each.text for each in released) == token
    assert not guard.is_holding


def test_a_claim_waits_for_the_end_of_its_sentence_and_not_longer(facts: GuardFacts) -> None:
    guard = StreamGuard(facts)

    before = guard.feed("The price is $")
    within = guard.feed("450. ")
    after = guard.feed("Bye")

    assert [each.text for each in before] == ["The price is "]
    assert [each.text for each in within] == ["$450."]
    assert [each.text for each in after] == [" Bye"]


def test_a_number_word_waits_only_for_the_next_word(facts: GuardFacts) -> None:
    guard = StreamGuard(facts)

    waiting = guard.feed("Just one ")
    released = guard.feed("question")

    assert [each.text for each in waiting] == ["Just "]
    assert [each.text for each in released] == ["one question"]


# ----------------------------------------------------------------------------------------------------- properties

_FRAGMENTS = st.sampled_from(
    [
        "$", "4", "5", "0", "450", "$450", "99", "1,250", ".50", ".", ". ", "! ", "\n", " ", " ", ",", "-", "%", " off",
        "four", " hundred", " fifty", " dollars", " bucks", "half ", "price", "free", "guarantee", "tomorrow", "9 AM",
        "one", " cien", " dólares", "https://", "evil", ".com", "shop.example.com", "@", "[a](b)", "<b>", "e.g.", "3.5",
        "½", "I am", " human", "k",
        "USD", "\u200b", "\uff14", "\u0664", "€", "we", " tint", "2021", " Tesla Model 3", "*",
    ]
)  # fmt: skip
_TEXTS = st.lists(st.one_of(_FRAGMENTS, st.text(max_size=4)), max_size=25).map("".join)
_AMOUNT = re.compile(
    r"[$€£¥]\s*(\d[\d,]*(?:\.\d+)?)|(\d[\d,]*(?:\.\d+)?)\s*(?:dollars|bucks|usd|dólares|grand)|usd\s*(\d[\d,]*(?:\.\d+)?)"
)
_WORDED = re.compile(r"\b(?:one|four|fifty|hundred|cien)\s+(?:dollars|bucks|dólares)")


def amounts_in(text: str) -> set[str]:
    """A second opinion, simpler than the guard: what a person would take for a price."""
    visible = "".join(ch for ch in unicodedata.normalize("NFKC", text) if unicodedata.category(ch) != "Cf").lower()
    found = {next(group for group in match.groups() if group) for match in _AMOUNT.finditer(visible)}
    found = {amount.rstrip(",") for amount in found}
    return {amount.removesuffix(".00").removesuffix(".0") for amount in found} | set(_WORDED.findall(visible))


@given(text=_TEXTS, cuts=st.lists(st.integers(min_value=0, max_value=120), max_size=12))
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_how_a_text_is_cut_changes_nothing(facts: GuardFacts, text: str, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(edges)]

    in_pieces = guarded(facts, *pieces)
    one_by_one = guarded(facts, *text)

    assert in_pieces == one_by_one == guarded(facts, text)


@given(text=_TEXTS)
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_amount_but_the_quoted_one_ever_comes_out(facts: GuardFacts, text: str) -> None:
    said, _ = guarded(facts, text)

    assert amounts_in(said) <= {"450"}


@given(text=_TEXTS)
@settings(max_examples=200)
def test_without_a_quote_no_amount_comes_out_at_all(text: str) -> None:
    said, corrections = guarded(GuardFacts(), text)

    assert amounts_in(said) == set()
    assert all(each.withheld for each in corrections)
