"""The same text for the same contact on the same local day, whatever its links, its case and its spaces."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from leadcore.messaging.policies.sameness import text_key

AT = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
CHICAGO = "America/Chicago"
_WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=9)


@given(st.lists(_WORDS, min_size=1, max_size=6), _WORDS, _WORDS)
def test_a_link_of_its_own_makes_no_other_text(words: list[str], one: str, other: str) -> None:
    said = " ".join(words)

    keys = {
        text_key(recipient="+15125550142", body=f"{said} https://chat.example.com/c/#{token}", at=AT, zone=CHICAGO)
        for token in (one, other)
    }

    assert len(keys) == 1
    assert keys == {text_key(recipient="+15125550142", body=f" {said}\nhttps://chat.example.com/", at=AT, zone=CHICAGO)}


@given(_WORDS, _WORDS)
def test_other_words_another_contact_and_another_local_day_are_another_key(one: str, other: str) -> None:
    key = text_key(recipient="+15125550142", body=f"a {one}", at=AT, zone=CHICAGO)

    assert (key == text_key(recipient="+15125550142", body=f"a {other}", at=AT, zone=CHICAGO)) == (
        one.casefold() == other.casefold()
    )
    assert key != text_key(recipient="+15125550143", body=f"a {one}", at=AT, zone=CHICAGO)
    assert key != text_key(recipient="+15125550142", body=f"a {one}", at=AT + timedelta(days=1), zone=CHICAGO)


def test_the_day_is_the_shops_own() -> None:
    assert text_key(recipient="a", body="b", at=AT, zone=CHICAGO).local_day == "2026-11-23"
    assert text_key(recipient="a", body="b", at=AT, zone="UTC").local_day == "2026-11-24"
