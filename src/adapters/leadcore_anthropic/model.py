"""The `LanguageModel` over Anthropic's Messages API: the SDK asks and authenticates, we read the raw stream."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import anthropic
import httpx2

from leadcore.ports.ai import ModelEvent, ModelInterruptedError, ModelPrice, ModelRequest, ModelUnavailableError
from leadcore.ports.plugin import ConnectionUrls, Finding
from leadcore_anthropic.assembly import Assembly
from leadcore_anthropic.check import findings
from leadcore_anthropic.failures import FAILURES, explained
from leadcore_anthropic.prices import DEFAULT_PRICES
from leadcore_anthropic.requests import parameters
from leadcore_anthropic.settings import AnthropicSettings
from leadcore_anthropic.state import PROVIDER
from leadcore_httpkit.addresses import checked_base_url, is_loopback
from leadcore_httpkit.event_stream import EventReader, StreamLimits, Watch


class AnthropicModel:
    """One tenant's connection. Opens no socket before the first call."""

    def __init__(self, settings: AnthropicSettings) -> None:
        """Raises `InvalidInputError` when `base_url` is no address an adapter may call."""
        self._settings = settings
        self._limits = StreamLimits(first_s=settings.first_token_s, idle_s=settings.idle_s, total_s=settings.total_s)
        base_url = checked_base_url(settings.base_url)
        http = httpx2.AsyncClient(
            base_url=base_url,
            timeout=httpx2.Timeout(settings.total_s, connect=settings.connect_s, pool=settings.connect_s),
            limits=httpx2.Limits(max_connections=500, max_keepalive_connections=50, keepalive_expiry=15.0),
            follow_redirects=False,
            # A proxy of the environment is for the world outside, never for a simulator on this machine.
            trust_env=not is_loopback(urlsplit(base_url).hostname or ""),
        )
        # Key and address are given: the SDK would else look in the environment, which is not this tenant's.
        self._client = anthropic.AsyncAnthropic(
            api_key=settings.api_key, base_url=base_url, max_retries=0, http_client=http
        )
        # Looked up here because the SDK loads its resources lazily: the first customer shall not wait for that.
        self._ask = self._client.messages.with_streaming_response.create

    @property
    def provider(self) -> str:
        """`anthropic`."""
        return PROVIDER

    @property
    def default_model(self) -> str:
        """The configured model id."""
        return self._settings.model

    @property
    def prices(self) -> tuple[ModelPrice, ...]:
        """Configured prices, then the shipped ones."""
        return (*self._settings.prices, *DEFAULT_PRICES)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `LanguageModel.stream`."""
        model = request.model or self._settings.model
        watch, assembly = Watch(self._limits), Assembly(model)
        told = over = False
        try:
            asked = self._ask(**parameters(request, self._settings), stream=True)
            async with AsyncExitStack() as stack:
                async with asyncio.timeout_at(watch.deadline):
                    answer = await stack.enter_async_context(asked)
                reader = EventReader(answer.http_response.aiter_bytes(), watch)
                while not over and (batch := await reader.next_batch()) is not None:
                    events, over = assembly.take(batch), assembly.over
                    if assembly.moved:
                        watch.progressed()
                    if over:
                        await reader.drain()
                    for event in events:
                        told = True
                        yield event
        except FAILURES as cause:
            raise explained(cause, told=told, complaint=watch.complaint) from cause
        if not over:
            unfinished = ModelInterruptedError if told else ModelUnavailableError
            raise unfinished("anthropic: the stream ended without message_stop")

    async def check(self) -> tuple[Finding, ...]:
        """Try the key and look the model up in the vendor's list; no tokens are spent."""
        return await findings(self._client, self._settings)

    async def register(self, urls: ConnectionUrls) -> tuple[Finding, ...]:
        """Nothing to register: models are called, they do not call."""
        return ()

    async def aclose(self) -> None:
        """Give back sockets. Idempotent."""
        await self._client.close()
