"""The pictures of a mail: parts of the form, or of the whole mail in Inbound Parse's raw mode."""

import email
from email.message import Message
from typing import Any

import msgspec

from leadcore.pictures.policies.preparing import prepared
from leadcore.pictures.policies.sniffing import media_type_of
from leadcore.ports.inbound import AdmittedPicture, SubmittedPicture
from leadcore_httpkit.forms import FormPart

_DECORATION = 16_384
"""Bytes below which a picture that the HTML shows inline is a logo of somebody's signature."""

Pictures = tuple[tuple[SubmittedPicture, ...], tuple[AdmittedPicture, ...]]


class _File(msgspec.Struct, frozen=True):
    name: str
    kind: str
    content: bytes
    is_inline: bool

    @property
    def is_picture(self) -> bool:
        """Whether it is one, or says so; other attachments are left out as ever."""
        is_logo = self.is_inline and len(self.content) < _DECORATION
        return not is_logo and (self.kind.startswith("image/") or bool(media_type_of(self.content)))


def pictures_of(parts: tuple[FormPart, ...], *, info: dict[str, Any]) -> Pictures:
    """Return what is told of the form's pictures, and their bytes. *info* is `attachment-info`, decoded."""
    raw = next((part.content for part in parts if part.name == "email" and part.filename is None), None)
    files = _files_of_mail(raw) if raw is not None else [_file_of(part, info) for part in parts if part.filename]
    wanted = [each for each in files if each.is_picture]
    ready = [prepared(each.content, number=at, name=each.name) for at, each in enumerate(wanted, start=1)]
    return tuple(told for told, _ in ready), tuple(kept for _, kept in ready if kept is not None)


def _file_of(part: FormPart, info: dict[str, Any]) -> _File:
    about = info.get(part.name)
    is_inline = isinstance(about, dict) and bool(about.get("content-id"))
    return _File(part.filename or "", part.content_type, part.content, is_inline)


def _files_of_mail(source: bytes) -> list[_File]:
    try:
        leaves = [part for part in email.message_from_bytes(source).walk() if not part.is_multipart()]
        return [_file_of_leaf(part) for part in leaves if part.get_content_maintype() == "image" or part.get_filename()]
    except Exception:  # noqa: BLE001 - the standard library's parser raises whatever a stranger's mail provokes
        return []


def _file_of_leaf(part: Message) -> _File:
    content = part.get_payload(decode=True)
    is_inline = bool(part["content-id"]) and part.get_content_disposition() != "attachment"
    body = content if isinstance(content, bytes) else b""
    return _File(part.get_filename() or "", part.get_content_type(), body, is_inline)
