"""The Media resource of an inbound MMS: bytes that only the account itself may fetch."""

from base64 import b64decode
from typing import Any
from uuid import uuid4

from msgspec import Struct

from leadcore_simulators.twilio.answers import refused
from leadcore_simulators.wire.http import Answer, Request
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]


class Attachment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that the customer's phone sends; `content` travels as base64."""

    content: bytes
    content_type: str = "image/jpeg"


def keep(world: World, message: Fields, attachments: list[Attachment], *, origin: str) -> list[Fields]:
    """Keep the files of a message and give the address and type of each."""
    found = []
    for each in attachments:
        sid = f"ME{uuid4().hex}"
        kept = {"sid": sid, "message": message["sid"], "content_type": each.content_type, "content": each.content}
        world.store.put("media", message["account_sid"], sid, kept)
        path = f"/2010-04-01/Accounts/{message['account_sid']}/Messages/{message['sid']}/Media/{sid}"
        found.append({"url": origin + path, "content_type": each.content_type})
    return found


def fetch(world: World, account: Fields, request: Request) -> Answer:
    """Give the bytes of one file."""
    found = world.store.get("media", account["sid"], request.params["media"])
    if found is None or found["message"] != request.params["sid"]:
        raise refused(20404, f"The requested resource {request.path} was not found", status=404)
    return Answer(body=b64decode(found["content"]), headers=(("content-type", found["content_type"]),))
