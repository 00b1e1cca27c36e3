"""The Messages resource. Creating twice makes two messages: there is no idempotency key."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from leadcore_simulators.twilio.answers import refused
from leadcore_simulators.twilio.segments import count_segments
from leadcore_simulators.twilio.validation import check_create
from leadcore_simulators.wire.faults import FiredFaults
from leadcore_simulators.wire.http import Answer, Request, json_answer
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]

DEFAULT_PACE = {"sent_ms": 40, "delivered_ms": 120}
_CANCELABLE = frozenset({"accepted", "queued", "scheduled"})
_MAX_PAGE = 1000
_PAGE = 50


def create(world: World, account: Fields, request: Request) -> Answer:
    """Accept a message: document, log row and its future in one commit, then the answer."""
    form = request.form()
    flat = {name: values[-1] for name, values in form.items()}
    media = form.get("MediaUrl", [])
    sender = check_create(world, account, flat, media)
    in_service = not flat.get("From")
    message = new_message(
        account["sid"], sender=sender["phone_number"], to=flat["To"], body=flat.get("Body", ""), media=media
    ) | {
        "status": "accepted" if in_service else "queued",
        "messaging_service_sid": flat.get("MessagingServiceSid"),
        "_callback": flat.get("StatusCallback") or sender["status_callback"],
        "_in_service": in_service,
    }
    with world.store.transaction():
        save(world, message)
        _log(world, message, op="create_message", form=form, faults=request.faults)
        world.agenda.add(
            "progress", {"account": account["sid"], "sid": message["sid"]}, delay_s=pace_s(world, "sent_ms")
        )
    return json_answer(view(message), status=201)


def fetch(world: World, account: Fields, request: Request) -> Answer:
    """Give one message."""
    return json_answer(view(_message(world, account, request)))


def update(world: World, account: Fields, request: Request) -> Answer:
    """Redact (`Body=`) or cancel (`Status=canceled`)."""
    message = _message(world, account, request)
    form = request.form()
    if form.get("Status") == ["canceled"]:
        if message["status"] not in _CANCELABLE:
            raise refused(30409, "Message is not in a cancelable state", status=409)
        message["status"] = "canceled"
    elif form.get("Body") == [""]:
        message["body"] = ""
    else:
        raise refused(20001, "Only an empty Body or Status=canceled may be posted to a message")
    message["_updated"] = time.time()
    with world.store.transaction():
        save(world, message)
        _log(world, message, op="update_message", form=form, faults=request.faults)
    return json_answer(view(message))


def listing(world: World, account: Fields, request: Request) -> Answer:
    """List newest first, filtered and in pages; a lag hides what is younger."""
    lag = request.faults.first("list_lag_s")
    found = world.store.find(
        "message",
        account["sid"],
        tag_a=request.asked("To") or None,
        tag_b=request.asked("From") or None,
        created_before=time.time() - lag.s if lag else None,
    )
    found = [message for message in reversed(found) if _in_dates(message, dict(request.query))]
    if shuffle := request.faults.first("shuffle"):
        found = request.faults.chance().sample(found, round(len(found) * shuffle.keep))
    return json_answer(_page(account, request, found))


def new_message(account_sid: str, *, sender: str, to: str, body: str, media: list[str]) -> Fields:
    """Make a message document; names with an underscore stay inside."""
    now = time.time()
    return {
        "sid": ("MM" if media else "SM") + uuid4().hex,
        "account_sid": account_sid,
        "status": "queued",
        "to": to,
        "from": sender,
        "body": body,
        "num_segments": str(count_segments(body)),
        "num_media": str(len(media)),
        "direction": "outbound-api",
        "error_code": None,
        "messaging_service_sid": None,
        "_media": media,
        "_created": now,
        "_updated": now,
        "_sent": None,
        "_callback": "",
        "_in_service": False,
        "_kind": "message",
    }


def save(world: World, message: Fields) -> None:
    """Keep a message; it is found by its two ends."""
    world.store.put(
        "message", message["account_sid"], message["sid"], message, tag_a=message["to"], tag_b=message["from"]
    )


def view(message: Fields) -> Fields:
    """Render a message resource: numbers as strings, dates as RFC 2822."""
    uri = f"/2010-04-01/Accounts/{message['account_sid']}/Messages/{message['sid']}"
    unsent = message["_in_service"] and message["status"] == "accepted"
    names = (
        "sid", "account_sid", "status", "to", "body", "num_segments", "num_media", "direction", "error_code",
        "messaging_service_sid",
    )  # fmt: skip
    return {
        **{name: message[name] for name in names},
        "from": None if unsent else message["from"],
        "error_message": None,
        "price": None,
        "price_unit": "USD",
        "date_created": rfc2822(message["_created"]),
        "date_updated": rfc2822(message["_updated"]),
        "date_sent": rfc2822(message["_sent"]) if message["_sent"] else None,
        "api_version": "2010-04-01",
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def rfc2822(at: float) -> str:
    """Render epoch seconds as Twilio does."""
    return format_datetime(datetime.fromtimestamp(at, UTC))


def pace_s(world: World, name: str) -> float:
    """Give how long a status lasts, in seconds."""
    pace = world.store.get("pace", "", "pace") or DEFAULT_PACE
    return float(pace[name]) / 1000


def _log(world: World, message: Fields, *, op: str, form: dict[str, list[str]], faults: FiredFaults) -> None:
    fields = {name: values if name == "MediaUrl" else values[-1] for name, values in form.items()}
    same = [message["to"], message["from"], form.get("Body"), message["_media"]]
    world.ledger.record(
        op=op, account=message["account_sid"], ref=message["sid"], fields=fields, same=same, faults=faults
    )


def _message(world: World, account: Fields, request: Request) -> Fields:
    sid = request.params["sid"]
    found = world.store.get("message", account["sid"], sid)
    if found is None:
        raise refused(20404, f"The requested resource {request.path} was not found", status=404)
    return found


def _in_dates(message: Fields, query: dict[str, str]) -> bool:
    """Compare DateSent (a day, or an instant) with the date sent, or created as long as it is not sent."""
    at = datetime.fromtimestamp(message["_sent"] or message["_created"], UTC)
    for name, value in query.items():
        if not name.startswith("DateSent") or not value:
            continue
        whole_day = "T" not in value and " " not in value
        try:
            wanted = datetime.fromisoformat(value)
        except ValueError:
            raise refused(20001, f"Invalid date {value}") from None
        wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
        have = datetime(at.year, at.month, at.day, tzinfo=UTC) if whole_day else at
        fits = {"DateSent>": have >= wanted, "DateSent<": have <= wanted, "DateSent": have.date() == wanted.date()}
        if not fits.get(name, True):
            return False
    return True


def _page(account: Fields, request: Request, found: list[Fields]) -> Fields:
    size = min(max(_number(request.asked("PageSize"), _PAGE), 1), _MAX_PAGE)
    page = max(_number(request.asked("Page"), 0), 0)
    path = f"/2010-04-01/Accounts/{account['sid']}/Messages.json"

    def uri(number: int) -> str:
        kept = [(name, value) for name, value in request.query if name not in {"Page", "PageSize", "PageToken"}]
        return (
            f"{path}?{urlencode([*kept, ('PageSize', str(size)), ('Page', str(number)), ('PageToken', f'PA{number}')])}"
        )

    rows = found[page * size : (page + 1) * size]
    more = (page + 1) * size < len(found)
    return {
        "messages": [view(message) for message in rows],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(rows) - 1, 0),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if more else None,
        "previous_page_uri": uri(page - 1) if page else None,
        "uri": uri(page),
    }


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdigit() else otherwise
