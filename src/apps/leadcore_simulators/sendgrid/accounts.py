"""Accounts: an API key, its scopes, the key pair that signs its events."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from leadcore_simulators.sendgrid.answers import refused
from leadcore_simulators.wire.http import Answer, Request
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]
AccountHandler = Callable[[Fields, Request], Answer]

DEFAULT_KEY = "sim-sendgrid-key"
SCOPES = [
    "mail.send",
    "user.webhooks.event.settings.read",
    "user.webhooks.event.settings.update",
    "user.webhooks.event.settings.create",
    "user.webhooks.event.settings.delete",
    "user.webhooks.parse.settings.read",
    "user.webhooks.parse.settings.create",
    "user.webhooks.parse.settings.update",
    "user.webhooks.parse.settings.delete",
    "user.webhooks.event.test.create",
]


def open_account(
    world: World, api_key: str, *, scopes: list[str] | None = None, senders: list[str] | None = None
) -> Fields:
    """Add an account or change one; its key pair stays. With *senders* other from addresses are refused."""
    old = world.store.get("account", "", api_key) or _new_key_pair()
    account = {
        "api_key": api_key,
        "scopes": SCOPES if scopes is None else scopes,
        "senders": senders,
        "private_key": old["private_key"],
        "public_key": old["public_key"],
    }
    world.store.put("account", "", api_key, account)
    return account


def furnish(world: World) -> None:
    """Make sure that the default account is there."""
    if world.store.get("account", "", DEFAULT_KEY) is None:
        open_account(world, DEFAULT_KEY)


def with_account(world: World, scope: str | None, handler: AccountHandler) -> Callable[[Request], Awaitable[Answer]]:
    """Authenticate, check the key's scope, handle."""

    async def handle(request: Request) -> Answer:
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        account = world.store.get("account", "", key.strip()) if kind.lower() == "bearer" else None
        if account is None:
            raise refused(401, "The provided authorization grant is invalid, expired, or revoked")
        if scope is not None and scope not in account["scopes"]:
            raise refused(403, "access forbidden")
        return handler(account, request)

    return handle


def _new_key_pair() -> Fields:
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"private_key": private.decode(), "public_key": base64.b64encode(public).decode()}
