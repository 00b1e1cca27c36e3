"""What every route of the chat app is given."""

import asyncio
import time
from collections.abc import Callable

import msgspec
from litestar.di import NamedDependency

from leadcore.flows.chat_session import ShopCard, shop_card
from leadcore.flows.seams import Seams
from leadcore.kernel.ids import TenantId
from leadcore_chat.limits import Rate, RateLimiter
from leadcore_chat.refusals import RateLimitedError
from leadcore_chat.supervisor import TurnSupervisor
from leadcore_runtime.hub import TurnHub
from leadcore_runtime.settings import Settings

_EXCHANGES = Rate(limit=10, per_s=60)
_EXCHANGES_OF_LINK = Rate(limit=30, per_s=3600)
_MESSAGES = Rate(limit=20, per_s=60)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often a stream looks and speaks, and how long it lives. `answer_s` is how long a plain request waits."""

    look_s: float = 0.5
    heartbeat_s: float = 15.0
    longest_s: float = 600.0
    answer_s: float = 95.0
    drain_s: float = 2.5


class ChatDesk:
    """Seams, the hub, the supervisor and the limits of one process."""

    def __init__(
        self,
        *,
        seams: Seams,
        hub: TurnHub,
        supervisor: TurnSupervisor,
        settings: Settings,
        stopping: asyncio.Event,
        pace: Pace,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seams = seams
        self.hub = hub
        self.supervisor = supervisor
        self.origin = settings.chat_origin
        self.is_https = self.origin.startswith("https://")
        self.stopping = stopping
        self.pace = pace
        self.monotonic = monotonic
        self._exchanges = RateLimiter(_EXCHANGES, monotonic=monotonic)
        self._exchanges_of_link = RateLimiter(_EXCHANGES_OF_LINK, monotonic=monotonic)
        self._messages = RateLimiter(_MESSAGES, monotonic=monotonic)

    @property
    def cookie_name(self) -> str:
        """The `__Host-` prefix binds the cookie to this very host, but browsers take it over TLS only."""
        return "__Host-leadcore_chat" if self.is_https else "leadcore_chat"

    def admit_exchange(self, *, address: str, link: bytes) -> None:
        """Count one exchange of a link. Raises `RateLimitedError`."""
        wait_s = self._exchanges.take(address) or self._exchanges_of_link.take(link)
        if wait_s is not None:
            raise RateLimitedError(retry_after_s=wait_s)

    async def admit_message(self, conversation: object, *, tenant_id: TenantId) -> None:
        """Count one message of a conversation. Raises `RateLimitedError`."""
        wait_s = self._messages.take(conversation)
        if wait_s is not None:
            raise RateLimitedError(retry_after_s=wait_s, shop=await self.card_of(tenant_id))

    async def card_of(self, tenant_id: TenantId) -> ShopCard:
        """Return how to reach the shop."""
        async with self.seams.store.begin(tenant_id) as uow:
            return shop_card(await uow.tenants.get(tenant_id))


Desk = NamedDependency[ChatDesk]
"""The desk as a route asks for it."""
