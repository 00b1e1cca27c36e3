"""From bytes that somebody sent to a picture that may be kept, or to the reason why not. Pure and total."""

import hashlib

from leadcore.pictures.policies.sniffing import media_type_of
from leadcore.pictures.policies.stripping import stripped
from leadcore.pictures.policies.walking import DamagedPictureError
from leadcore.pictures.values import PictureLimits
from leadcore.ports.inbound import AdmittedPicture, SubmittedPicture

NO_PICTURE = "it is not a JPEG, PNG, WebP, HEIC or GIF picture"
MOST_LOOKED_AT = 20
"""Files of one request that are looked at: a stranger's request must not keep us busy."""
_NAME_MAX = 120


def prepared(content: bytes, *, number: int, name: str = "") -> tuple[SubmittedPicture, AdmittedPicture | None]:
    """Return what is told of a file, and the bytes to keep of it; None for what is no picture or cannot be cleaned."""
    shown = printable_name(name)
    if number > MOST_LOOKED_AT:
        return SubmittedPicture(name=shown, refused=f"only the first {MOST_LOOKED_AT} files are looked at"), None
    kind = media_type_of(content)
    if not kind:
        return SubmittedPicture(name=shown, refused=NO_PICTURE), None
    try:
        clean = stripped(content, kind)
    except DamagedPictureError as cause:
        return SubmittedPicture(name=shown, refused=f"its metadata cannot be removed: {cause}"), None
    digest = hashlib.sha256(clean).hexdigest()
    told = SubmittedPicture(digest=digest, media_type=kind, size=len(clean), name=shown)
    return told, AdmittedPicture(digest=digest, content=clean, number=number)


def reason_against(*, number: int, size: int, limits: PictureLimits) -> str:
    """Return why the *number*-th picture of a message is not taken, empty when it is."""
    if number > limits.max_count:
        return f"a message may bring {limits.max_count} pictures"
    if size > limits.max_bytes:
        return f"it is larger than {limits.max_bytes} bytes"
    return ""


def marked(text: str, count: int) -> str:
    """Return *text* with one mark per picture below it, as people and models read it in the thread."""
    marks = "\n".join(f"[picture {number}]" for number in range(1, count + 1))
    return "\n".join(part for part in (text.strip() and text, marks) if part)


def printable_name(name: str) -> str:
    """Return the last part of a file's name, without what could steer a shell, a header or a path."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(ch for ch in last if ch.isprintable() and ch not in '"<>|:*?;').strip(". ")[:_NAME_MAX]
