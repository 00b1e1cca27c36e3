"""POST /v3/mail/send: SendGrid's checks, 202 and an empty body."""

import re
import secrets
import time
from typing import Any
from uuid import uuid4

from leadcore_simulators.sendgrid.answers import refused
from leadcore_simulators.sendgrid.events import Events
from leadcore_simulators.wire.http import Answer, Request
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MAX_RECIPIENTS = 1000
_MAX_CATEGORIES = 10
_MAX_AHEAD_S = 72 * 3600


def send(world: World, events: Events, account: Fields, request: Request) -> Answer:
    """Accept a mail: one document per personalization, the log and the first events in one commit."""
    body = request.json_object()
    _check(account, body)
    message_id = secrets.token_urlsafe(16).replace("-", "x").replace("_", "y")
    headers = (("x-message-id", message_id),)
    if ((body.get("mail_settings") or {}).get("sandbox_mode") or {}).get("enable"):
        return Answer(status=200, headers=headers)
    with world.store.transaction():
        for personalization in body["personalizations"]:
            mail = _mail(account, body, personalization, message_id)
            world.store.put("mail", account["api_key"], mail["id"], mail, tag_a=mail["to"], tag_b=mail["from"])
            events.begin(account, mail)
        same = [body["personalizations"], body["from"], body.get("subject"), body.get("content")]
        world.ledger.record(
            op="send_mail", account=account["api_key"], ref=message_id, fields=body, same=same, faults=request.faults
        )
    return Answer(status=202, headers=headers)


def _mail(account: Fields, body: Fields, personalization: Fields, message_id: str) -> Fields:
    arguments = {**(body.get("custom_args") or {}), **(personalization.get("custom_args") or {})}
    recipients = [
        {"email": person["email"], "name": person.get("name"), "custom_args": arguments, "status": "queued"}
        for kind in ("to", "cc", "bcc")
        for person in personalization.get(kind) or []
    ]
    contents = {part["type"]: part["value"] for part in body.get("content") or []}
    reply_to = body.get("reply_to") or (body.get("reply_to_list") or [None])[0] or body["from"]
    return {
        "id": uuid4().hex,
        "message_id": message_id,
        "account": account["api_key"],
        "direction": "outbound",
        "to": recipients[0]["email"].lower(),
        "recipients": recipients,
        "from": body["from"]["email"].lower(),
        "from_name": body["from"].get("name"),
        "reply_to": reply_to["email"],
        "subject": personalization.get("subject") or body.get("subject"),
        "text": contents.get("text/plain", ""),
        "html": contents.get("text/html", ""),
        "headers": {**(body.get("headers") or {}), **(personalization.get("headers") or {})},
        "categories": body.get("categories") or [],
        "at": time.time(),
    }


def _check(account: Fields, body: Fields) -> None:
    personalizations = body.get("personalizations")
    if not isinstance(personalizations, list) or not personalizations:
        raise refused(
            400,
            "The personalizations field is required and must have at least one personalization.",
            field="personalizations",
        )
    for position, entry in enumerate(personalizations):
        _check_recipients(entry, f"personalizations.{position}")
    if sum(len(entry.get(kind) or []) for entry in personalizations for kind in ("to", "cc", "bcc")) > _MAX_RECIPIENTS:
        raise refused(400, "The total number of recipients must be no more than 1000.", field="personalizations")
    _check_from(account, body)
    _check_content(body, personalizations)
    _check_options(body)


def _check_recipients(entry: object, path: str) -> None:
    people = entry.get("to") if isinstance(entry, dict) else None
    if not isinstance(people, list) or not people:
        raise refused(
            400,
            "The to array is required for all personalization objects, and must have at least one email "
            "object with a valid email address.",
            field=f"{path}.to",
        )
    for position, person in enumerate(people):
        if not isinstance(person, dict) or not _ADDRESS.fullmatch(str(person.get("email") or "")):
            raise refused(400, "Does not contain a valid address.", field=f"{path}.to.{position}.email")


def _check_from(account: Fields, body: Fields) -> None:
    sender = body.get("from")
    if not isinstance(sender, dict) or not sender.get("email"):
        raise refused(
            400,
            "The from object must be provided for every email send. It is an object that requires the "
            "email parameter, but may also contain a name parameter.",
            field="from.email",
        )
    if not _ADDRESS.fullmatch(str(sender["email"])):
        raise refused(400, "The from email does not contain a valid address.", field="from.email")
    if account["senders"] is not None and sender["email"] not in account["senders"]:
        raise refused(
            403,
            "The from address does not match a verified Sender Identity. Mail cannot be sent until this "
            "error is resolved.",
            field="from",
        )


def _check_content(body: Fields, personalizations: list[Fields]) -> None:
    if body.get("template_id"):
        return
    if not body.get("subject") and not all(entry.get("subject") for entry in personalizations):
        raise refused(
            400,
            "The subject is required. You can get around this requirement if you use a template with a "
            "subject defined or if every personalization has a subject defined.",
            field="subject",
        )
    parts = body.get("content")
    if not isinstance(parts, list) or not parts:
        raise refused(
            400,
            "Unless a valid template_id is provided, the content parameter is required. There must be at "
            "least one defined content block.",
            field="content",
        )
    kinds = [part.get("type") for part in parts]
    if not all(part.get("type") and part.get("value") for part in parts):
        raise refused(
            400,
            "The content value must be a string at least one character in length.",
            field="content.0.value",
        )
    if "text/plain" in kinds and kinds[0] != "text/plain":
        raise refused(
            400,
            "If present, text/plain must be first, followed by text/html, followed by any other content.",
            field="content",
        )


def _check_options(body: Fields) -> None:
    if len(body.get("categories") or []) > _MAX_CATEGORIES:
        raise refused(400, "You cannot have more than 10 categories.", field="categories")
    if isinstance(at := body.get("send_at"), int) and at > time.time() + _MAX_AHEAD_S:
        raise refused(400, "Scheduling more than 72 hours in advance is forbidden.", field="send_at")
