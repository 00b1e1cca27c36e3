"""Accounts and their numbers; HTTP Basic."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from typing import Any

from leadcore_simulators.twilio.answers import refused
from leadcore_simulators.wire.http import Answer, Request
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]
AccountHandler = Callable[[Fields, Request], Answer]

DEFAULT_SID = "AC00000000000000000000000000000001"
DEFAULT_TOKEN = "sim-twilio-token"  # noqa: S105 - the simulator's published credential
DEFAULT_NUMBER = "+15125550100"


def open_account(world: World, *, sid: str, auth_token: str, name: str, shared_key: Fields | None = None) -> Fields:
    """Add an account or change an existing one."""
    account = {
        "sid": sid,
        "auth_token": auth_token,
        "friendly_name": name,
        "status": "active",
        "shared_key": shared_key,
    }
    world.store.put("account", "", sid, account)
    return account


def open_number(
    world: World,
    account_sid: str,
    phone_number: str,
    *,
    sms_url: str = "",
    status_callback: str = "",
    opt_out_management: str = "default",
    messaging_service_sid: str | None = None,
) -> Fields:
    """Give an account a number, or change how one of its numbers is set up."""
    number = {
        "sid": "PN" + md5(phone_number.encode(), usedforsecurity=False).hexdigest(),
        "account_sid": account_sid,
        "phone_number": phone_number,
        "sms_url": sms_url,
        "sms_method": "POST",
        "status_callback": status_callback,
        "opt_out_management": opt_out_management,
        "messaging_service_sid": messaging_service_sid,
    }
    save_number(world, number)
    return number


def save_number(world: World, number: Fields) -> None:
    """Keep a number; `tag_a` finds its owner by the number alone."""
    world.store.put("number", number["account_sid"], number["sid"], number, tag_a=number["phone_number"])


def number_of(world: World, phone_number: str, *, account_sid: str | None = None) -> Fields | None:
    """Find a number, whoever owns it unless an account is named."""
    return next(iter(world.store.find("number", account_sid, tag_a=phone_number)), None)


def furnish(world: World) -> None:
    """Make sure that the default account and its number are there."""
    if world.store.get("account", "", DEFAULT_SID) is None:
        with world.store.transaction():
            open_account(world, sid=DEFAULT_SID, auth_token=DEFAULT_TOKEN, name="Austin shop")
            open_number(world, DEFAULT_SID, DEFAULT_NUMBER)


def with_account(world: World, handler: AccountHandler) -> Callable[[Request], Awaitable[Answer]]:
    """Authenticate first; the account in the path has to be the caller's own."""

    async def handle(request: Request) -> Answer:
        sid, token = _basic(request.headers.get("authorization", ""))
        account = world.store.get("account", "", sid)
        if account is None or account["auth_token"] != token or request.params["account"] != sid:
            raise refused(20003, "Authenticate", status=401)
        return handler(account, request)

    return handle


def account_view(account: Fields) -> Fields:
    """Render an account resource."""
    at = format_datetime(datetime(2026, 1, 1, tzinfo=UTC))
    return {
        "sid": account["sid"], "friendly_name": account["friendly_name"], "status": account["status"], "type": "Full",
        "owner_account_sid": account["sid"], "date_created": at, "date_updated": at,
        "uri": f"/2010-04-01/Accounts/{account['sid']}.json", "subresource_uris": {},
    }  # fmt: skip


def number_view(number: Fields) -> Fields:
    """Render an incoming phone number."""
    names = ("sid", "account_sid", "phone_number", "sms_url", "sms_method", "status_callback")
    return {
        **{name: number[name] for name in names},
        "friendly_name": number["phone_number"],
        "sms_fallback_url": "", "sms_fallback_method": "POST", "sms_application_sid": "",
        "status_callback_method": "POST", "voice_url": None, "voice_method": "POST", "beta": False, "origin": "twilio",
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False}, "status": "in-use",
        "api_version": "2010-04-01",
        "uri": f"/2010-04-01/Accounts/{number['account_sid']}/IncomingPhoneNumbers/{number['sid']}.json",
    }  # fmt: skip


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password
