"""A customer texts the shop: opt-out management first, then the webhook."""

import time
from typing import Any

from msgspec import Struct

from leadcore_simulators.twilio.hooks import parcel
from leadcore_simulators.twilio.media import Attachment, keep
from leadcore_simulators.twilio.messages import new_message, pace_s, save
from leadcore_simulators.twilio.validation import blocked, optout_key
from leadcore_simulators.wire.faults import NO_FAULTS
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})
STOP_REPLY = (
    "You have successfully been unsubscribed. You will not receive any more messages from this number."
    " Reply START to resubscribe."
)
START_REPLY = (
    "You have successfully been re-subscribed to messages from this number. Reply HELP for help."
    " Reply STOP to unsubscribe. Msg&Data Rates May Apply."
)
HELP_REPLY = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."


class CustomerText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"sender": "from"}):
    """What `POST /_sim/inbound` takes; `wait_s` bounds how long it waits for the app's answer.

    `media` are files that the simulator keeps and hands out; `media_urls` are addresses passed on as they are.
    """

    to: str
    sender: str
    body: str
    media_urls: list[str] = []
    media: list[Attachment] = []
    wait_s: float = 20.0


class Reception:
    """Takes customers' texts for the numbers of all accounts."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.agenda.on_step("twiml", self._perform)

    def receive(self, number: Fields, text: CustomerText, *, origin: str = "") -> tuple[str, str | None]:
        """Keep the text, manage opt-out, and put the webhook on its way; give both ids.

        *origin* is where this simulator is reached, for the addresses of media.
        """
        places = [*text.media_urls, *("" for _ in text.media)]
        message = new_message(number["account_sid"], sender=text.sender, to=text.to, body=text.body, media=places) | {
            "status": "received",
            "direction": "inbound",
            "_sent": time.time(),
        }
        account = self._world.store.get("account", "", number["account_sid"])
        hook = None
        with self._world.store.transaction():
            kept = keep(self._world, message, text.media, origin=origin)
            message["_media"] = [*text.media_urls, *(each["url"] for each in kept)]
            kinds = [*("image/jpeg" for _ in text.media_urls), *(each["content_type"] for each in kept)]
            save(self._world, message)
            fields = {"From": text.sender, "To": text.to, "Body": text.body}
            self._world.ledger.record(
                op="inbound",
                account=number["account_sid"],
                ref=message["sid"],
                fields=fields,
                same=fields,
                faults=NO_FAULTS,
            )
            if number["opt_out_management"] == "default":
                self._manage_opt_out(number, text)
            if number["sms_url"] and account is not None:
                post = parcel(
                    account,
                    op="inbound_webhook",
                    ref=message["sid"],
                    url=number["sms_url"],
                    params=_params(message, number, kinds),
                )
                hook = post.id
                self._world.send(post, cause="inbound")
        return message["sid"], hook

    def _manage_opt_out(self, number: Fields, text: CustomerText) -> None:
        word = text.body.strip().upper()
        key = optout_key(text.sender, number)
        account_sid = number["account_sid"]
        if word in STOP_WORDS:
            entry = {"phone": text.sender, "scope": key, "word": word, "at": time.time()}
            self._world.store.put("optout", account_sid, key, entry)
            self._reply(number, text.sender, STOP_REPLY, kind="confirmation")
        elif word in START_WORDS:
            if self._world.store.delete("optout", account_sid, key):
                self._reply(number, text.sender, START_REPLY, kind="confirmation")
        elif word in HELP_WORDS:
            self._reply(number, text.sender, HELP_REPLY, kind="confirmation")

    def _perform(self, item: Fields) -> None:
        inbound = self._world.store.get("message", item["account"], item["sid"])
        numbers = self._world.store.find("number", item["account"], tag_a=inbound["to"]) if inbound else []
        account = self._world.store.get("account", "", item["account"])
        if inbound is None or account is None or not numbers:
            return
        if blocked(self._world, account, to=inbound["from"], sender=numbers[0]):
            return
        for reply in item["replies"]:
            self._reply(numbers[0], inbound["from"], reply, kind="twiml")

    def _reply(self, number: Fields, to: str, body: str, *, kind: str) -> None:
        message = new_message(number["account_sid"], sender=number["phone_number"], to=to, body=body, media=[])
        message |= {"direction": "outbound-reply", "_kind": kind}
        save(self._world, message)
        item = {"account": number["account_sid"], "sid": message["sid"]}
        self._world.agenda.add("progress", item, delay_s=pace_s(self._world, "sent_ms"))


def _params(message: Fields, number: Fields, kinds: list[str]) -> list[tuple[str, str]]:
    sid = message["sid"]
    params = [
        ("ToCountry", "US"),
        ("ToState", "TX"),
        ("SmsMessageSid", sid),
        ("NumMedia", message["num_media"]),
        ("ToCity", "AUSTIN"),
        ("FromZip", ""),
        ("SmsSid", sid),
        ("FromState", "TX"),
        ("SmsStatus", "received"),
        ("FromCity", ""),
        ("Body", message["body"]),
        ("FromCountry", "US"),
        ("To", message["to"]),
        ("ToZip", ""),
        ("NumSegments", message["num_segments"]),
        ("MessageSid", sid),
        ("AccountSid", message["account_sid"]),
        ("From", message["from"]),
        ("ApiVersion", "2010-04-01"),
    ]
    if number["messaging_service_sid"]:
        params.append(("MessagingServiceSid", number["messaging_service_sid"]))
    for position, (url, kind) in enumerate(zip(message["_media"], kinds, strict=True)):
        params += [(f"MediaUrl{position}", url), (f"MediaContentType{position}", kind)]
    return params
