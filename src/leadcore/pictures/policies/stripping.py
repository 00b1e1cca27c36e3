"""Taking the metadata out of a picture: where and when it was taken is nobody's business, and it is not needed.

No pixel is decoded, so no image library is: only the containers are walked, and the parts that hold Exif, XMP, IPTC,
comments and times are left out. A picture whose container cannot be walked to its end is not kept at all. The one
thing that is saved is which way up a JPEG is.
"""

import re
import struct
from collections.abc import Callable

from leadcore.pictures.policies.heif import without_metadata as of_heif
from leadcore.pictures.policies.walking import DamagedPictureError, Steps

# JFIF, ICC colours, Adobe's colour transform: needed to show the picture as it was meant.
_KEPT_SEGMENTS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_COMMENT, _EXIF, _START_OF_SCAN, _END, _FILL = 0xFE, 0xE1, 0xDA, 0xD9, 0xFF
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")
_ORIENTATION = 0x0112
_PNG_DROPPED = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_WEBP_DROPPED = frozenset({b"EXIF", b"XMP "})
_WEBP_FLAGS = ~0x0C  # bits "Exif" and "XMP" of VP8X
_GIF_EXTENSION, _GIF_IMAGE, _GIF_TRAILER = 0x21, 0x2C, 0x3B
_GIF_COMMENT, _GIF_TEXT, _GIF_APPLICATION = 0xFE, 0x01, 0xFF
_MOST_GIF_BLOCKS = 500_000
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def stripped(content: bytes, media_type: str) -> bytes:
    """Return *content* without metadata. Raises `DamagedPictureError` when that cannot be done."""
    try:
        return _WAYS[media_type](content)
    except (IndexError, struct.error, ValueError) as cause:
        raise DamagedPictureError("the file is cut or damaged") from cause


def _jpeg(content: bytes) -> bytes:
    kept = bytearray(content[:2])
    at, steps = 2, Steps()
    while True:
        steps.take()
        if content[at] != _FILL:
            raise DamagedPictureError("a JPEG segment does not begin where it should")
        marker = content[at + 1]
        if marker == _FILL:
            at += 1
            continue
        if marker in _BARE:
            at += 2
            continue
        if marker == _END:
            return bytes(kept) + b"\xff\xd9"
        size = struct.unpack_from(">H", content, at + 2)[0]
        segment = content[at : at + 2 + size]
        if size < 2 or len(segment) != 2 + size:  # noqa: PLR2004 - a segment counts its own two bytes of length
            raise DamagedPictureError("a JPEG segment is cut")
        at += 2 + size
        kept += _kept_of(marker, segment)
        if marker == _START_OF_SCAN:
            end = _end_of_scan(content, at)
            kept += content[at:end]
            at = end


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where the next segment begins; stuffed bytes, fill bytes and restart markers belong to the scan."""
    found = _MARKER.search(content, at)
    if found is None:
        raise DamagedPictureError("a JPEG scan does not end")
    return found.start()


def _kept_of(marker: int, segment: bytes) -> bytes:
    payload = segment[4:]
    if marker == _EXIF:
        return _upright(payload[6:]) if payload.startswith(b"Exif\0\0") else b""
    is_application = 0xE0 <= marker <= 0xEF  # noqa: PLR2004 - APP0 to APP15
    if is_application:
        name = _KEPT_SEGMENTS.get(marker)
        return segment if name and payload.startswith(name) else b""
    return b"" if marker == _COMMENT else segment


def _upright(tiff: bytes) -> bytes:
    """Return an Exif segment that says which way up the picture is and nothing else; empty when it is upright."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:  # noqa: PLR2004 - a TIFF header
        return b""
    first = struct.unpack_from(f"{order}I", tiff, 4)[0]
    if first + 2 > len(tiff):
        return b""
    for number in range(struct.unpack_from(f"{order}H", tiff, first)[0]):
        entry = tiff[first + 2 + number * 12 : first + 14 + number * 12]
        if len(entry) < 12:  # noqa: PLR2004 - a TIFF entry
            return b""
        tag, kind, count, value = struct.unpack(f"{order}HHIH", entry[:10])
        if (tag, kind, count) == (_ORIENTATION, 3, 1) and 1 < value <= 8:  # noqa: PLR2004 - Exif 2.32, 4.6.4 A
            body = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, _ORIENTATION, 3, 1, value, 0, 0)
            return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    return b""


def _png(content: bytes) -> bytes:
    kept = bytearray(content[:8])
    at, steps = 8, Steps()
    while True:
        steps.take()
        size, name = struct.unpack_from(">I4s", content, at)
        chunk = content[at : at + 12 + size]
        if len(chunk) != 12 + size:
            raise DamagedPictureError("a PNG chunk is cut")
        if name not in _PNG_DROPPED:
            kept += chunk
        if name == b"IEND":
            return bytes(kept)
        at += 12 + size


def _webp(content: bytes) -> bytes:
    end = 8 + struct.unpack_from("<I", content, 4)[0]
    if end > len(content):
        raise DamagedPictureError("the WebP file is cut")
    kept = bytearray(b"WEBP")
    at, steps = 12, Steps()
    while at < end:
        steps.take()
        name, size = struct.unpack_from("<4sI", content, at)
        chunk = bytearray(content[at : at + 8 + size])
        if len(chunk) != 8 + size:
            raise DamagedPictureError("a WebP chunk is cut")
        if name == b"VP8X":
            chunk[8] &= _WEBP_FLAGS
        if name not in _WEBP_DROPPED:
            kept += chunk + b"\0" * (size % 2)
        at += 8 + size + size % 2
    return b"RIFF" + struct.pack("<I", len(kept)) + bytes(kept)


def _gif(content: bytes) -> bytes:
    at, steps = 13 + _colours(content[10]), Steps(_MOST_GIF_BLOCKS)
    kept = bytearray(content[:at])
    while content[at] != _GIF_TRAILER:
        begins, kind = at, content[at]
        if kind == _GIF_IMAGE:
            at = _after_blocks(content, at + 11 + _colours(content[at + 9]), steps)
        elif kind == _GIF_EXTENSION:
            at = _after_blocks(content, at + 2, steps)
        else:
            raise DamagedPictureError("a GIF block is of no known kind")
        if kind == _GIF_IMAGE or _is_wanted(content[begins:at]):
            kept += content[begins:at]
    return bytes(kept) + bytes([_GIF_TRAILER])


def _is_wanted(extension: bytes) -> bool:
    if extension[1] == _GIF_APPLICATION:
        return extension[3:14] in _GIF_LOOPS
    return extension[1] not in {_GIF_COMMENT, _GIF_TEXT}


def _colours(packed: int) -> int:
    return 3 * 2 ** ((packed & 7) + 1) if packed & 0x80 else 0


def _after_blocks(content: bytes, at: int, steps: Steps) -> int:
    steps.take()
    while content[at]:
        steps.take()
        at += content[at] + 1
    return at + 1


_WAYS: dict[str, Callable[[bytes], bytes]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/gif": _gif,
    "image/heic": of_heif,
}
