import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.compliance.policies.revocation import Revocation, classify
from tests import corpora
from tests.corpora.scores import score

_TRAINING = corpora.read("revocation_training")
_DEVELOPMENT = corpora.read("revocation_development")
_HELD_OUT = corpora.read("revocation_held_out")
HELD_OUT_RECALL = 0.992
_STOPS = [line.text for line in (*_TRAINING, *_DEVELOPMENT) if line.labels == {"stop"}]
_NAMED = ("stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe")
_LISTED = (
    *_NAMED,
    "stopall",
    "optout",
    "alto",
    "parar",
    "pare",
    "basta",
    "cancelar",
    "baja",
    "arret",
    "arreter",
    "arretez",
)
"""47 CFR 64.1200(a)(10), the CTIA's and Twilio's keywords, and those of Spanish and French."""
_SIGNS = " \t\n.,;:!?-_*()[]{}\"'…“”«»¡¿/\\|~^#@%&+=🛑🙏😡🤬👎🏽✋❌💯™®©ℹ️\u200b\u200d\ufe0f"
_DRESSING = st.text(alphabet=_SIGNS + "<>", max_size=6)
_POLITE = (
    "please",
    "pls",
    "hi",
    "hello",
    "ok",
    "thanks",
    "thank you",
    "sir",
    "now",
    "por favor",
    "gracias",
    "svp",
    "merci",
)
_DISGUISES = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "l": "1"}
_CYRILLIC = str.maketrans("aceopstx", "асеорѕтх")
_WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(ord("a"), ord("z") + 1)})


@pytest.mark.parametrize("part", [_TRAINING, _DEVELOPMENT], ids=["training", "development"])
def test_the_parts_to_improve_on_are_read_as_labelled(part: list[corpora.Line]) -> None:
    missed = [(line.text, classify(line.text)) for line in part if classify(line.text).kind not in line.labels]
    found = score(part)

    assert len(missed) <= len(part) * 0.004, missed
    assert found.stop_recall >= 0.995
    assert found.false_stops <= 0.02
    assert found.false_holds <= 0.02


def test_the_held_out_part_is_never_tuned_on_and_does_not_get_worse() -> None:
    found = score(_HELD_OUT)

    assert found.stop_recall >= HELD_OUT_RECALL
    assert found.stopped_or_held >= 0.99
    assert found.false_stops <= 0.02
    assert found.false_holds <= 0.02


def test_careless_classifiers_would_be_caught() -> None:
    def of_whole_words(text: str) -> Revocation:
        return Revocation(kind="stop" if text.strip().upper() in {"STOP", "QUIT", "END"} else "none")

    def of_words_anywhere(text: str) -> Revocation:
        is_there = any(word in text.casefold() for word in ("stop", "quit", "end", "cancel", "remove"))
        return Revocation(kind="stop" if is_there else "none")

    assert score(_DEVELOPMENT, of_whole_words).stop_recall < 0.5
    assert score(_DEVELOPMENT, of_words_anywhere).false_stops > 0.1
    assert score(_DEVELOPMENT, lambda _: Revocation(kind="stop")).false_stops == 1
    assert score(_DEVELOPMENT, lambda _: Revocation(kind="ambiguous")).false_holds == 1


def test_the_corpus_keeps_its_size_its_languages_and_its_share_held_out() -> None:
    lines = [*_TRAINING, *_DEVELOPMENT, *_HELD_OUT]

    assert len(_TRAINING) + len(_HELD_OUT) >= 2000
    assert len({line.text for line in lines}) == len(lines)
    assert len(_HELD_OUT) >= (len(_TRAINING) + len(_HELD_OUT)) * 0.29
    assert {line.language for line in lines} == {"en", "es", "fr"}


def test_half_of_the_development_part_is_hard_negatives() -> None:
    negatives = [line for line in _DEVELOPMENT if line.labels != {"stop"}]

    assert len(_DEVELOPMENT) >= 800
    assert len(negatives) >= len(_DEVELOPMENT) * 0.5


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


@given(st.sampled_from(_LISTED), st.lists(st.booleans(), min_size=12, max_size=12), _DRESSING, _DRESSING, st.data())
def test_the_words_of_the_law_stop_in_any_dressing(
    word: str, upper: list[bool], before: str, after: str, data: st.DataObject
) -> None:
    gap = data.draw(st.sampled_from([" ", "-", "  ", "_", "\n", "", "."])) if " " in word else ""
    cased = "".join(ch.upper() if up else ch for ch, up in zip(word, upper, strict=False)).replace(" ", gap)

    read = classify(f"{before}{cased}{after}")

    assert read.kind == "stop"


@given(
    st.sampled_from(_LISTED),
    st.lists(st.sampled_from(_POLITE), max_size=3),
    st.lists(st.sampled_from(_POLITE), max_size=3),
)
def test_politeness_around_the_words_of_the_law_changes_nothing(word: str, before: list[str], after: list[str]) -> None:
    read = classify(" ".join([*before, word, *after]))

    assert read.kind == "stop"


@given(st.sampled_from(_LISTED), st.data())
def test_the_words_of_the_law_stop_in_digits_and_signs_for_letters(word: str, data: st.DataObject) -> None:
    disguised = "".join(data.draw(st.sampled_from(ch + _DISGUISES.get(ch, ""))) for ch in word)

    read = classify(disguised)

    assert read.kind == "stop"


@given(st.sampled_from(_LISTED), st.sampled_from([_CYRILLIC, _WIDE]), _DRESSING)
def test_the_words_of_the_law_stop_in_letters_that_look_alike(word: str, letters: dict[int, int], after: str) -> None:
    read = classify(f"{word.translate(letters)}{after}")

    assert read.kind == "stop"


@given(
    st.sampled_from(_STOPS), st.text(alphabet=_SIGNS, max_size=6), st.text(alphabet=_SIGNS, max_size=6), st.booleans()
)
def test_dressing_never_turns_an_opt_out_into_something_else(plea: str, before: str, after: str, shouted: bool) -> None:
    read = classify(f"{before}{plea.upper() if shouted else plea}{after}")

    assert read.kind == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "don't stop",
        "please do not unsubscribe me",
        "no dejen de mandarme las promociones",
        "maybe stop",
        "who is this",
        "new phone who dis",
        "quien es",
        "c'est qui",
        "not interested",
        "why are you texting me",
    ],
)
def test_what_a_person_must_judge_is_held(text: str) -> None:
    assert classify(text).kind == "ambiguous"


@pytest.mark.parametrize(
    "text",
    [
        "please don't stop by the shop",
        "stop by tomorrow at 5",
        "can you stop the leak",
        "my AC quit",
        "dark enough",
        "does the film stop the heat",
        "no me han llamado",
        "envoyez plus de photos",
        "can i cancel my 3pm",
    ],
)
def test_innocent_messages_are_not_even_held(text: str) -> None:
    assert classify(text).kind == "none"


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
