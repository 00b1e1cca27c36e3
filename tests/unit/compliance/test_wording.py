from hypothesis import given
from hypothesis import strategies as st

from leadcore.compliance.policies.wording import confirmation_text, help_text
from leadcore.messaging.policies.segments import segments


@given(st.text(max_size=200), st.text(max_size=60))
def test_both_texts_fit_one_segment_whatever_the_brand_is_called(brand: str, phone: str) -> None:
    for text in (confirmation_text(brand), help_text(brand, phone)):
        assert segments(text).count == 1
        assert segments(text).encoding == "gsm7"


def test_the_confirmation_names_the_brand_and_the_way_back() -> None:
    text = confirmation_text("Austin Tint Co.")

    assert text == "Austin Tint Co.: You are opted out and will get no more texts from us. Reply START to opt back in."


def test_help_names_the_phone_and_the_way_out() -> None:
    text = help_text("Café Tönung", "+1 512 555 0142")

    assert text == "Cafe Tonung: For help call +1 512 555 0142. Msg & data rates may apply. Reply STOP to opt out."


def test_help_without_a_phone_promises_a_person() -> None:
    text = help_text("Austin Tint", " ")

    assert "a person will read your message" in text
