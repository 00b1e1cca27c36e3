import pytest

from leadcore.compliance.policies.revocation_grammar import BLANK, Grammar

_LEXICON = {"HALT": "stop quit", "THING": "texts messages", "OUT": "unsub~"}
_RULES = {
    "stop them": ("HALT (all|the)* THING",),
    "out": ("^ OUT $",),
    "either": ("(no more / never any) THING !(yet)",),
    "far": ("please _{0,2} HALT $",),
}
_GRAMMAR = Grammar(_LEXICON, _RULES)
_COMPILED = _GRAMMAR.compile(_RULES)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("quit all the messages", "stop them"),
        ("unsubscribing", "out"),
        ("never any texts", "either"),
        ("please do it stop", "far"),
    ],
)
def test_a_rule_covers_every_word_of_its_concepts(text: str, rule: str) -> None:
    found = _COMPILED.find(_GRAMMAR.encode(text.split()))

    assert found is not None
    assert found[2] == rule


@pytest.mark.parametrize(
    "text",
    ["quit some messages", "i unsubscribe", "no more messages yet", "please do not ever stop", "", "messages stop"],
)
def test_other_messages_fit_no_rule(text: str) -> None:
    assert _COMPILED.find(_GRAMMAR.encode(text.split())) is None


def test_what_a_rule_fits_can_be_blanked_word_by_word() -> None:
    code = _GRAMMAR.encode(["please", "stop", "the", "texts", "now"])

    assert [at for at, sign in enumerate(_COMPILED.blank(code)) if sign == BLANK] == [1, 2, 3]


def test_a_concept_that_is_not_in_the_lexicon_is_refused() -> None:
    grammar = Grammar(_LEXICON)

    with pytest.raises(KeyError):
        grammar.compile({"broken": ("NOWHERE",)}).prepare()
