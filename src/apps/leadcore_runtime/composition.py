"""Opening and closing the container around an app's life."""

import asyncio
from types import TracebackType
from typing import Self

from leadcore.compliance.policies.revocation_sentences import prepare
from leadcore.flows.seams import Seams
from leadcore.ports.plugin import PortName
from leadcore_runtime.adapters import AdapterBook
from leadcore_runtime.container import Container
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.settings import Settings


class OpenContainer:
    """The container with its resources open: `async with` it, then read what it holds."""

    def __init__(self, settings: Settings, *, warm: frozenset[PortName] = frozenset()) -> None:
        self._warm = warm
        self._warming: asyncio.Task[None] | None = None
        self._container = Container(settings=settings)
        self.metrics: Metrics = self._container.metrics()
        self._seams: Seams | None = None
        self._adapters: AdapterBook | None = None

    @property
    def seams(self) -> Seams:
        """What flows are given. Raises `RuntimeError` before it is open."""
        if self._seams is None:
            raise RuntimeError("the container is not open")
        return self._seams

    @property
    def adapters(self) -> AdapterBook:
        """The tenants' adapters. Raises `RuntimeError` before it is open."""
        if self._adapters is None:
            raise RuntimeError("the container is not open")
        return self._adapters

    async def ping(self) -> None:
        """Ask the database for its state; raises when it does not answer."""
        await self.seams.store.deployment.state()

    async def __aenter__(self) -> Self:
        initialised = self._container.init_resources()
        if initialised is not None:
            await initialised
        self._seams = await self._container.seams()
        self._adapters = await self._container.adapters()
        if self._warm:
            self._warming = asyncio.create_task(self._warm_up(self._adapters, self._warm))
        return self

    @staticmethod
    async def _warm_up(adapters: AdapterBook, ports: frozenset[PortName]) -> None:
        await adapters.warm(ports)
        await asyncio.to_thread(prepare)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.gather(self._warming, return_exceptions=True)
        closed = self._container.shutdown_resources()
        if closed is not None:
            await closed


def open_container(settings: Settings, *, warm: frozenset[PortName] = frozenset()) -> OpenContainer:
    """Return the container for *settings*, not open yet. It opens the tenants' adapters of *warm* ahead of need."""
    return OpenContainer(settings, warm=warm)
