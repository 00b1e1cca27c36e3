import smsutil
from hypothesis import given
from hypothesis import strategies as st

from leadcore.messaging.policies.segments import segments

_GSM = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà\n\r^{}\\[~]|€\f"


@given(
    st.one_of(st.text(alphabet=_GSM, max_size=700), st.text(alphabet="ab€🚗ñł^", max_size=400), st.text(max_size=300))
)
def test_segments_agree_with_an_independent_counter(text: str) -> None:
    text = text.replace("\x1b", "")  # the oracle takes the bare escape for a character

    counted = segments(text)

    oracle = smsutil.split(text)
    assert counted.count == len(oracle.parts)
    if text:
        gsm = oracle.encoding == "gsm0338"
        assert counted.encoding == ("gsm7" if gsm else "ucs2")
        assert counted.units == (oracle.total_bytes if gsm else oracle.total_bytes // 2)


def test_the_borders_of_both_alphabets() -> None:
    assert [segments("a" * size).count for size in (0, 1, 160, 161, 306, 307)] == [1, 1, 1, 2, 2, 3]
    assert [segments("ł" * size).count for size in (1, 70, 71, 134, 135)] == [1, 1, 2, 2, 3]
    assert segments("€" * 80).count == 1
    assert segments("€" * 81).count == 2
    assert segments("🚗" * 35).count == 1


def test_an_extended_character_is_not_split_between_parts() -> None:
    text = "a" * 152 + "€" + "a" * 152  # 306 septets would be two parts, but the euro moves on

    assert segments(text).units == 306
    assert segments(text).count == 3
