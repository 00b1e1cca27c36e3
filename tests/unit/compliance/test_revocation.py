from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.compliance.policies.revocation import Revocation, classify
from tests import corpora

_TRAINING = corpora.read("revocation_training")
_HELD_OUT = corpora.read("revocation_held_out")
HELD_OUT_RECALL = 0.97
_ENDING = frozenset({"stop", "wrong_number"})
_NAMED = ("stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe")
_DRESSING = st.text(
    alphabet=" \t\n.,;:!?-_*()[]{}\"'…“”«»¡¿/\\|~^#@%&+=<>🛑🙏😡🤬👎🏽✋❌💯™®©ℹ️\u200b\u200d\ufe0f", max_size=6
)


def _recall(lines: list[corpora.Line], read: Callable[[str], Revocation] = classify) -> float:
    """The share of opt-outs that are obeyed at once."""
    stops = [line for line in lines if line.labels == {"stop"}]
    return sum(read(line.text).kind == "stop" for line in stops) / len(stops)


def _false_stops(lines: list[corpora.Line]) -> float:
    """The share of other messages that would end contact."""
    others = [line for line in lines if not line.labels & _ENDING]
    return sum(classify(line.text).kind in _ENDING for line in others) / len(others)


def test_the_training_part_is_read_as_labelled() -> None:
    missed = [(line.text, classify(line.text)) for line in _TRAINING if classify(line.text).kind not in line.labels]

    assert len(missed) <= len(_TRAINING) * 0.004, missed
    assert _recall(_TRAINING) >= 0.995
    assert _false_stops(_TRAINING) <= 0.02


def test_the_held_out_part_is_never_tuned_on_and_does_not_get_worse() -> None:
    assert _recall(_HELD_OUT) >= HELD_OUT_RECALL
    assert _false_stops(_HELD_OUT) <= 0.02


def test_a_classifier_of_whole_words_only_would_be_caught() -> None:
    def careless(text: str) -> Revocation:
        return Revocation(kind="stop" if text.strip().upper() in {"STOP", "QUIT", "END"} else "none")

    assert _recall(_TRAINING, careless) < 0.5


def test_the_corpus_keeps_its_size_its_languages_and_its_share_held_out() -> None:
    lines = [*_TRAINING, *_HELD_OUT]

    assert len(lines) >= 2000
    assert len({line.text for line in lines}) == len(lines)
    assert len(_HELD_OUT) >= len(lines) * 0.3
    assert {line.language for line in lines} == {"en", "es", "fr"}


@pytest.mark.parametrize("text", ["stop", "please stop texting me", "wrong number", "not interested", "help"])
def test_what_decided_is_named(text: str) -> None:
    read = classify(text)

    assert read.words
    assert read.rule


@pytest.mark.parametrize("text", ["can I stop by tomorrow", "cancel my appointment", "end of the month", "good enough"])
def test_revoking_words_in_innocent_sentences_end_nothing(text: str) -> None:
    assert classify(text).kind in {"none", "ambiguous"}


@pytest.mark.parametrize(
    "text", ["st0p", "$top", "c@ncel", "r3voke", "\u0455t\u043e\u0440", "\uff33\uff34\uff2f\uff30", "s-t-o-p", "qu1t"]
)
def test_disguised_words_of_the_law_stop(text: str) -> None:
    assert classify(text).kind == "stop"


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


@given(st.text(max_size=60), st.sampled_from([line.text for line in _TRAINING if len(line.text) > 14]))
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
