"""What is a picture, and what is left of it: nothing that says where or by whom it was taken."""

import hashlib
import re
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.pictures.policies.preparing import (
    MOST_LOOKED_AT,
    NO_PICTURE,
    marked,
    prepared,
    printable_name,
    reason_against,
)
from leadcore.pictures.policies.sniffing import EXTENSIONS, media_type_of
from leadcore.pictures.policies.stripping import stripped
from leadcore.pictures.policies.walking import DamagedPictureError
from leadcore.pictures.values import PictureLimits
from tests.unit.pictures import specimens
from tests.unit.pictures.specimens import ALL, SECRET

_CUT = st.sampled_from(sorted(ALL)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.integers(0, len(ALL[kind])), st.binary(max_size=6))
)


@pytest.mark.parametrize("kind", ALL)
def test_the_type_is_read_from_the_bytes(kind: str) -> None:
    assert media_type_of(ALL[kind]) == kind
    assert kind in EXTENSIONS


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"RIFF\0\0\0\0WAVE",
     b"\0\0\0\x18ftypmp42", b"\0\0\0\x18ftypavif", b"BM6\0", b"MZ\x90\0"],
)  # fmt: skip
def test_what_is_no_picture_is_none_whatever_it_is_called(content: bytes) -> None:
    told, kept = prepared(content, number=1, name="photo.jpg")

    assert (media_type_of(content), told.refused, kept) == ("", NO_PICTURE, None)


@pytest.mark.parametrize("kind", ALL)
def test_nothing_secret_is_left_and_the_picture_is(kind: str) -> None:
    clean = stripped(ALL[kind], kind)

    assert SECRET in ALL[kind]
    assert SECRET not in clean
    assert b"30.2672" not in clean
    assert media_type_of(clean) == kind
    assert stripped(clean, kind) == clean


def _leaks(strip: Callable[[bytes, str], bytes]) -> set[str]:
    return {kind for kind, content in ALL.items() if SECRET in strip(content, kind)}


def test_a_stripper_with_a_hole_is_caught() -> None:
    def keeps_comments(content: bytes, kind: str) -> bytes:
        return stripped(content, kind) + (specimens.segment(0xFE, SECRET) if kind == "image/jpeg" else b"")

    assert _leaks(stripped) == set()
    assert _leaks(keeps_comments) == {"image/jpeg"}
    assert _leaks(lambda content, _: content) == set(ALL)


def test_of_a_jpeg_pixels_colours_and_the_way_up_remain() -> None:
    clean = stripped(specimens.jpeg(), "image/jpeg")

    assert clean.count(specimens.SCAN) == 2
    assert specimens.ICC in clean
    assert specimens.JFIF in clean
    assert clean.endswith(b"\xff\xd9")
    assert struct.pack(">HHIH", 0x0112, 3, 1, 6) in clean


@pytest.mark.parametrize(("orientation", "order"), [(8, ">"), (3, "<")])
def test_either_byte_order_says_which_way_is_up(orientation: int, order: str) -> None:
    clean = stripped(specimens.jpeg(exif=specimens.tiff(orientation=orientation, order=order)), "image/jpeg")

    assert struct.pack(">HHIH", 0x0112, 3, 1, orientation) in clean


@pytest.mark.parametrize(
    "exif", [b"", b"MM\0*", b"XX\0*\0\0\0\x08", b"MM\0*\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\0\x05\x01"]
)
def test_exif_that_cannot_be_read_is_dropped_whole(exif: bytes) -> None:
    assert b"Exif" not in stripped(specimens.jpeg(exif=exif), "image/jpeg")


def test_an_upright_jpeg_needs_no_exif() -> None:
    assert b"Exif" not in stripped(specimens.jpeg(exif=specimens.tiff(orientation=1)), "image/jpeg")


def test_webp_no_longer_claims_to_have_metadata_and_says_its_new_size() -> None:
    clean = stripped(specimens.webp(), "image/webp")

    assert clean[20] & 0x0C == 0
    assert struct.unpack_from("<I", clean, 4)[0] == len(clean) - 8


def test_a_gif_still_loops() -> None:
    assert b"NETSCAPE2.0" in stripped(specimens.gif(), "image/gif")


def test_offsets_of_a_heic_stay_and_its_pixels_too() -> None:
    clean = stripped(specimens.heic(), "image/heic")

    assert len(clean) == len(specimens.heic())
    assert b"PIXELS" in clean
    assert b"irot" in clean


@pytest.mark.parametrize(
    "content",
    [
        specimens.heic(method=2),  # put together from other items
        specimens.heic(infe_version=1),
        specimens.box(b"ftyp", b"heic\0\0\0\0"),
        specimens.box(b"ftyp", b"heic\0\0\0\0") + specimens.box(b"meta", b"\0\0\0\0"),
        specimens.heic() + specimens.box(b"moov", b""),
        specimens.heic() + b"\0\0\0\x04abcd",
    ],
)
def test_a_heic_that_cannot_be_followed_is_not_kept(content: bytes) -> None:
    told, kept = prepared(content, number=1)

    assert "metadata cannot be removed" in told.refused
    assert kept is None


_EMPTY = 40_000
BOMBS = {
    "segments of a jpeg": b"\xff\xd8" + b"\xff\xfe\0\2" * _EMPTY + b"\xff\xd9",
    "fill bytes of a jpeg": b"\xff\xd8" + b"\xff" * _EMPTY + b"\xd9",
    "chunks of a png": specimens.PNG_MARK + specimens.chunk(b"abCD", b"") * _EMPTY + specimens.END,
    "chunks of a webp": b"RIFF" + struct.pack("<I", 4 + 8 * _EMPTY) + b"WEBP" + specimens.riff(b"abcd", b"") * _EMPTY,
    "blocks of a gif": specimens.gif()[:19] + b"\x21\xfe" + b"\1x" * 600_000 + b"\0\x3b",
    "boxes of a heic": specimens.box(b"ftyp", b"heic\0\0\0\0") + specimens.box(b"free", b"") * _EMPTY,
    "free extents of a heic": specimens.heic_of(b"\x01\0\0\0\0\0\0\2" + b"\0\2\0\0\0\0\xff\xff" * 2),
    "metadata that is everything": specimens.heic_of(
        b"\x01\0\0\0\x44\0\0\1" + b"\0\2\0\0\0\0\0\2" + struct.pack(">IIII", 0, 200, 0, 200)
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_is_only_work_is_refused_after_a_bounded_number_of_steps(name: str) -> None:
    told, kept = prepared(BOMBS[name], number=1)

    assert re.search("more parts than a picture needs|larger than the file", told.refused)
    assert kept is None


def test_stuffed_and_restarted_scans_are_passed_at_once() -> None:
    scan = specimens.SCAN + b"\xff\xd0" * _EMPTY + b"\xff\0" * _EMPTY
    content = b"\xff\xd8" + specimens.JFIF + scan + b"\xff\xd9"

    assert stripped(content, "image/jpeg") == content


@given(_CUT)
def test_a_damaged_picture_is_refused_or_clean_and_never_an_accident(case: tuple[str, int, bytes]) -> None:
    kind, at, noise = case
    content = ALL[kind][:at] + noise + ALL[kind][at + len(noise) :]

    told, kept = prepared(content, number=1)

    assert (kept is None) == bool(told.refused)
    if kept is not None:
        assert kept.digest == told.digest == hashlib.sha256(kept.content).hexdigest()
        assert media_type_of(kept.content) == told.media_type


@given(st.sampled_from(sorted(ALL)), st.integers(0, 400))
def test_a_cut_picture_is_refused_or_whole_enough(kind: str, length: int) -> None:
    try:
        clean = stripped(ALL[kind][:length], kind)
    except DamagedPictureError:
        return

    assert SECRET not in clean


@given(st.binary(max_size=300))
def test_any_bytes_are_a_picture_or_none(noise: bytes) -> None:
    for head in (
        b"\xff\xd8\xff",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBP",
        b"\0\0\0\x10ftypheic\0\0\0\0",
        b"",
    ):
        told, kept = prepared(head + noise, number=1)
        assert (kept is None) == bool(told.refused)


def test_only_so_many_files_of_one_request_are_looked_at() -> None:
    told, kept = prepared(specimens.jpeg(), number=MOST_LOOKED_AT + 1)

    assert (told.refused, kept) == ("only the first 20 files are looked at", None)
    assert prepared(specimens.jpeg(), number=MOST_LOOKED_AT)[1] is not None


def test_limits_are_named() -> None:
    limits = PictureLimits(max_bytes=10, max_count=2)

    assert reason_against(number=2, size=10, limits=limits) == ""
    assert reason_against(number=3, size=1, limits=limits) == "a message may bring 2 pictures"
    assert reason_against(number=1, size=11, limits=limits) == "it is larger than 10 bytes"


def test_marks_stand_below_the_words() -> None:
    assert marked("See?", 2) == "See?\n[picture 1]\n[picture 2]"
    assert marked("", 1) == "[picture 1]"
    assert marked(" hi", 0) == " hi"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("../../etc/passwd", "passwd"), ('C:\\a\\my "car".jpg', "my car.jpg"), ("a\r\nX: y.png", "aX y.png"), ("..", "")],
)
def test_a_files_name_can_steer_nothing(name: str, shown: str) -> None:
    assert printable_name(name) == shown
