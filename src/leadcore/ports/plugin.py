"""How an adapter introduces itself: one entry point, one `Plugin`, no private door for ours."""

from collections.abc import Callable
from typing import Any, Literal, Protocol

import msgspec

PortName = Literal["crm", "messaging", "ai", "intake", "storage", "database", "vault"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a connection check: what was tried, whether it worked, and what to do if not.

    What `warns` is well for now, but somebody has to look at it. `learned` holds settings the vendor has just told us
    (field name -> value); the caller stores them with the connection, sealed where the plugin says so.
    """

    ok: bool
    what: str
    fix: str | None = None
    code: str = ""
    warns: bool = False
    learned: dict[str, str] = {}


class ConnectionUrls(msgspec.Struct, frozen=True, kw_only=True):
    """The public addresses a vendor must call for one connection.

    `inbound` takes the vendor's webhooks, `status` its delivery callbacks; `secret` is what the vendor shall sign
    with, where the vendor lets the receiver choose it.
    """

    inbound: str
    status: str
    secret: str = ""


class Connectable(Protocol):
    """What `leadcore connect` asks of an adapter instance. Neither call may cost money or reach a customer."""

    async def check(self) -> tuple[Finding, ...]:
        """Try the credentials and say what works. Never raises: a failure is a finding with its fix."""
        ...

    async def register(self, urls: ConnectionUrls) -> tuple[Finding, ...]:
        """Make the vendor call *urls* (idempotent), or say what a person has to click. Never raises."""
        ...

    async def aclose(self) -> None:
        """Give back sockets. Idempotent."""
        ...


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """An adapter's calling card, found under the entry point group `leadcore.<port>`.

    `settings` is a Struct with `forbid_unknown_fields`; the names in `secrets` are its fields that are stored sealed
    and shown masked; `env` maps a field to the environment variable that may supply it for the one tenant named by
    `TENANT_ID`. `open` takes an instance of `settings` and returns the adapter. It opens no connection by itself.
    """

    name: str
    port: PortName
    settings: type[msgspec.Struct]
    open: Callable[[Any], Any]
    port_version: int = 1
    secrets: frozenset[str] = frozenset()
    env: dict[str, str] = {}
    channel: str | None = None
