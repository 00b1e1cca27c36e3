"""A customer writes an e-mail: Inbound Parse posts it to the hostname's URL as multipart."""

import time
from base64 import encodebytes
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import Struct

from leadcore_simulators.wire.courier import Parcel
from leadcore_simulators.wire.faults import NO_FAULTS
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]


class Attachment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a mail; `content` travels as base64. A `content_id` shows it inside the HTML."""

    filename: str
    content: bytes
    content_type: str = "image/jpeg"
    content_id: str | None = None


class CustomerMail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"sender": "from"}):
    """What `POST /_sim/inbound` takes; `wait_s` bounds how long it waits for the app's answer."""

    to: str
    sender: str
    subject: str = ""
    text: str = ""
    html: str = ""
    in_reply_to: str | None = None
    attachments: list[Attachment] = []
    wait_s: float = 20.0


def receive(world: World, mail: CustomerMail) -> tuple[str, str | None]:
    """Keep a customer's mail and put the webhook on its way; give the ids of both."""
    hostname = mail.to.rpartition("@")[2].strip("> ").lower()
    owners = world.store.rows("SELECT account FROM docs WHERE collection = 'parse' AND tag_a = ?", (hostname,))
    account = str(owners[0]["account"]) if owners else ""
    message_id = f"{uuid4().hex}@{mail.sender.rpartition('@')[2]}"
    kept: Fields = {
        "id": uuid4().hex, "message_id": message_id, "account": account, "direction": "inbound", "to": mail.to.lower(),
        "recipients": [], "from": mail.sender.lower(), "from_name": None, "reply_to": mail.sender,
        "subject": mail.subject,
        "text": mail.text, "html": mail.html, "headers": {}, "categories": [], "at": time.time(),
    }  # fmt: skip
    hook = None
    with world.store.transaction():
        world.store.put("mail", account, kept["id"], kept, tag_a=kept["to"], tag_b=kept["from"])
        fields = {"to": mail.to, "from": mail.sender, "subject": mail.subject, "text": mail.text}
        world.ledger.record(op="inbound", account=account, ref=kept["id"], fields=fields, same=fields, faults=NO_FAULTS)
        if owners:
            setting = world.store.find("parse", account, tag_a=hostname)[0]
            parcel = _parcel(kept, mail, setting)
            hook = parcel.id
            world.send(parcel, cause="inbound")
    return kept["id"], hook


def _parcel(kept: Fields, mail: CustomerMail, setting: Fields) -> Parcel:
    boundary = f"xYzZY{uuid4().hex}"
    is_raw = bool(setting.get("send_raw"))
    fields = _raw_fields(kept, mail) if is_raw else _parsed_fields(kept, mail)
    return Parcel(
        id=uuid4().hex,
        op="parse",
        account=kept["account"],
        ref=kept["id"],
        url=setting["url"],
        content_type=f"multipart/form-data; boundary={boundary}",
        body=_multipart(boundary, fields, [] if is_raw else mail.attachments),
    )


def _parsed_fields(kept: Fields, mail: CustomerMail) -> Fields:
    names = ["to", "from", "subject", "text", *(["html"] if mail.html else [])]
    return {
        "headers": _headers(kept, mail),
        "dkim": "{@example.com : pass}",
        "to": mail.to,
        "from": mail.sender,
        "text": mail.text,
        **({"html": mail.html} if mail.html else {}),
        "sender_ip": "192.0.2.10",
        "spam_report": "",
        "spam_score": "0.1",
        "envelope": _envelope(mail),
        "attachments": str(len(mail.attachments)),
        **_attachment_fields(mail),
        "subject": mail.subject,
        "charsets": msgspec.json.encode(dict.fromkeys(names, "UTF-8")).decode(),
        "SPF": "pass",
    }


def _raw_fields(kept: Fields, mail: CustomerMail) -> Fields:
    source = _source(kept, mail)
    return {
        "email": source,
        "to": mail.to,
        "from": mail.sender,
        "subject": mail.subject,
        "envelope": _envelope(mail),
        "sender_ip": "192.0.2.10",
    }


def _envelope(mail: CustomerMail) -> str:
    to, sender = (_bare(address) for address in (mail.to, mail.sender))
    return msgspec.json.encode({"to": [to], "from": sender}).decode()


def _headers(kept: Fields, mail: CustomerMail) -> str:
    lines = [
        f"Date: {format_datetime(datetime.fromtimestamp(kept['at'], UTC))}",
        f"Message-ID: <{kept['message_id']}>",
        f"From: {mail.sender}",
        f"To: {mail.to}",
        f"Subject: {mail.subject}",
    ]
    if mail.in_reply_to:
        lines.append(f"In-Reply-To: <{mail.in_reply_to}>")
    return "\r\n".join(lines) + "\r\n"


def _bare(address: str) -> str:
    return address.rpartition("<")[2].rstrip("> ")


def _attachment_fields(mail: CustomerMail) -> Fields:
    if not mail.attachments:
        return {}
    info = {
        f"attachment{number}": {
            "filename": each.filename,
            "name": each.filename,
            "type": each.content_type,
            **({"content-id": each.content_id} if each.content_id else {}),
        }
        for number, each in enumerate(mail.attachments, start=1)
    }
    ids = {each.content_id: f"attachment{number}" for number, each in enumerate(mail.attachments, 1) if each.content_id}
    fields = {"attachment-info": msgspec.json.encode(info).decode()}
    return fields | ({"content-ids": msgspec.json.encode(ids).decode()} if ids else {})


def _source(kept: Fields, mail: CustomerMail) -> str:
    head = _headers(kept, mail)
    words = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{mail.text}\r\n"
    if not mail.attachments:
        return head + words
    boundary = f"mixed{uuid4().hex}"
    parts = [words]
    for each in mail.attachments:
        shown, saved = f"inline\r\nContent-ID: <{each.content_id}>", f'attachment; filename="{each.filename}"'
        way = shown if each.content_id else saved
        body = encodebytes(each.content).decode().replace("\n", "\r\n")
        parts.append(
            f"Content-Type: {each.content_type}\r\nContent-Disposition: {way}\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{body}"
        )
    joined = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    kind = f"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary={boundary}\r\n\r\n"
    return f"{head}{kind}{joined}--{boundary}--\r\n"


def _multipart(boundary: str, fields: Fields, attachments: list[Attachment]) -> bytes:
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    for number, each in enumerate(attachments, start=1):
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="attachment{number}"; filename="{each.filename}"\r\n'
            f"Content-Type: {each.content_type}\r\n\r\n"
        )
        body += head.encode() + each.content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()
