"""What a customer wrote themselves: the answer above the quoted history, and whether a machine wrote it.

A stranger's mail is the input, so nothing here may take more than linear time: text is looked at line by line, and
patterns only ever see a bounded piece of a line.
"""

import html as html_entities
import re
from email.message import Message
from email.utils import parseaddr

_PIECE = 300
_WROTE = re.compile(
    r"(?:On|Am|El|Le|Il|Op|Em)\s.*[\d@].*(?:wrote|schrieb|escribió|écrit|ha scritto|schreef|escreveu)[^:]{0,60}:"
)
_ORIGINAL = re.compile(r"-{2,} ?(?:original message|forwarded message|ursprüngliche nachricht) ?-{2,}", re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_DROPPED = re.compile(r"<(blockquote|head|style|script)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<[^<>]*>")
_MACHINES = frozenset({"mailer-daemon", "postmaster", "no-reply", "noreply", "do-not-reply", "donotreply"})
_PRECEDENCE = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})


def own_words(text: str) -> str:
    """Cut off the quoted history and the signature.

    Conservative: only marks that mail programs make are cut at, and if nothing would be left, nothing is cut.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = next((number for number in range(len(lines)) if _ends_at(lines, number)), len(lines))
    while end and (not lines[end - 1].strip(" \t_") or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    return "\n".join(lines[:end]).strip() or text.strip()


def text_of_html(markup: str) -> str:
    """Return the text of a mail that has no plain part, without quoted blocks unless there is nothing else."""
    return _text(_DROPPED.sub("", markup)) or _text(markup)


def is_automatic(headers: Message, *, envelope_sender: str) -> bool:
    """Whether a machine wrote this (RFC 3834 section 2, and what mail programs really do): never answer those."""
    submitted = str(headers.get("Auto-Submitted") or "no").partition(";")[0].strip().lower()
    if submitted != "no" or str(headers.get("Precedence") or "").strip().lower() in _PRECEDENCE:
        return True
    if any(headers.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "List-Id")):
        return True
    _, sender = parseaddr(str(headers.get("From") or ""))
    local = (sender or envelope_sender).partition("@")[0].lower()
    return local in _MACHINES or str(headers.get("Return-Path") or "").strip() == "<>"


def _ends_at(lines: list[str], number: int) -> bool:
    line = _piece(lines[number])
    if lines[number] == "-- " or _ORIGINAL.fullmatch(line):  # RFC 3676 section 4.3
        return True
    if line.replace("*", "").startswith("From: "):
        following = [_piece(other).replace("*", "") for other in lines[number + 1 : number + 3]]
        return any(other.startswith(("Sent: ", "Date: ", "To: ")) for other in following)
    wrapped = f"{line} {_piece(lines[number + 1])}" if number + 1 < len(lines) else line
    return _WROTE.fullmatch(line) is not None or _WROTE.fullmatch(wrapped) is not None


def _piece(line: str) -> str:
    return " ".join(line[:_PIECE].split())


def _text(markup: str) -> str:
    text = html_entities.unescape(_TAGS.sub("", _BREAKS.sub("\n", markup)))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join(line for number, line in enumerate(lines) if line or (number and lines[number - 1])).strip()
