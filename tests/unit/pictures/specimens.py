"""Pictures made by hand, each with a secret in every place where metadata can stand."""

import struct
import zlib

SECRET = b"SECRET-30.2672N-97.7431W"


def tiff(*, orientation: int = 6, order: str = ">") -> bytes:
    """A TIFF block with an orientation and a GPS pointer; the secret is among its values."""
    mark = b"MM" if order == ">" else b"II"
    entries = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack(f"{order}HHII", 0x8825, 4, 1, 38)
    return mark + struct.pack(f"{order}HI", 42, 8) + struct.pack(f"{order}H", 2) + entries + b"\0\0\0\0" + SECRET


def segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


JFIF = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
ICC = segment(0xE2, b"ICC_PROFILE\0\x01\x01colours")
TABLES = segment(0xDB, b"\0" * 65)
SCAN = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd0\x56"


def jpeg(*, exif: bytes | None = None) -> bytes:
    told = tiff() if exif is None else exif
    return b"".join(
        (
            b"\xff\xd8", JFIF, segment(0xE1, b"Exif\0\0" + told),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
            segment(0xED, b"Photoshop 3.0\0" + SECRET), segment(0xFE, SECRET), segment(0xE2, b"MPF\0" + SECRET), ICC,
            TABLES, SCAN, segment(0xFE, SECRET), SCAN, b"\xff\xd9", SECRET,
        )
    )  # fmt: skip


def chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


HEADER = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
PIXELS = chunk(b"IDAT", zlib.compress(b"\0\0"))
END = chunk(b"IEND", b"")
PNG_MARK = b"\x89PNG\r\n\x1a\n"


def png() -> bytes:
    told = (
        chunk(b"eXIf", tiff()),
        chunk(b"tEXt", b"Comment\0" + SECRET),
        chunk(b"iTXt", SECRET),
        chunk(b"zTXt", SECRET),
    )
    return PNG_MARK + HEADER + b"".join(told) + chunk(b"tIME", b"\x07\xea\x01\x01\0\0\0") + PIXELS + END + SECRET


def riff(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def webp() -> bytes:
    body = b"WEBP" + riff(b"VP8X", b"\x0c" + b"\0" * 9) + riff(b"VP8L", b"pixels!")
    body += riff(b"EXIF", tiff()) + riff(b"XMP ", SECRET)
    return b"RIFF" + struct.pack("<I", len(body)) + body + SECRET


def gif() -> bytes:
    colours = b"\0" * 6
    comment = b"\x21\xfe" + bytes([len(SECRET)]) + SECRET + b"\0"
    xmp = b"\x21\xff\x0bXMP DataXMP" + bytes([len(SECRET)]) + SECRET + b"\0"
    loops = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    control = b"\x21\xf9\x04\0\0\0\0\0"
    image = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return b"GIF89a\x01\0\x01\0\x80\0\0" + colours + comment + loops + xmp + control + image + b"\x3b" + SECRET


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload) + 8) + kind + payload


def heic(*, method: int = 0, infe_version: int = 2) -> bytes:
    """A HEIF file with a picture (item 1), Exif (item 2) and XMP (item 3)."""
    exif, xmp, pixels = b"\0\0\0\x06Exif\0\0" + tiff(), SECRET, b"PIXELS"
    names = ((1, b"hvc1", b"\0"), (2, b"Exif", b"\0"), (3, b"mime", b"\0application/rdf+xml\0"))
    infe = b"".join(
        box(b"infe", bytes([infe_version, 0, 0, 0]) + struct.pack(">HH", item, 0) + kind + rest)
        for item, kind, rest in names
    )
    iinf = box(b"iinf", b"\0\0\0\0" + struct.pack(">H", 3) + infe)
    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def meta(at: int) -> bytes:
        rows, places = b"", at
        for item, content in ((1, pixels), (2, exif), (3, xmp)):
            rows += struct.pack(">HHHHII", item, method, 0, 1, places, len(content))
            places += len(content)
        iloc = box(b"iloc", b"\x01\0\0\0\x44\0" + struct.pack(">H", 3) + rows)
        return box(b"meta", b"\0\0\0\0" + iinf + iloc + box(b"iprp", b"irot"))

    begins = len(head) + len(meta(0)) + 8
    return head + meta(begins) + box(b"mdat", pixels + exif + xmp) + box(b"uuid", SECRET)


def heic_of(iloc: bytes) -> bytes:
    """A HEIF file whose item 2 is Exif and lies where *iloc* says."""
    infe = box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 2, 0) + b"Exif\0")
    items = box(b"iinf", b"\0\0\0\0\0\1" + infe) + box(b"iloc", iloc)
    return box(b"ftyp", b"heic\0\0\0\0") + box(b"meta", b"\0\0\0\0" + items) + box(b"mdat", b"x" * 200)


ALL = {
    "image/jpeg": jpeg(),
    "image/png": png(),
    "image/webp": webp(),
    "image/gif": gif(),
    "image/heic": heic(),
}
