"""The page's own server: static files, and JSON routes that call the vendors' control APIs over HTTP."""

import asyncio
import mimetypes
from importlib.resources import files
from typing import Any

import httpx
import msgspec

from leadcore_simulators.page.vendors import Vendors
from leadcore_simulators.wire.http import (
    Answer,
    AsgiApp,
    Fields,
    Receive,
    Request,
    Scope,
    Send,
    json_answer,
    read_request,
    send_answer,
)

_STATIC = files("leadcore_simulators.page") / "static"
_FILES = {
    "/": "index.html",
    "/app.css": "app.css",
    "/app.js": "app.js",
    "/views.js": "views.js",
    "/icon.svg": "icon.svg",
}
_POLICY = "default-src 'self'; img-src * data:; style-src 'self' 'unsafe-inline'; frame-src 'self'"


def create_app(addresses: dict[str, str]) -> AsgiApp:
    """Serve the page for the vendors at these base URLs (those that run)."""
    vendors = Vendors(addresses)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(vendors, receive, send)
            return
        request = await read_request(scope, receive)
        await send_answer(await _answer(vendors, request), send)

    return app


async def _live(vendors: Vendors, receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"].removeprefix("lifespan.")
        if kind == "shutdown":
            await vendors.aclose()
        await send({"type": f"lifespan.{kind}.complete"})
        if kind == "shutdown":
            return


async def _answer(vendors: Vendors, request: Request) -> Answer:
    if request.method == "GET" and request.path in _FILES:
        return _static(_FILES[request.path])
    try:
        found = await _data(vendors, request)
    except httpx.HTTPError as cause:
        return json_answer({"error": f"a simulator does not answer: {cause}"}, status=502)
    except (msgspec.MsgspecError, KeyError) as cause:
        return json_answer({"error": str(cause)}, status=400)
    return found if found is not None else json_answer({"error": "not found"}, status=404)


async def _data(vendors: Vendors, request: Request) -> Answer | None:
    match request.method, request.path:
        case "GET", "/api/state":
            return json_answer(await _state(vendors, phone=request.asked("phone"), email=request.asked("email")))
        case "POST", "/api/text":
            return await vendors.passed("twilio", "POST", "/_sim/inbound", request.body)
        case "POST", "/api/mail":
            return await vendors.passed("sendgrid", "POST", "/_sim/inbound", request.body)
        case "POST", "/api/unsubscribe":
            return await vendors.passed("sendgrid", "POST", "/_sim/unsubscribe", request.body)
        case "POST", "/api/lead":
            return await vendors.passed("shopmonkey", "POST", "/_sim/leads", request.body)
        case "POST", "/api/price":
            return await vendors.passed("shopmonkey", "POST", "/_sim/price", request.body)
        case "POST", "/api/faults":
            asked = request.json_object()
            return await vendors.set_faults(asked["vendor"], asked["faults"])
        case _:
            return None


async def _state(vendors: Vendors, *, phone: str, email: str) -> Fields:
    names = [name for name in vendors.names if name in {"shopmonkey", "twilio", "sendgrid", "anthropic", "openai"}]
    shops, phones, numbers, thread, mailbox = await asyncio.gather(
        vendors.read("shopmonkey", "/_sim/accounts"),
        vendors.read("twilio", "/_sim/phones"),
        vendors.read("twilio", "/_sim/numbers"),
        vendors.read("twilio", "/_sim/phone", number=phone),
        vendors.read("sendgrid", "/_sim/mailbox", email=email),
    )
    leads = await vendors.read("shopmonkey", "/_sim/log", op="website_lead")
    hooks, catalogs = await asyncio.gather(_deliveries(vendors), _catalogs(vendors))
    faults = await asyncio.gather(*(vendors.faults(name) for name in names))
    return {
        "vendors": names,
        "shops": shops.get("accounts", []),
        "phones": phones.get("phones", []),
        "numbers": numbers.get("numbers", []),
        "leads": [entry["fields"] for entry in leads.get("entries", [])][-50:],
        "thread": thread.get("messages", []),
        "mails": mailbox.get("mails", []) if email else [],
        "deliveries": hooks,
        "catalogs": catalogs,
        "faults": dict(zip(names, faults, strict=True)),
    }


async def _deliveries(vendors: Vendors) -> list[Fields]:
    names = ("shopmonkey", "twilio", "sendgrid")
    found = await asyncio.gather(*(vendors.read(name, "/_sim/deliveries", limit="12") for name in names))
    kept = ("id", "op", "url", "state", "status", "attempts", "latency_ms", "error", "at", "at_epoch_s", "ref")
    rows = [
        {"vendor": name, **{field: entry[field] for field in kept}}
        for name, answer in zip(names, found, strict=True)
        for entry in answer.get("entries", [])
    ]
    return sorted(rows, key=lambda row: float(row["at_epoch_s"]), reverse=True)[:20]


async def _catalogs(vendors: Vendors) -> dict[str, list[Fields]]:
    accounts = (await vendors.read("shopmonkey", "/_sim/accounts")).get("accounts", [])
    keys = [account["api_key"] for account in accounts]
    found = await asyncio.gather(*(vendors.read("shopmonkey", "/_sim/catalog", api_key=key) for key in keys))
    kept = ("id", "name", "totalCents", "bookable")
    shown = [[{name: row[name] for name in kept} for row in answer.get("services", [])] for answer in found]
    return dict(zip(keys, shown, strict=True))


def _static(name: str) -> Answer:
    kind: Any = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = (
        ("content-type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind),
        ("cache-control", "no-cache"),
        ("content-security-policy", _POLICY),
    )
    return Answer(body=(_STATIC / name).read_bytes(), headers=headers)
