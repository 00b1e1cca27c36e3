"""Twilio's webhooks: signature, connection overrides in the URL fragment, TwiML answers."""

import base64
import hashlib
import hmac
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from msgspec import Struct

from leadcore_simulators.wire.agenda import Agenda
from leadcore_simulators.wire.courier import Attempt, Manners, Parcel
from leadcore_simulators.wire.store import Store

Fields = dict[str, Any]

_AGENT = "TwilioProxy/1.1"
_FORM = "application/x-www-form-urlencoded; charset=UTF-8"
_PAUSE_S = 0.2
_HTTP_CLIENT_ERROR, _HTTP_SERVER_ERROR = 400, 500


class Overrides(Struct, frozen=True, kw_only=True):
    """What `#rc=5&rp=all` asks for: retries, on which failures, and the read timeout."""

    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})
    read_timeout_s: float = 15.0


def overrides(url: str) -> Overrides:
    """Read the connection overrides of a webhook URL; values outside the documented ranges are clamped."""
    asked = dict(parse_qsl(url.partition("#")[2]))
    return Overrides(
        retries=_clamped(asked.get("rc"), low=0, high=5, otherwise=1),
        policy=frozenset(asked.get("rp", "ct").replace(" ", ",").split(",")),
        read_timeout_s=_clamped(asked.get("rt"), low=100, high=15000, otherwise=15000) / 1000,
    )


def signature(secret: str, *, url: str, params: dict[str, list[str]], algorithm: str = "sha1") -> str:
    """Sign URL plus sorted parameters. The fragment of the URL is no part of it."""
    signed = url.partition("#")[0]
    for name in sorted(params):
        signed += "".join(name + value for value in sorted(set(params[name])))
    return base64.b64encode(hmac.digest(secret.encode(), signed.encode(), getattr(hashlib, algorithm))).decode()


def parcel(account: Fields, *, op: str, ref: str, url: str, params: list[tuple[str, str]]) -> Parcel:
    """Make a form POST; the idempotency token stays the same over retries and duplicates."""
    token = str(uuid4())
    return Parcel(
        id=token,
        op=op,
        account=account["sid"],
        ref=ref,
        url=url,
        content_type=_FORM,
        body=urlencode(params).encode(),
        meta={"token": token, "auth_token": account["auth_token"], "shared_key": account.get("shared_key")},
    )


def manners(_: Store, agenda: Agenda) -> Manners:
    """Give the vendor's way to deliver; a TwiML answer to an inbound text is performed."""

    def settled(done: Parcel, attempt: Attempt, answer: bytes) -> None:
        accepted = attempt.status is not None and attempt.status < 300  # noqa: PLR2004 - 2xx
        if done.op == "inbound_webhook" and accepted and (replies := _twiml_replies(answer)):
            agenda.add("twiml", {"sid": done.ref, "account": done.account, "replies": replies})

    return Manners(
        dress=_dress, pause_s=_pause_s, timeout_s=lambda one: overrides(one.url).read_timeout_s, settled=settled
    )


def _dress(one: Parcel, _: int) -> dict[str, str]:
    params: dict[str, list[str]] = {}
    for name, value in parse_qsl(one.body.decode(), keep_blank_values=True):
        params.setdefault(name, []).append(value)
    headers = {"user-agent": _AGENT, "accept": "*/*", "i-twilio-idempotency-token": one.meta["token"]}
    if shared := one.meta["shared_key"]:
        headers["x-twilio-webhooks-signature-settings"] = f"key={shared['sid']},algorithm=HMAC_SHA256"
        headers["x-twilio-signature"] = signature(shared["secret"], url=one.url, params=params, algorithm="sha256")
    else:
        headers["x-twilio-signature"] = signature(one.meta["auth_token"], url=one.url, params=params)
    return headers


def _pause_s(one: Parcel, attempt: Attempt) -> float | None:
    asked = overrides(one.url)
    if attempt.number > asked.retries:
        return None
    return _PAUSE_S * attempt.number if _failures(attempt) & asked.policy or "all" in asked.policy else None


def _failures(attempt: Attempt) -> set[str]:
    if attempt.trouble is not None:
        return {"rt"} if attempt.trouble == "read_timeout" else {"ct"}
    status = attempt.status or 0
    if status >= _HTTP_SERVER_ERROR:
        return {"5xx"}
    return {"4xx"} if status >= _HTTP_CLIENT_ERROR else set()


def _twiml_replies(answer: bytes) -> list[str]:
    """Take the texts of `<Message>` verbs; the body may be wrapped in `<Body>`."""
    found = re.findall(
        r"<Message[^>]*>(?:\s*<Body>)?(.*?)(?:</Body>\s*)?</Message>", answer.decode("utf-8", "replace"), re.DOTALL
    )
    entities = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
    for entity, char in entities.items():
        found = [text.replace(entity, char) for text in found]
    return [text.strip() for text in found if text.strip()]


def _clamped(text: str | None, *, low: int, high: int, otherwise: int) -> int:
    return min(max(int(text), low), high) if text and text.isdigit() else otherwise
