"""multipart/form-data (RFC 7578), read whole and in linear time: files are bytes and stay bytes."""

import binascii
import quopri
from email.message import Message

import msgspec

_LINE, _BLANK = b"\r\n", b"\r\n\r\n"
_MAX_HEAD = 4096
MULTIPART = "multipart/form-data"


class UnreadableFormError(Exception):
    """The bytes are no multipart form, or one with too many parts."""


class FormPart(msgspec.Struct, frozen=True, kw_only=True):
    """One field or file. `filename` is None for a field; an empty file input has an empty name and no content."""

    name: str
    content: bytes
    content_type: str = ""
    filename: str | None = None


def form_parts(content_type: str, body: bytes, *, max_parts: int = 200) -> tuple[FormPart, ...]:
    """Return the parts in order. Raises `UnreadableFormError`."""
    boundary = _header("content-type", content_type).get_boundary()
    if not boundary:
        raise UnreadableFormError("the content type names no boundary")
    delimiter = _LINE + b"--" + boundary.encode("latin-1", "replace")
    pieces = (_LINE + body).split(delimiter, max_parts + 2)
    if len(pieces) == 1:
        raise UnreadableFormError("the form has no parts")
    found: list[FormPart] = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return tuple(found)
        found.append(_part(piece))
        if len(found) > max_parts:
            raise UnreadableFormError(f"the form has more than {max_parts} parts")
    return tuple(found)


def _part(piece: bytes) -> FormPart:
    _, _, rest = piece.partition(_LINE)  # what follows the delimiter on its line is padding
    head, blank, content = (b"", _LINE, rest[2:]) if rest.startswith(_LINE) else rest.partition(_BLANK)
    if not blank or len(head) > _MAX_HEAD:
        return FormPart(name="", content=b"")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    }
    disposition = _header("content-disposition", headers.get("content-disposition", ""))
    name = disposition.get_param("name", header="content-disposition")
    return FormPart(
        name=name if isinstance(name, str) else "",
        content=_decoded(content, headers.get("content-transfer-encoding", "").lower()),
        content_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
        filename=disposition.get_filename(),
    )


def _header(name: str, value: str) -> Message:
    message = Message()
    message[name] = value.replace("\r", " ").replace("\n", " ")
    return message


def _decoded(content: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        try:
            return binascii.a2b_base64(content)
        except binascii.Error:
            return b""
    return quopri.decodestring(content) if encoding == "quoted-printable" else content
