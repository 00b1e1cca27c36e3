"""Where our verdict differs from a vendor's own verifier, on purpose: one by one, with the reason.

Everything else in which the two differ is a mistake of ours.
"""

import base64
import binascii
import random
import re
from collections.abc import Callable
from urllib.parse import parse_qsl

import msgspec
from msgspec.structs import replace
from twilio.request_validator import RequestValidator

from leadcore.ports.inbound import RawRequest
from tests.chaos import oracles
from tests.chaos.signers import (
    STAMP,
    TOKEN,
    URL,
    WHSEC,
    Verdict,
    of_sendgrid,
    request,
    signed_hubspot,
    signed_standard,
)

_STANDARD = ("webform", "shopmonkey")
_BODY = b'{"email":"pat@example.com"}'
_PLAIN_URL = URL.partition("?")[0]
_FORM = "application/x-www-form-urlencoded"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """`ours` and `theirs` are the verdicts on `example`; `explains` recognises the difference in any request.

    `oracle` stands in for the vendor's usual verifier where the difference lies in how that is called.
    """

    what: str
    why: str
    vendors: tuple[str, ...]
    ours: bool
    example: RawRequest
    explains: Callable[[RawRequest], bool] = lambda _: False
    oracle: Verdict | None = None

    @property
    def theirs(self) -> bool:
        """The vendor's verdict: always the other one."""
        return not self.ours


def _header(found: RawRequest, name: str, value: str) -> RawRequest:
    return replace(found, headers=tuple((key, value if key == name else old) for key, old in found.headers))


def _words(found: RawRequest) -> list[str]:
    return found.header("webhook-signature").split(" ")


def _is_malformed(word: str) -> bool:
    version, comma, claim = word.partition(",")
    if not comma or "," in claim:
        return True
    try:
        base64.b64decode(claim)
    except (binascii.Error, ValueError):
        return version == "v1"
    return False


def _is_respelt(word: str) -> bool:
    try:
        claim = word.removeprefix("v1,")
        return word.startswith("v1,") and base64.b64encode(base64.b64decode(claim)).decode() != claim
    except (binascii.Error, ValueError):
        return False


def _is_plain(stamp: str) -> bool:
    return re.fullmatch("[1-9][0-9]{0,10}", stamp) is not None


_SIGNED = signed_standard(_BODY)
_MARK = _SIGNED.header("webhook-signature")
_BY_STANDARD = (
    Difference(
        what="a timestamp that is not written in plain digits",
        why="the reference reads it as a float and signs another text than the one that came",
        vendors=_STANDARD,
        ours=False,
        example=_header(_SIGNED, "webhook-timestamp", f"+{STAMP}"),
        explains=lambda found: not _is_plain(found.header("webhook-timestamp")),
    ),
    Difference(
        what="a signature in another spelling of base64",
        why="one signature has one text: what has several can pass a list of those already seen",
        vendors=_STANDARD,
        ours=False,
        example=_header(_SIGNED, "webhook-signature", _MARK + "="),
        explains=lambda found: any(_is_respelt(word) for word in _words(found)),
    ),
    Difference(
        what="a malformed word before the good signature",
        why="the reference stops with ValueError; the specification lets unknown signatures be skipped",
        vendors=_STANDARD,
        ours=True,
        example=_header(_SIGNED, "webhook-signature", f"nonsense {_MARK}"),
        explains=lambda found: any(_is_malformed(word) for word in _words(found)),
    ),
    Difference(
        what="the good signature behind ten others",
        why="work per request is bounded; a rotation has two",
        vendors=_STANDARD,
        ours=False,
        example=_header(_SIGNED, "webhook-signature", " ".join(["v1,AAAA"] * 10 + [_MARK])),
        explains=lambda found: len(_words(found)) > 10,
    ),
    Difference(
        what="a dot in webhook-id",
        why="the fields are joined by dots: signed bytes could move from one into the next",
        vendors=_STANDARD,
        ours=False,
        example=signed_standard(_BODY, id="msg.1"),
    ),
    Difference(
        what="a blank in webhook-id",
        why="it becomes part of a key in the database; the specification makes ids of visible characters",
        vendors=("webform",),
        ours=False,
        example=signed_standard(_BODY, id="msg 1"),
    ),
    Difference(
        what="the secret's own bytes as the key",
        why="Shopmonkey's documentation leaves open which of the two it signs with (providers.md 1.7)",
        vendors=("shopmonkey",),
        ours=True,
        example=signed_standard(_BODY, key=WHSEC.encode()),
    ),
)


def _texted(url: str, *, signed_url: str = "", content_type: str = _FORM, body: str = "Body=STOP") -> RawRequest:
    fields = dict(parse_qsl(body)) if content_type == _FORM else {}
    signature = RequestValidator(TOKEN).compute_signature(signed_url or url, fields)
    return request(url, body.encode(), {"content-type": content_type, "x-twilio-signature": str(signature)})


def _is_form(found: RawRequest) -> bool:
    return _FORM in found.header("content-type")


def _repeated() -> RawRequest:
    pairs = [("Tag", "b"), ("Tag", "a")]
    signature = RequestValidator(TOKEN).compute_signature(_PLAIN_URL, oracles.Fields(pairs))
    return request(_PLAIN_URL, b"Tag=b&Tag=a", {"content-type": _FORM, "x-twilio-signature": str(signature)})


def _with_plain_dict(found: RawRequest) -> bool:
    fields = dict(parse_qsl(found.body.decode()))
    return bool(RequestValidator(TOKEN).validate(found.url, fields, found.header("x-twilio-signature")))


_BY_TWILIO = (
    Difference(
        what="a repeated field, given to the SDK in a plain dict",
        why="the SDK sees the last value only unless the dict has getall or getlist; Twilio signs all of them",
        vendors=("twilio",),
        ours=True,
        example=_repeated(),
        oracle=_with_plain_dict,
    ),
    Difference(
        what="a JSON body whose hash is not in the address",
        why="the SDK then checks the address alone, so anybody could change the body",
        vendors=("twilio",),
        ours=False,
        example=_texted(_PLAIN_URL, content_type="application/json", body="{}"),
        explains=lambda found: bool(found.body) and "bodySHA256=" not in found.url and not _is_form(found),
    ),
    Difference(
        what="a body that was emptied and is called a form, though the address names a hash",
        why="the SDK compares the hash only for bodies it gets as text",
        vendors=("twilio",),
        ours=False,
        example=_texted(f"{_PLAIN_URL}?bodySHA256={'0' * 64}", body=""),
        explains=lambda found: "bodySHA256=" in found.url and _is_form(found),
    ),
    Difference(
        what="a question mark with nothing behind it",
        why="the SDK normalises addresses; ours is the configured origin with the raw path and query",
        vendors=("twilio",),
        ours=False,
        example=_texted(f"{_PLAIN_URL}?", signed_url=_PLAIN_URL),
        explains=lambda found: found.url.endswith("?"),
    ),
    Difference(
        what="the scheme in capitals",
        why="the SDK normalises addresses; the configured origin is lower case",
        vendors=("twilio",),
        ours=False,
        example=_texted(_PLAIN_URL.replace("https", "HTTPS"), signed_url=_PLAIN_URL),
        explains=lambda found: not found.url.startswith(("http://", "https://")),
    ),
    Difference(
        what="a fragment, such as the connection overrides",
        why="Twilio does not sign it and never sends it; the SDK would take it for a part of the address",
        vendors=("twilio",),
        ours=True,
        example=_texted(f"{_PLAIN_URL}#rc=5&rp=all", signed_url=_PLAIN_URL),
        explains=lambda found: "#" in found.url,
    ),
)


def _hubspot(stamp: str, *, uri: str = URL.replace("%2F", "/")) -> RawRequest:
    return signed_hubspot(b"[]", uri=uri, stamp=stamp)


_BY_HUBSPOT = (
    Difference(
        what="signed more than five minutes in the future",
        why="the package looks at one side only; a leaked signature could be kept for later",
        vendors=("hubspot",),
        ours=False,
        example=_hubspot(str((int(STAMP) + 400) * 1000)),
        explains=lambda found: (found.header("x-hubspot-request-timestamp") or "0") > str((int(STAMP) + 300) * 1000),
    ),
    Difference(
        what="a timestamp that is not thirteen digits",
        why="it is signed right behind the body: digits could move from one into the other",
        vendors=("hubspot",),
        ours=False,
        example=_hubspot(f"{STAMP}000.0"),
        explains=lambda found: not re.fullmatch("[0-9]{13}", found.header("x-hubspot-request-timestamp")),
    ),
    Difference(
        what="an address signed with its escapes",
        why="which escapes are decoded is documented only in part, so both readings of the address are tried",
        vendors=("hubspot",),
        ours=True,
        example=_hubspot(f"{STAMP}000", uri=URL),
    ),
)

_BY_SENDGRID = (
    Difference(
        what="an empty timestamp",
        why="the SDK does not ask for one; SendGrid always sends it",
        vendors=("sendgrid",),
        ours=False,
        example=of_sendgrid(random.Random(1), timestamp=""),
    ),
)

ALL = (*_BY_STANDARD, *_BY_TWILIO, *_BY_HUBSPOT, *_BY_SENDGRID)
