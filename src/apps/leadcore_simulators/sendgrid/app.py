"""The SendGrid simulator as an ASGI app."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import msgspec
from msgspec import Struct

from leadcore_simulators.sendgrid import answers, mail
from leadcore_simulators.sendgrid.accounts import AccountHandler, furnish, open_account, with_account
from leadcore_simulators.sendgrid.events import Events
from leadcore_simulators.sendgrid.hooks import manners
from leadcore_simulators.sendgrid.inbound import CustomerMail, receive
from leadcore_simulators.sendgrid.settings import EventSettings, ParseSettings
from leadcore_simulators.wire.http import Answer, Fields, RefusalError, Request, json_answer
from leadcore_simulators.wire.ledger import iso
from leadcore_simulators.wire.simulator import Route, Simulator, Vendor
from leadcore_simulators.wire.world import World, open_world

_EVENT = "/v3/user/webhooks/event/settings"
_PARSE = "/v3/user/webhooks/parse/settings"


class NewAccount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/accounts` takes; `senders` limits the from addresses, `None` allows all."""

    api_key: str
    scopes: list[str] | None = None
    senders: list[str] | None = None


def create_app(store_dir: Path, seed: int = 1) -> Simulator:
    """Open (or create) `sendgrid.sqlite` in a folder and serve it; the default account is always there."""
    world = open_world(store_dir / "sendgrid.sqlite", seed=seed, manners=lambda _store, _agenda: manners())
    furnish(world)
    events = Events(world)
    vendor = Vendor(
        routes=(*_mail_routes(world, events), *_setting_routes(world, events)),
        controls=_controls(world),
        refusal=answers.by_fault,
        not_found=answers.not_found,
        bad_json=answers.bad_json,
        on_reset=lambda: furnish(world),
    )
    return Simulator(world, vendor)


def _mail_routes(world: World, events: Events) -> tuple[Route, ...]:
    def send(account: Fields, request: Request) -> Answer:
        return mail.send(world, events, account, request)

    def scopes(account: Fields, _: Request) -> Answer:
        return json_answer({"scopes": account["scopes"]})

    return (
        Route(op="send_mail", method="POST", path="/v3/mail/send", handler=with_account(world, "mail.send", send)),
        Route(op="get_scopes", method="GET", path="/v3/scopes", handler=with_account(world, None, scopes)),
    )


def _setting_routes(world: World, events: Events) -> tuple[Route, ...]:
    event, parse = EventSettings(world, events), ParseSettings(world)
    found: tuple[tuple[str, str, str, AccountHandler], ...] = (
        ("list_event_webhooks", "GET", f"{_EVENT}/all", event.all),
        ("get_event_signing", "GET", f"{_EVENT}/signed", event.signing),
        ("sign_event_webhook", "PATCH", f"{_EVENT}/signed", event.sign),
        ("get_event_signing", "GET", f"{_EVENT}/signed/{{id}}", event.signing),
        ("sign_event_webhook", "PATCH", f"{_EVENT}/signed/{{id}}", event.sign),
        ("get_event_webhook", "GET", _EVENT, event.read),
        ("update_event_webhook", "PATCH", _EVENT, event.change),
        ("create_event_webhook", "POST", _EVENT, event.create),
        ("get_event_webhook", "GET", f"{_EVENT}/{{id}}", event.read),
        ("update_event_webhook", "PATCH", f"{_EVENT}/{{id}}", event.change),
        ("delete_event_webhook", "DELETE", f"{_EVENT}/{{id}}", event.delete),
        ("test_event_webhook", "POST", "/v3/user/webhooks/event/test", event.test),
        ("list_parse", "GET", _PARSE, parse.all),
        ("create_parse", "POST", _PARSE, parse.create),
        ("get_parse", "GET", f"{_PARSE}/{{hostname}}", parse.read),
        ("update_parse", "PATCH", f"{_PARSE}/{{hostname}}", parse.change),
        ("delete_parse", "DELETE", f"{_PARSE}/{{hostname}}", parse.delete),
    )
    return tuple(
        Route(op=op, method=method, path=path, handler=with_account(world, _scope(method, path), handler))
        for op, method, path, handler in found
    )


def _scope(method: str, path: str) -> str:
    family = "parse" if path.startswith(_PARSE) else "event"
    if path.endswith("/test"):
        return "user.webhooks.event.test.create"
    verb = {"GET": "read", "POST": "create", "PATCH": "update", "DELETE": "delete"}[method]
    return f"user.webhooks.{family}.settings.{verb}"


def _controls(world: World) -> tuple[Route, ...]:
    async def accounts(_: Request) -> Answer:
        found = world.store.find("account", "")
        return json_answer({"accounts": [{k: v for k, v in one.items() if k != "private_key"} for one in found]})

    async def add_account(request: Request) -> Answer:
        new = msgspec.json.decode(request.body, type=NewAccount)
        account = open_account(world, new.api_key, scopes=new.scopes, senders=new.senders)
        return json_answer({"api_key": account["api_key"], "public_key": account["public_key"]}, status=201)

    async def inbound(request: Request) -> Answer:
        letter = msgspec.json.decode(request.body, type=CustomerMail)
        ref, hook = receive(world, letter)
        if hook is None:
            return json_answer(
                {"id": ref, "status": None, "latency_ms": None, "attempts": 0, "error": "no parse hostname"}
            )
        done = await world.courier.wait(hook, timeout_s=letter.wait_s)
        names = ("state", "status", "latency_ms", "attempts", "error", "answer")
        return json_answer({"id": ref, **{name: done[name] for name in names}})

    async def mailbox(request: Request) -> Answer:
        email = request.asked("email").lower()
        mails = world.store.find("mail")
        mine = [one for one in mails if not email or email == one["from"] or email in _receivers(one)]
        return json_answer({"email": email, "mails": [{**one, "at": iso(one["at"])} for one in mine]})

    async def unsubscribe(request: Request) -> Answer:
        return await _one_click(world, str(request.json_object()["id"]))

    found: tuple[tuple[str, str, Callable[[Request], Awaitable[Answer]]], ...] = (
        ("GET", "accounts", accounts),
        ("POST", "accounts", add_account),
        ("POST", "inbound", inbound),
        ("GET", "mailbox", mailbox),
        ("POST", "unsubscribe", unsubscribe),
    )
    return tuple(
        Route(op=f"{method} {name}", method=method, path=f"/_sim/{name}", handler=handler)
        for method, name, handler in found
    )


def _receivers(one: Fields) -> set[str]:
    return {one["to"], *(person["email"].lower() for person in one["recipients"])}


async def _one_click(world: World, ref: str) -> Answer:
    """Press the mailbox provider's unsubscribe button (RFC 8058): a form POST without cookies."""
    letter = next((one for one in world.store.find("mail") if one["id"] == ref), None)
    offered = str((letter or {}).get("headers", {}).get("List-Unsubscribe", ""))
    links = [link.strip(" <>") for link in offered.split(",") if link.strip(" <").startswith("http")]
    if not links:
        raise RefusalError(json_answer({"error": "this mail offers no one-click unsubscribe"}, status=404))
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            answer = await http.post(links[0], data={"List-Unsubscribe": "One-Click"})
        except httpx.HTTPError as cause:
            return json_answer({"url": links[0], "status": None, "error": str(cause)})
    return json_answer({"url": links[0], "status": answer.status_code})
