from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.compliance.policies.revocation import classify

_LINES = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("revocation_lines.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
_NAMED = ("stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe")
_DRESSING = st.text(
    alphabet=" \t\n.,;:!?-_*()[]{}\"'…“”«»¡¿/\\|~^#@%&+=<>🛑🙏😡🤬👎🏽✋❌💯™®©ℹ️\u200b\u200d\ufe0f", max_size=6
)


@pytest.mark.parametrize(("kinds", "text"), _LINES, ids=[text for _, text in _LINES])
def test_a_labelled_line_is_read_as_labelled(kinds: str, text: str) -> None:
    read = classify(text)

    assert read.kind in kinds.split("|"), read


def test_the_corpus_keeps_its_size_and_its_languages() -> None:
    stops = [text for kinds, text in _LINES if kinds == "stop"]

    assert len(_LINES) >= 600
    assert len(set(_LINES)) == len(_LINES)
    assert len(stops) >= 300


@given(st.sampled_from(_NAMED), st.lists(st.booleans(), min_size=12, max_size=12), _DRESSING, _DRESSING, st.data())
def test_the_words_of_the_law_stop_in_any_dressing(
    word: str, upper: list[bool], before: str, after: str, data: st.DataObject
) -> None:
    gap = data.draw(st.sampled_from([" ", "-", "  ", "_", "\n", "", "."])) if " " in word else ""
    cased = "".join(ch.upper() if up else ch for ch, up in zip(word, upper, strict=False)).replace(" ", gap)

    read = classify(f"{before}{cased}{after}")

    assert read.kind == "stop"


@given(st.sampled_from(_NAMED), st.sampled_from([" ", ".", "-", "  ", "_"]))
def test_the_words_of_the_law_stop_when_spelled_out(word: str, gap: str) -> None:
    spelled = gap.join(word.replace(" ", ""))

    read = classify(spelled)

    assert read.kind == "stop"


@given(st.text(max_size=400), st.sampled_from([None, "STOP", "START", "HELP", "nonsense"]))
def test_any_text_is_classified(text: str, provider: str | None) -> None:
    read = classify(text, provider_opt_out=provider)

    assert (read.kind == "none") == (read.words == "" and not read.provider_handles)


@given(st.text(max_size=60), st.sampled_from([text for kinds, text in _LINES if kinds == "stop" and len(text) > 14]))
def test_the_carriers_finding_is_never_overruled(text: str, plea: str) -> None:
    silent = classify(f"{plea}{text}", provider_opt_out="STOP")

    assert silent.kind == "stop"
    assert silent.provider_handles


@pytest.mark.parametrize(
    "word", ["STOP", "stop ", "StopAll", "UNSUBSCRIBE", "cancel", "END", "quit", "Revoke", "OPTOUT"]
)
def test_the_carrier_answers_its_own_words_when_they_are_the_whole_message(word: str) -> None:
    assert classify(word).provider_handles


@pytest.mark.parametrize("text", ["STOP please", "stop!", "opt out", "please stop texting me", "ARRET", "s t o p"])
def test_the_carrier_leaves_everything_else_to_us(text: str) -> None:
    read = classify(text)

    assert read.kind == "stop"
    assert not read.provider_handles


def test_words_we_sent_and_the_customer_quotes_are_not_theirs() -> None:
    reply = "Sounds good!\n\nOn Mon, Nov 16, 2026 at 9:00 AM Shop <hi@example.com> wrote:\n> Reply STOP to opt out\n"

    read = classify(reply)

    assert read.kind == "none"


def test_a_stop_above_a_quotation_counts() -> None:
    reply = "please stop emailing me\n\n> Your quote is ready. Unsubscribe: https://example.com"

    read = classify(reply)

    assert read.kind == "stop"


def test_yes_restarts_nothing_by_itself() -> None:
    assert classify("YES").kind == "none"
    assert classify("YES", provider_opt_out="START").kind == "start"
