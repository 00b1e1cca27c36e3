"""A negative control: an orchestrator that acknowledges what it has only put into memory."""

import asyncio
import contextlib
from typing import Self

from leadcore.intake.model import InboxArrival
from leadcore.intake.repository import Settled
from leadcore_orchestrator.app import app_over
from leadcore_postgres.inbox_writer import PostgresInboxWriter
from leadcore_runtime.composition import OpenContainer
from leadcore_runtime.logs import configure_logs
from leadcore_runtime.serving import server_for
from leadcore_runtime.settings import Settings, load_settings


class CarelessWriter:
    """Answers at once and writes later."""

    def __init__(self, writer: PostgresInboxWriter) -> None:
        self._writer = writer
        self._later: set[asyncio.Task[object]] = set()

    async def take_in(self, arrivals: list[InboxArrival]) -> list[InboxArrival]:
        task = asyncio.create_task(self._write(arrivals))
        self._later.add(task)
        task.add_done_callback(self._later.discard)
        return arrivals

    def hand_in(self, arrivals: list[InboxArrival], settled: Settled) -> None:
        task = asyncio.create_task(self._write(arrivals))
        self._later.add(task)
        task.add_done_callback(self._later.discard)
        settled(arrivals)

    async def aclose(self) -> None:
        await self._writer.aclose()

    async def _write(self, arrivals: list[InboxArrival]) -> None:
        with contextlib.suppress(Exception):  # the point of it: nobody hears that it was lost
            await self._writer.take_in(arrivals)


class CarelessContainer(OpenContainer):
    """The container with that writer."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        store = self.seams.store
        store.inbox_writer = CarelessWriter(store.inbox_writer)  # type: ignore[misc,arg-type]
        return self


def serve(settings: Settings) -> None:
    # As the real one: unconfigured, a failure is drawn in colours, which takes a busy machine seconds of its only loop.
    configure_logs(level=settings.log_level, app="orchestrator")
    app = app_over(CarelessContainer(settings), settings)
    asyncio.run(server_for(app, host=settings.host, port=settings.orchestrator_port).serve())


if __name__ == "__main__":
    serve(load_settings())
