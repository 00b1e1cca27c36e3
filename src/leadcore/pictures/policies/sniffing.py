"""The type of a picture by its first bytes: what a header or a file name claims is not believed.

Magic numbers: ISO 10918-1 (JPEG), ISO 15948 (PNG), RFC 9649 (WebP), ISO 23008-12 (HEIF brands), GIF 87a and 89a.
"""

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/gif": "gif",
}
"""The types that are kept, and how their files are called."""


def media_type_of(content: bytes) -> str:
    """Return the IANA media type, empty when it is no picture we keep."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and (content[8:12] in _HEIF_BRANDS):
        return "image/heic"
    return ""
