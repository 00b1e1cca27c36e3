"""HEIF (ISO 23008-12) without metadata: the items that hold Exif and XMP are overwritten with zeros where they lie.

Taking them out would move every offset in the file. Which way up the picture is stands in a property (`irot`) and
stays. Items that are put together in ways we do not follow make the whole picture one that is not kept.
"""

from collections.abc import Iterator

from leadcore.pictures.policies.walking import Cursor, DamagedPictureError, Steps

_IN_FILE, _IN_IDAT = 0, 1
_LARGE_SIZE, _TO_THE_END = 1, 0
_METADATA_TYPES = frozenset({b"Exif", b"mime", b"uri "})
_DROPPED_BOXES = frozenset({b"uuid", b"udta"})


def without_metadata(content: bytes) -> bytes:
    """Return *content* with zeros where its metadata was. Raises `DamagedPictureError`."""
    clean = bytearray(content)
    has_meta = False
    for kind, begins, ends in _boxes(content, 0, len(content)):
        if kind == b"meta":
            has_meta = True
            left = len(content)
            for span in _metadata_spans(content, begins + 4, ends):
                left -= span.stop - span.start
                if left < 0:
                    raise DamagedPictureError("its metadata is said to be larger than the file")
                clean[span] = bytes(span.stop - span.start)
        elif kind in _DROPPED_BOXES:
            clean[begins:ends] = bytes(ends - begins)
        elif kind == b"moov":
            raise DamagedPictureError("an image sequence is not read")
    if not has_meta:
        raise DamagedPictureError("the file has no item list")
    return bytes(clean)


def _metadata_spans(content: bytes, begins: int, ends: int) -> Iterator[slice]:
    boxes = {kind: (start, stop) for kind, start, stop in _boxes(content, begins, ends)}
    if b"iinf" not in boxes or b"iloc" not in boxes:
        raise DamagedPictureError("the file does not say where its items lie")
    unwanted = set(_metadata_items(content, *boxes[b"iinf"]))
    idat = boxes.get(b"idat", (0, 0))
    for item, method, offset, length in _extents(content, *boxes[b"iloc"]):
        if item not in unwanted:
            continue
        start = offset if method == _IN_FILE else idat[0] + offset
        limit = len(content) if method == _IN_FILE else idat[1]
        stop = start + length if length else limit
        if method not in {_IN_FILE, _IN_IDAT} or stop > limit:
            raise DamagedPictureError("metadata lies where we cannot follow")
        yield slice(start, stop)
    for kind, (start, stop) in boxes.items():
        if kind in _DROPPED_BOXES:
            yield slice(start, stop)


def _metadata_items(content: bytes, begins: int, ends: int) -> Iterator[int]:
    head = Cursor(content, begins, ends)
    version = head.number(1)
    head.take(3)
    head.take(4 if version else 2)
    for kind, start, stop in _boxes(content, head.at, ends):
        if kind != b"infe":
            continue
        entry = Cursor(content, start, stop)
        entry_version = entry.number(1)
        entry.take(3)
        if entry_version < 2:  # noqa: PLR2004 - older entries have no item type
            raise DamagedPictureError("an item does not say what it is")
        item = entry.number(2 if entry_version == 2 else 4)  # noqa: PLR2004 - ISO 14496-12, 8.11.6
        entry.take(2)
        if entry.take(4) in _METADATA_TYPES:
            yield item


def _extents(content: bytes, begins: int, ends: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield item, construction method, offset and length of every extent (ISO 14496-12, 8.11.3)."""
    at = Cursor(content, begins, ends)
    version = at.number(1)
    at.take(3)
    sizes = at.number(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    for _ in range(at.number(4 if version == 2 else 2)):  # noqa: PLR2004 - version 2 counts wider
        item = at.number(4 if version == 2 else 2)  # noqa: PLR2004 - the same
        method = at.number(2) & 15 if version else _IN_FILE
        at.take(2)
        base = at.number(base_size)
        for _ in range(at.number(2)):
            at.take(index_size)
            offset = base + at.number(offset_size)
            yield item, method, offset, at.number(length_size)


def _boxes(content: bytes, begins: int, ends: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the type of each box and where its payload begins and ends."""
    at, steps = begins, Steps()
    while at < ends:
        steps.take()
        head = Cursor(content, at, ends)
        size, kind = head.number(4), head.take(4)
        if size == _LARGE_SIZE:
            size = head.number(8)
        elif size == _TO_THE_END:
            size = ends - at
        if size < head.at - at or at + size > ends:
            raise DamagedPictureError("a box is cut")
        yield kind, head.at, at + size
        at += size
