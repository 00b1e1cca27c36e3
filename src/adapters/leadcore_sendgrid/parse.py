"""Inbound Parse: a customer's mail as multipart fields (providers.md 3.3)."""

import email
import hashlib
from email.header import decode_header, make_header
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from email.policy import default as modern
from email.utils import getaddresses, parseaddr
from typing import Any

import msgspec

from leadcore.ports.inbound import AdmittedItem, CustomerMessage, SubmittedPicture, UnreadableBodyError
from leadcore_httpkit.forms import FormPart, UnreadableFormError, form_parts
from leadcore_sendgrid.attachments import pictures_of
from leadcore_sendgrid.replies import is_automatic, own_words, text_of_html

# Reports and files are left out: the inbox keeps words. Pictures go on the shelf, what is told of them stays here.
_KEPT = frozenset({"headers", "text", "html", "from", "to", "cc", "subject", "envelope", "email", "attachments"})
_MAX_FIELD = 400_000


class Letter(msgspec.Struct, frozen=True, kw_only=True, tag="letter"):
    """What an admitted item keeps of a mail."""

    fields: dict[str, str]
    pictures: tuple[SubmittedPicture, ...] = ()


def letter_item(content_type: str, body: bytes) -> AdmittedItem:
    """Read the multipart form into one urgent item. Raises `UnreadableBodyError`."""
    parts = _parts(content_type, body)
    fields = _fields(parts)
    told, kept = pictures_of(parts, info=_json_object(_plain(parts, "attachment-info")))
    letter = Letter(fields=fields, pictures=told)
    envelope = _envelope(fields)
    headers = _headers(fields)
    message_id = _bare(headers.get("Message-ID"))
    sender = _sender(fields, headers, envelope)[1]
    if not sender:
        raise UnreadableBodyError("the mail has no sender")
    unique = message_id or hashlib.sha256(msgspec.json.encode(letter, order="deterministic")).hexdigest()
    return AdmittedItem(
        # The sender chooses the Message-ID, so it may only silence mail of its own.
        dedupe_key=f"{sender}|{unique}|{','.join(sorted(envelope[0]))}"[:500],
        body=msgspec.json.encode(letter),
        entity_key=f"email:{sender}"[:300],
        urgent=True,
        pictures=kept,
    )


def customer_message(letter: Letter, *, parse_domain: str) -> CustomerMessage:
    """Understand a kept mail."""
    fields = letter.fields
    headers = _headers(fields)
    recipients, envelope_sender = envelope = _envelope(fields)
    name, sender = _sender(fields, headers, envelope)
    ours = [address for address in recipients if parse_domain and address.endswith("@" + parse_domain.lower())]
    plain = fields.get("text") or _raw_text(fields.get("email", ""))
    words = own_words(plain) if plain.strip() else own_words(text_of_html(fields.get("html", "")))
    return CustomerMessage(
        channel="email",
        sender=sender,
        recipient=(ours or recipients or [""])[0],
        text=words,
        provider_id=_bare(headers.get("Message-ID")) or hashlib.sha256(msgspec.json.encode(letter)).hexdigest(),
        subject=_readable(fields.get("subject") or str(headers.get("Subject") or "")),
        sender_name=name,
        automatic=is_automatic(headers, envelope_sender=envelope_sender),
        thread_ref=_bare(headers.get("In-Reply-To")) or _bare(headers.get("References"), last=True),
        pictures=letter.pictures,
    )


def _parts(content_type: str, body: bytes) -> tuple[FormPart, ...]:
    try:
        return form_parts(content_type, body)
    except UnreadableFormError as cause:
        raise UnreadableBodyError(str(cause)) from cause


def _fields(parts: tuple[FormPart, ...]) -> dict[str, str]:
    raw: dict[str, bytes] = {}
    for part in parts:
        if part.filename is None and part.name in _KEPT and part.name not in raw:
            raw[part.name] = part.content[:_MAX_FIELD]
    charsets = _json_object(_plain(parts, "charsets"))
    return {name: _decoded(content, charsets.get(name)) for name, content in raw.items()}


def _plain(parts: tuple[FormPart, ...], name: str) -> str:
    found = next((part.content for part in parts if part.name == name and part.filename is None), b"")
    return found.decode("utf-8", "replace")


def _decoded(content: bytes, charset: object) -> str:
    for candidate in (str(charset or "utf-8"), "utf-8"):
        try:
            return content.decode(candidate)
        except (LookupError, UnicodeError):
            continue
    return content.decode("latin-1")


def _headers(fields: dict[str, str]) -> Message:
    # The raw mode of Inbound Parse has no `headers` field but the whole mail.
    return HeaderParser(policy=compat32).parsestr(fields.get("headers") or fields.get("email", ""), headersonly=True)


def _raw_text(source: str) -> str:
    if not source:
        return ""
    try:
        message = email.message_from_string(source, policy=modern)
        part = message.get_body(preferencelist=("plain",))
        return str(part.get_content()) if part is not None else ""
    except Exception:  # noqa: BLE001 - the standard library's parser raises whatever a stranger's mail provokes
        return ""


def _envelope(fields: dict[str, str]) -> tuple[list[str], str]:
    found = _json_object(fields.get("envelope", ""))
    to = found.get("to")
    listed = [str(address).strip().lower() for address in to] if isinstance(to, list) else []
    recipients = [address for address in listed if address]
    if not recipients:
        recipients = [address.lower() for _, address in getaddresses([fields.get("to", "")]) if address]
    return recipients, str(found.get("from") or "").strip().lower()


def _sender(fields: dict[str, str], headers: Message, envelope: tuple[list[str], str]) -> tuple[str, str]:
    """Prefer the person in `From` over the envelope: lists and forwarders put a bounce address there."""
    name, address = parseaddr(fields.get("from") or str(headers.get("From") or ""))
    return " ".join(_readable(name).split()), (address if "@" in address else envelope[1]).lower()


def _readable(text: str) -> str:
    """Decode RFC 2047 words, which only the raw mode leaves in place."""
    try:
        return str(make_header(decode_header(text)))
    except (ValueError, LookupError):
        return text


def _bare(value: object, *, last: bool = False) -> str:
    words = str(value or "").split()
    return (words[-1] if last else words[0]).strip("<>") if words else ""


def _json_object(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except msgspec.MsgspecError:
        return {}
    return found if isinstance(found, dict) else {}
