"""The control API of the Twilio simulator: accounts, numbers, the customer's phone."""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from leadcore_simulators.twilio.accounts import DEFAULT_SID, number_of, open_account, open_number
from leadcore_simulators.twilio.inbound import CustomerText, Reception
from leadcore_simulators.twilio.messages import DEFAULT_PACE
from leadcore_simulators.wire.http import Answer, RefusalError, Request, json_answer
from leadcore_simulators.wire.ledger import iso
from leadcore_simulators.wire.simulator import Route
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]
_UNSEEN = frozenset({"queued", "accepted", "sending", "canceled"})


class SharedKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Switches an account's webhooks to the SharedKey signature (HMAC-SHA256)."""

    sid: str
    secret: str


class NewAccount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/accounts` takes."""

    sid: str
    auth_token: str
    friendly_name: str = "Simulated account"
    shared_key: SharedKey | None = None


class NewNumber(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/numbers` takes; a known number is changed."""

    phone_number: str
    account_sid: str = DEFAULT_SID
    sms_url: str | None = None
    status_callback: str | None = None
    opt_out_management: Literal["default", "off"] | None = None
    messaging_service_sid: str | None = None


class Pace(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/pace` takes: how long a message stays queued, and sent."""

    sent_ms: int = DEFAULT_PACE["sent_ms"]
    delivered_ms: int = DEFAULT_PACE["delivered_ms"]


class Controls:
    """Handlers of the control API."""

    def __init__(self, world: World, reception: Reception) -> None:
        self._world = world
        self._reception = reception

    def routes(self) -> tuple[Route, ...]:
        """Give the control routes."""
        found = (
            ("GET", "accounts", self.accounts),
            ("POST", "accounts", self.add_account),
            ("GET", "numbers", self.numbers),
            ("POST", "numbers", self.add_number),
            ("POST", "pace", self.set_pace),
            ("POST", "inbound", self.inbound),
            ("GET", "phone", self.phone),
            ("GET", "phones", self.phones),
        )
        return tuple(
            Route(op=f"{method} {name}", method=method, path=f"/_sim/{name}", handler=handler)
            for method, name, handler in found
        )

    async def accounts(self, _: Request) -> Answer:
        """List accounts."""
        return json_answer({"accounts": self._world.store.find("account", "")})

    async def add_account(self, request: Request) -> Answer:
        """Add or change an account."""
        new = msgspec.json.decode(request.body, type=NewAccount)
        shared = msgspec.to_builtins(new.shared_key)
        account = open_account(
            self._world, sid=new.sid, auth_token=new.auth_token, name=new.friendly_name, shared_key=shared
        )
        return json_answer(account, status=201)

    async def numbers(self, _: Request) -> Answer:
        """List the numbers of all accounts."""
        names = {account["sid"]: account["friendly_name"] for account in self._world.store.find("account", "")}
        numbers = self._world.store.find("number")
        return json_answer({"numbers": [{**one, "account_name": names.get(one["account_sid"])} for one in numbers]})

    async def add_number(self, request: Request) -> Answer:
        """Add a number or change how it is set up."""
        new = msgspec.json.decode(request.body, type=NewNumber)
        if self._world.store.get("account", "", new.account_sid) is None:
            raise RefusalError(json_answer({"error": f"no account {new.account_sid!r}"}, status=404))
        names = ("sms_url", "status_callback", "opt_out_management", "messaging_service_sid")
        old = number_of(self._world, new.phone_number, account_sid=new.account_sid) or {}
        setup = {name: old[name] for name in names if name in old}
        setup |= {name: value for name in names if (value := getattr(new, name)) is not None}
        return json_answer(open_number(self._world, new.account_sid, new.phone_number, **setup), status=201)

    async def set_pace(self, request: Request) -> Answer:
        """Say how fast statuses follow each other."""
        pace = msgspec.json.decode(request.body, type=Pace)
        self._world.store.put("pace", "", "pace", pace)
        return json_answer(pace)

    async def inbound(self, request: Request) -> Answer:
        """Play the customer: text a number and see what the app answered, and how fast."""
        text = msgspec.json.decode(request.body, type=CustomerText)
        number = number_of(self._world, text.to)
        if number is None:
            raise RefusalError(json_answer({"error": f"no number {text.to!r}"}, status=404))
        sid, hook = self._reception.receive(number, text, origin=f"http://{request.headers.get('host', '')}")
        if hook is None:
            return json_answer({"sid": sid, "status": None, "latency_ms": None, "attempts": 0, "error": "no SmsUrl"})
        done = await self._world.courier.wait(hook, timeout_s=text.wait_s)
        names = ("state", "status", "latency_ms", "attempts", "error", "answer")
        return json_answer({"sid": sid, **{name: done[name] for name in names}})

    async def phone(self, request: Request) -> Answer:
        """Show what a phone shows: texts in both directions, in order, the provider's own included."""
        number = request.asked("number")
        store = self._world.store
        found = [*store.find("message", tag_a=number), *store.find("message", tag_b=number)]
        shop = request.asked("shop")
        seen = [message for message in found if not shop or shop in {message["to"], message["from"]}]
        if request.asked("all") != "true":
            seen = [message for message in seen if message["status"] not in _UNSEEN and not message["error_code"]]
        seen.sort(key=lambda message: message["_created"])
        acks = {row["ref"]: row for row in self._world.courier.records({"op": "inbound_webhook"})}
        return json_answer({"number": number, "messages": [_bubble(message, number, acks) for message in seen]})

    async def phones(self, _: Request) -> Answer:
        """List every phone that ever took part, the latest first, and the shop number it talks to."""
        latest: dict[str, Fields] = {}
        for message in self._world.store.find("message"):
            inbound = message["direction"] == "inbound"
            phone, shop = (message["from"], message["to"]) if inbound else (message["to"], message["from"])
            latest.pop(phone, None)
            latest[phone] = {"number": phone, "shop": shop, "last": message["body"], "at": iso(message["_created"])}
        return json_answer({"phones": list(reversed(latest.values()))})


def _bubble(message: Fields, number: str, acks: dict[str, Fields]) -> Fields:
    mine = message["from"] == number
    ack = acks.get(message["sid"])
    return {
        "sid": message["sid"],
        "from_customer": mine,
        "from": message["from"],
        "to": message["to"],
        "body": message["body"],
        "status": message["status"],
        "kind": message["_kind"],
        "media_urls": message["_media"],
        "at": iso(message["_created"]),
        "at_epoch_s": message["_created"],
        "sent_at_epoch_s": message["_sent"],
        "webhook_status": ack["status"] if ack else None,
        "webhook_state": ack["state"] if ack else None,
    }
