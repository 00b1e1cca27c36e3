"""ADF as it comes by e-mail: a provider's inbound webhook posts the mail as a form, the document in body or attachment.

Any service that posts received mail as multipart/form-data fits (SendGrid Inbound Parse in both modes, and its kin):
every part is looked at, and the first that holds a document we can read is the lead.
"""

import email
import html
import re
from collections.abc import Iterator
from email.message import Message

from leadcore_adf.document import Node, NotAdfError, read_prospects
from leadcore_httpkit.forms import MULTIPART, UnreadableFormError, form_parts

_BEGINS = re.compile(rb"<\?xml|<\?adf|<(?:\w{1,20}:)?adf[\s>]", re.IGNORECASE)
_ENDS = re.compile(rb"</(?:\w{1,20}:)?adf\s*>", re.IGNORECASE)
_ESCAPED = re.compile(rb"&lt;(?:\?xml|\?adf|adf)", re.IGNORECASE)
_LAST = ("text", "html", "email")
"""Where the document stands only when it is not attached: the words of the mail, and its source in raw mode."""


def is_mail(content_type: str) -> bool:
    """Whether the request is a mail that somebody's inbound webhook passes on."""
    return content_type.partition(";")[0].strip().lower() == MULTIPART


def read_mail(content_type: str, body: bytes) -> list[Node]:
    """Return the prospects of the first part that is a document. Raises `NotAdfError`."""
    try:
        parts = form_parts(content_type, body)
    except UnreadableFormError as cause:
        raise NotAdfError(str(cause)) from cause
    why = "no part of the mail holds an ADF document"
    for part in sorted(parts, key=lambda each: _LAST.index(each.name) if each.name in _LAST else -1):
        for content in _texts(part.content) if part.name == "email" else (part.content,):
            document = document_in(content)
            if not document:
                continue
            try:
                return read_prospects(document)
            except NotAdfError as cause:
                why = f"{part.name or 'a part'}: {cause}"
    raise NotAdfError(why)


def document_in(content: bytes) -> bytes:
    """Return the ADF document somewhere inside *content*, empty when there is none."""
    if _BEGINS.search(content) is None and _ESCAPED.search(content) is not None:  # shown as text in an HTML mail
        content = html.unescape(content.decode("latin-1")).encode("latin-1", "xmlcharrefreplace")
    begins = _BEGINS.search(content)
    if begins is None:
        return b""
    ends = [found.end() for found in _ENDS.finditer(content, begins.start())]
    return content[begins.start() : max(ends, default=len(content))]


def _texts(source: bytes) -> Iterator[bytes]:
    """Yield the parts of a whole mail, attachments before its words."""
    leaves = [part for part in email.message_from_bytes(source).walk() if not part.is_multipart()]
    for part in sorted(leaves, key=lambda each: each.get_filename() is None):
        content = _content(part)
        if content:
            yield content


def _content(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""
