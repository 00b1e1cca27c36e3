"""What every flow is given: storage, ids, chance, public addresses, and the tenant's adapters."""

import base64
import hashlib
from typing import Protocol

import msgspec

from leadcore.flows.work import Store
from leadcore.kernel.chance import Chance
from leadcore.kernel.ids import AttemptId, ConnectionId, IdFactory, TenantId
from leadcore.pictures.values import PictureLimits
from leadcore.ports.ai import LanguageModel
from leadcore.ports.crm import CatalogSource, CustomerBook, WorkOrders
from leadcore.ports.inbound import InboundDoor
from leadcore.ports.messaging import Carrier, SendChannel
from leadcore.ports.vault import Fingerprints
from leadcore.tenants.model import Connection

_TOKEN_BYTES = 16


class Crm(WorkOrders, CustomerBook, CatalogSource, Protocol):
    """Everything the flows need of a CRM. What it can be told besides is asked for where it is told."""


class Adapters(Protocol):
    """The tenant's adapters by role, as its configuration chooses them now."""

    async def crm(self, tenant_id: TenantId) -> Crm:
        """Return the tenant's CRM. Raises `NotFoundError` when none is connected."""
        ...

    async def carrier(self, tenant_id: TenantId, channel: SendChannel) -> tuple[Carrier, Connection]:
        """Return what carries *channel*, and its connection. Raises `NotFoundError` when none is connected."""
        ...

    async def door(self, connection: Connection) -> InboundDoor:
        """Return the door of a connection."""
        ...

    async def models(self, tenant_id: TenantId) -> tuple[tuple[LanguageModel, str], ...]:
        """Return the tenant's models with the model id to use, in order of preference; may be empty."""
        ...


class PublicUrls(msgspec.Struct, frozen=True, kw_only=True):
    """Where the outside reaches us. `hooks` and `chat` are origins without a trailing slash."""

    hooks: str
    chat: str

    def inbound(self, connection_id: ConnectionId) -> str:
        """Where a vendor's webhooks go."""
        return f"{self.hooks}/hooks/{connection_id}"

    def status(self, connection_id: ConnectionId, attempt_id: AttemptId | None = None) -> str:
        """Where delivery callbacks go; our attempt id in the query survives a lost answer."""
        query = f"?a={attempt_id}" if attempt_id else ""
        return f"{self.hooks}/hooks/{connection_id}/status{query}"

    def chat_link(self, token: str) -> str:
        """The link a customer opens. The token is a fragment: it never reaches a server log or a referrer."""
        return f"{self.chat}/c/#{token}"


class ProcessEpoch(msgspec.Struct, kw_only=True):
    """The epoch this process was told to send in, 0 while its witnesses have not spoken. Whoever watches sets it."""

    value: int = 1


class Seams(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a flow may touch. Without `prints` nobody can be erased."""

    store: Store
    adapters: Adapters
    ids: IdFactory
    chance: Chance
    urls: PublicUrls
    settle_window_s: float = 900.0
    picture_limits: PictureLimits = PictureLimits()
    epoch: ProcessEpoch = msgspec.field(default_factory=ProcessEpoch)
    prints: Fingerprints | None = None


def new_token(chance: Chance) -> tuple[str, bytes]:
    """Return a fresh 128-bit token (22 characters) and the digest under which it is remembered."""
    token = base64.urlsafe_b64encode(chance.token(_TOKEN_BYTES)).rstrip(b"=").decode()
    return token, token_digest(token)


def token_digest(token: str) -> bytes:
    """Return what is stored of a token. It is random enough (128 bits) to need no slow hash."""
    return hashlib.sha256(token.encode()).digest()
