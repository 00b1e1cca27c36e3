"""What becomes of a mail, told as event arrays.

The local part of an address decides: `bounce…` bounces, `blocked…` bounces as blocked, `dropped…` is
dropped, `deferred…` is deferred once and then delivered, `spamreport…` is delivered and reported,
`asyncbounce…` is delivered and then bounces without `sg_message_id`. Everything else is delivered.
"""

import base64
import secrets
import time
from typing import Any
from uuid import uuid4

import msgspec

from leadcore_simulators.wire.courier import Parcel
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]

_PROCESSED_S, _NEXT_S = 0.03, 0.08
_DELIVERED: Fields = {"event": "delivered", "response": "250 2.0.0 OK", "tls": 1}
_STORIES: dict[str, list[Fields]] = {
    "asyncbounce": [
        _DELIVERED,
        {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 mailbox unavailable"},
    ],
    "bounce": [{"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 user unknown"}],
    "blocked": [{"event": "bounce", "type": "blocked", "status": "4.7.1", "reason": "421 blocked for now"}],
    "deferred": [{"event": "deferred", "response": "451 try again later", "attempt": "1"}, _DELIVERED],
    "spamreport": [_DELIVERED, {"event": "spamreport"}],
}


class Events:
    """Moves accepted mails on and tells the event webhooks."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.agenda.on_step("mail_event", self._step)

    def begin(self, account: Fields, mail: Fields) -> None:
        """Start the story of a mail inside the transaction that accepts it."""
        for position, recipient in enumerate(mail["recipients"]):
            dropped = recipient["email"].startswith("dropped")
            story = [{"event": "dropped", "reason": "Bounced Address"}] if dropped else self._story(recipient["email"])
            for step, event in enumerate(story):
                item = {
                    "account": account["api_key"],
                    "mail": mail["id"],
                    "recipient": position,
                    "event": event,
                    "first": step == 0,
                }
                self._world.agenda.add("mail_event", item, delay_s=_PROCESSED_S + _NEXT_S * step)

    def emit(self, account_key: str, ref: str, batch: list[Fields]) -> None:
        """Post an array to every enabled event webhook that wants the event."""
        account = self._world.store.get("account", "", account_key)
        for hook in self._world.store.find("event_webhook", account_key):
            wanted = [event for event in batch if hook.get(event["event"], True)]
            if not hook["enabled"] or not hook["url"] or not wanted or account is None:
                continue
            meta = {"born": time.time(), "private_key": account["private_key"] if hook["signed"] else None}
            parcel = Parcel(
                id=uuid4().hex, op="event", account=account_key, ref=ref, url=hook["url"],
                content_type="application/json", body=msgspec.json.encode(wanted) + b"\r\n", meta=meta,
            )  # fmt: skip
            self._world.send(parcel, cause="send_mail")

    def _story(self, email: str) -> list[Fields]:
        told = next((story for start, story in _STORIES.items() if email.startswith(start)), [_DELIVERED])
        return [{"event": "processed"}, *told]

    def _step(self, item: Fields) -> None:
        mail = self._world.store.get("mail", item["account"], item["mail"])
        if mail is None:
            return
        recipient = mail["recipients"][item["recipient"]]
        event = item["event"]
        recipient["status"] = event["event"]
        self._world.store.put("mail", item["account"], mail["id"], mail, tag_a=mail["to"], tag_b=mail["from"])
        self.emit(item["account"], mail["id"], [_event(mail, recipient, event, number=item["recipient"])])


def sample_event() -> Fields:
    """Make the sample that the vendor's test button sends."""
    mail = {"id": "sample", "message_id": "14c5d75ce93.dfd.64b469", "categories": ["cat facts"]}
    recipient = {"email": "example@example.com", "custom_args": {}}
    return _event(mail, recipient, {"event": "delivered", "response": "250 OK"}, number=0)


def _event(mail: Fields, recipient: Fields, event: Fields, *, number: int) -> Fields:
    asynchronous = event["event"] == "bounce" and recipient["email"].startswith("asyncbounce")
    told: Fields = {
        **recipient["custom_args"],
        "email": recipient["email"],
        "timestamp": int(time.time()),
        "smtp-id": f"<{mail['message_id']}@geopod-ismtpd-1>",
        "sg_event_id": base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("="),
        **event,
    }
    if not asynchronous:
        told["sg_message_id"] = f"{mail['message_id']}.recvd-sim-{number}"
    if mail["categories"]:
        told["category"] = mail["categories"] if len(mail["categories"]) > 1 else mail["categories"][0]
    return told
