"""Changes to signed requests, one or two at a time: bits, headers, addresses, forms, times, spellings of signatures."""

import random
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from msgspec.structs import replace

from leadcore.ports.inbound import RawRequest

Change = Callable[[random.Random, RawRequest], RawRequest]
_NOISE = "AZaz09+/=-_,. \té"


def changed(chance: random.Random, request: RawRequest, changes: tuple[Change, ...]) -> RawRequest:
    """Return *request* with none (one in eight), one or two of *changes*."""
    for _ in range(chance.choice((0, 1, 1, 1, 1, 1, 2, 2))):
        request = chance.choice(changes)(chance, request)
    return request


def flip_bit_of_body(chance: random.Random, request: RawRequest) -> RawRequest:
    if not request.body:
        return replace(request, body=b"x")
    body = bytearray(request.body)
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return replace(request, body=bytes(body))


def cut_or_grow_body(chance: random.Random, request: RawRequest) -> RawRequest:
    return replace(request, body=chance.choice((request.body[:-1], request.body + b"\r\n", request.body + b" ", b"")))


def edit_header(chance: random.Random, request: RawRequest) -> RawRequest:
    """Change, cut, grow or empty one header's value."""
    place = chance.randrange(len(request.headers))
    name, value = request.headers[place]
    at = chance.randrange(len(value) + 1)
    edited = chance.choice(
        (value[:at] + chance.choice(_NOISE) + value[at + 1 :], value[:at], value[at:], value + chance.choice(_NOISE),
         "",
         value[:at] + chance.choice(_NOISE) + value[at:], value.lower(), value.upper(), " " + value, value + " ")
    )  # fmt: skip
    return _with(request, place, (name, edited))


def drop_header(chance: random.Random, request: RawRequest) -> RawRequest:
    return _with(request, chance.randrange(len(request.headers)), None)


def double_header(chance: random.Random, request: RawRequest) -> RawRequest:
    """Send a header twice, the other one before or behind; the first counts."""
    name, value = chance.choice(request.headers)
    twin = (name.upper(), chance.choice((value, value[:-1], "", "0")))
    pairs = (*request.headers, twin) if chance.random() < 0.5 else (twin, *request.headers)
    return replace(request, headers=pairs)


def change_url(chance: random.Random, request: RawRequest) -> RawRequest:
    """Change scheme, host, port, path or query."""
    url = request.url
    head, mark, query = url.partition("?")
    spelt = chance.choice(
        (
            head.replace("https://", "http://"), head.replace(".test", ".test:443"), head.replace(":443", ""),
            head.replace(".test", ".test:8443"), head.replace(".test", ".TEST"), head.replace("/hooks", "//hooks"),
            head.replace("/hooks", "/h%6Foks"), head.replace(".test", ".test.evil.test"), head + "/",
            head.replace("hooks", "Hooks"),
        )
    )  # fmt: skip
    return replace(request, url=spelt + mark + query)


def change_query(chance: random.Random, request: RawRequest) -> RawRequest:
    """Reorder, re-encode, add, drop or repeat parameters of the query."""
    head, _, query = request.url.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    shuffled = chance.sample(pairs, len(pairs))
    spelt = chance.choice(
        (
            urlencode(pairs), urlencode(pairs, quote_via=quote), urlencode(shuffled), query + "&x=1", "x=1&" + query,
            query.replace("%20", "+"), re.sub("%[0-9A-F]{2}", lambda each: each.group().lower(), query),
            query.replace("tenant", "%74enant"), query.replace("&", ";"), "", query + "&" + query, query + "&",
            query.replace("t1", "t2"),
        )
    )  # fmt: skip
    return replace(request, url=f"{head}?{spelt}" if spelt else head)


def change_form(chance: random.Random, request: RawRequest) -> RawRequest:
    """Reorder, re-encode, add, drop or repeat fields of an urlencoded body."""
    try:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
    except ValueError:
        return request
    if not pairs:
        return request
    name, value = chance.choice(pairs)
    others = [pair for pair in pairs if pair[0] != name]
    found = chance.choice(
        (
            chance.sample(pairs, len(pairs)), [*pairs, (name, value)], [*pairs, (name, value + "x")], others,
            [*others, (name, "")], [*others, (name, value + " ")], [*others, (name.lower(), value)],
            [*pairs, ("New", "")],
        )
    )  # fmt: skip
    return replace(request, body=urlencode(found, quote_via=chance.choice((quote_plus, quote))).encode())


def change_method(chance: random.Random, request: RawRequest) -> RawRequest:
    return replace(request, method=chance.choice(("GET", "PUT", "post", "")))


def shift_time(name: str) -> Change:
    """Return what changes the number in header *name*: by little, by much, or by another spelling."""

    def change(chance: random.Random, request: RawRequest) -> RawRequest:
        value = request.header(name)
        if not value.isascii() or not value.isdigit():
            return request
        number, unit = int(value), 1000 if len(value) == 13 else 1
        spelt = chance.choice(
            (
                *(str(number + seconds * unit) for seconds in (-400, -200, -1, 1, 200, 400)), f"{value}.0",
                f"{value}.5",
                f"0{value}", f"+{value}", f" {value}", f"{value}\n", f"-{value}", "NaN", "inf", f"{number:_}",
                f"{number:e}", value[:-1], value * 3,
            )
        )  # fmt: skip
        return replace(
            request, headers=tuple((key, spelt if key.lower() == name else old) for key, old in request.headers)
        )

    return change


def respell_signature(name: str) -> Change:
    """Return what writes the signature in *name* in another way that decoders may take for the same."""

    def change(chance: random.Random, request: RawRequest) -> RawRequest:
        value = request.header(name)
        bare = value.rstrip("=")
        padding = value[len(bare) :]
        last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        tail = last[(last.find(bare[-1:]) + chance.choice((1, 2, 3))) % 64] if bare else ""
        spelt = chance.choice(
            (
                bare, value + "=", bare[:-1] + tail + padding, f"{bare[:5]}\n{bare[5:]}{padding}", value.swapcase(),
                value.replace("+", "-").replace("/", "_"), f"v1,{value}", value.removeprefix("v1,"), f"v2,AAAA {value}",
                f"{value} v1,AAAA", f"v1,AAAA {value}", f"nonsense {value}", f"{value} nonsense", f"{value}{value}",
                " ".join(["v1,AAAA"] * 9 + [value]), " ".join(["v1,AAAA"] * 10 + [value]), value.replace("sha256=", ""),
                value.replace("sha256=", "sha1="),
            )
        )  # fmt: skip
        return replace(
            request, headers=tuple((key, spelt if key.lower() == name else old) for key, old in request.headers)
        )

    return change


ANYWHERE: tuple[Change, ...] = (
    flip_bit_of_body, cut_or_grow_body, edit_header, edit_header, drop_header, double_header, change_url, change_query,
    change_form, change_method,
)  # fmt: skip


def _with(request: RawRequest, place: int, pair: tuple[str, str] | None) -> RawRequest:
    pairs = list(request.headers)
    pairs[place : place + 1] = [pair] if pair is not None else []
    return replace(request, headers=tuple(pairs))
