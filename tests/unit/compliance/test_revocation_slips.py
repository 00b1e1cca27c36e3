import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.compliance.policies.revocation import classify
from leadcore.compliance.policies.revocation_slips import Slips, is_slip

_PLEA = (
    "please stop texting me",
    "unsubscribe me please",
    "remove my number from your list",
    "do not contact me again",
)


@pytest.mark.parametrize("slip", ["nuber", "numbber", "numbre", "bumber", "umber", "numberr", "nujmber", "num8er"])
def test_one_slip_is_mended(slip: str) -> None:
    assert Slips(["number", "stop"]).mend(slip) == "number"


@pytest.mark.parametrize("token", ["number", "shop", "nub", "no", "numzer", "12345", "numebrr"])
def test_other_words_stay_as_they_are(token: str) -> None:
    assert Slips(["number", "stop"]).mend(token) == token


def test_names_are_no_word_to_mend_to() -> None:
    assert Slips(["danny"], names=["danny"]).mend("dannny") == "dannny"


@given(st.text(alphabet="abcdefghij", min_size=3, max_size=9))
def test_a_word_is_no_slip_of_itself(word: str) -> None:
    assert not is_slip(word, word)


@given(st.sampled_from(_PLEA), st.data())
def test_a_letter_struck_twice_changes_no_plea(plea: str, data: st.DataObject) -> None:
    at = data.draw(
        st.sampled_from([at for at in range(len(plea)) if plea[at:].split(maxsplit=1)[0] not in {"do", "me", "o", "e"}])
    )

    read = classify(f"{plea[: at + 1]}{plea[at:]}")

    assert read.kind == "stop"


@given(st.sampled_from(_PLEA), st.data())
def test_two_letters_swapped_in_a_long_word_change_no_plea(plea: str, data: st.DataObject) -> None:
    words = plea.split()
    which = data.draw(st.sampled_from([at for at, word in enumerate(words) if len(word) >= 6]))
    word = words[which]
    at = data.draw(st.integers(0, len(word) - 2))
    words[which] = f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"

    read = classify(" ".join(words))

    assert read.kind == "stop"
