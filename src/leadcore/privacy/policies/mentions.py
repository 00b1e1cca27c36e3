"""Whether bytes that came in are about somebody: JSON, forms, multipart and mail, read without understanding them."""

import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

import msgspec

_NATIONAL = 10  # the digits of a number in the North American plan; longer plans are compared by their last ten
_SHORTEST = 7
_ESCAPED = re.compile(rb"\\u([0-9a-fA-F]{4})")
_SPACES = re.compile(r"\s+")
_BETWEEN = rb"[\s().\-\xa0]{0,3}"


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is recognised by: phone numbers and addresses for sure, a full name with a namesake's risk."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def are_in(self, content: bytes) -> bool:
        """Whether a phone number or an e-mail address of theirs stands in *content*, however it is written."""
        plain = _readings(content)
        return any(email.encode().lower() in each for email in self.emails for each in plain) or any(
            pattern.search(each) for pattern in map(_number, self.phones) if pattern for each in plain
        )

    def name_is_in(self, content: bytes) -> bool:
        """Whether their full name stands there: perhaps a namesake's."""
        if not self.names:
            return False
        texts = [_SPACES.sub(" ", each.decode("utf-8", "replace")).lower() for each in _readings(content)]
        return any(name in each for name in map(str.lower, self.names) for each in texts)


def marks_of(values: Iterable[str], names: Iterable[tuple[str, str]]) -> Marks:
    """Return what tells somebody by *values* (phones and e-mail addresses) and *names* (first, last).

    One name alone tells nobody.
    """
    known = sorted(set(values))
    return Marks(
        phones=tuple(each for each in known if "@" not in each),
        emails=tuple(each for each in known if "@" in each),
        names=tuple(sorted({_SPACES.sub(" ", f"{first} {last}") for first, last in names if first and last})),
    )


def _number(phone: str) -> "re.Pattern[bytes] | None":
    digits = re.sub(r"\D", "", phone)[-_NATIONAL:]
    if len(digits) < _SHORTEST:
        return None
    return re.compile(_BETWEEN.join(digit.encode() for digit in digits) + rb"(?!\d)")


def _readings(content: bytes) -> list[bytes]:
    """*content* as it is, without a form's escapes, and without those of JSON; lower case."""
    found = [content]
    if b"%" in content:
        found.append(unquote_to_bytes(content.replace(b"+", b" ")))
    if b"\\u" in content:
        found.append(_ESCAPED.sub(lambda match: chr(int(match[1], 16)).encode("utf-8", "replace"), content))
    return [each.decode("utf-8", "surrogateescape").lower().encode("utf-8", "surrogateescape") for each in found]
