"""What happens to a message after acceptance, and the status callbacks that tell of it."""

import time
from datetime import UTC, datetime
from typing import Any

from leadcore_simulators.twilio.hooks import parcel
from leadcore_simulators.twilio.messages import pace_s, save
from leadcore_simulators.twilio.validation import late_error
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]

_FINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "received"})


class Progress:
    """queued or accepted, then sent, then delivered or undelivered; each step calls back."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.agenda.on_step("progress", self._advance)

    def _advance(self, item: Fields) -> None:
        message = self._world.store.get("message", item["account"], item["sid"])
        if message is None or message["status"] in _FINAL:
            return
        now = time.time()
        message["_updated"] = now
        if message["_sent"] is None:
            message |= {"status": "sent", "_sent": now}
            self._world.agenda.add("progress", item, delay_s=pace_s(self._world, "delivered_ms"))
        else:
            error = late_error(message["to"])
            message |= {"status": "undelivered" if error else "delivered", "error_code": error}
        save(self._world, message)
        self._call_back(message)

    def _call_back(self, message: Fields) -> None:
        account = self._world.store.get("account", "", message["account_sid"])
        if not message["_callback"] or account is None:
            return
        params = [
            ("SmsSid", message["sid"]),
            ("SmsStatus", message["status"]),
            ("MessageStatus", message["status"]),
            ("To", message["to"]),
            ("MessageSid", message["sid"]),
            ("AccountSid", message["account_sid"]),
            ("From", message["from"]),
            ("ApiVersion", "2010-04-01"),
        ]
        if message["messaging_service_sid"]:
            params.append(("MessagingServiceSid", message["messaging_service_sid"]))
        if message["error_code"]:
            params.append(("ErrorCode", str(message["error_code"])))
        if message["status"] in _FINAL:
            params.append(("RawDlrDoneDate", datetime.now(UTC).strftime("%y%m%d%H%M")))
        post = parcel(account, op="status_callback", ref=message["sid"], url=message["_callback"], params=params)
        self._world.send(post, cause="create_message")
