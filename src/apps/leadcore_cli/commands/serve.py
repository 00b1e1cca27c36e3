"""`leadcore serve` and `leadcore scheduler`: one process each, for those who have a supervisor of their own."""

import asyncio
import gc
import signal
from importlib import import_module
from types import FrameType
from typing import Any

import msgspec
import uvloop
from cyclopts import App

from leadcore_cli.options import HERE, Place
from leadcore_cli.probing import require_free
from leadcore_cli.session import settings_at
from leadcore_runtime.settings import Settings

app = App(name="serve", help="Run one HTTP app. It checks database and vault first and refuses to start on a finding.")

_FACTORIES = {
    "orchestrator": "leadcore_orchestrator.app",
    "chat": "leadcore_chat.app",
    "scheduler": "leadcore_scheduler.app",
}


@app.command
def orchestrator(*, host: str | None = None, port: int | None = None, place: Place = HERE) -> int:
    """Serve webhooks, intake and the operator API.

    Example: `leadcore serve orchestrator --host 0.0.0.0 --port 3000`

    Parameters
    ----------
    host
        Address to listen on (LEADCORE_HOST).
    port
        Port to listen on (LEADCORE_ORCHESTRATOR_PORT).
    """
    return _serve("orchestrator", place, host=host, port=port)


@app.command
def chat(*, host: str | None = None, port: int | None = None, place: Place = HERE) -> int:
    """Serve the chat API and the customer's page.

    Example: `leadcore serve chat --port 3001`

    Parameters
    ----------
    host
        Address to listen on (LEADCORE_HOST).
    port
        Port to listen on (LEADCORE_CHAT_PORT).
    """
    return _serve("chat", place, host=host, port=port)


def scheduler(*, host: str | None = None, port: int | None = None, place: Place = HERE) -> int:
    """Run the scheduler: applies what came in, decides what is due, sends, reconciles. Run as many as you like.

    Example: `leadcore scheduler --port 3002`

    Parameters
    ----------
    host
        Address to listen on, for health and metrics (LEADCORE_HOST).
    port
        Port to listen on, for health and metrics (LEADCORE_SCHEDULER_PORT).
    """
    return _serve("scheduler", place, host=host, port=port)


def _serve(name: str, place: Place, *, host: str | None, port: int | None) -> int:
    from leadcore_runtime.database import join
    from leadcore_runtime.findings import refuse_unfit
    from leadcore_runtime.serving import server_for

    settings = settings_at(place, host=host, **{f"{name}_port": port})
    listen = int(getattr(settings, f"{name}_port"))
    require_free(settings.host, {"": listen})
    database = join(settings)
    try:
        settings = msgspec.structs.replace(settings, database_url=database.url)
        asyncio.run(refuse_unfit(settings))
        server = server_for(_created(name, settings), host=settings.host, port=listen)

        def end(number: int, frame: FrameType | None) -> None:
            server.handle_exit(number, frame)

        # The server repeats the signal it ended by; ours turns the repetition into an ordinary exit with code 0.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        # Nearly all that requests make is gone by itself; looking for cycles every 700 objects cost a quarter more.
        gc.freeze()
        gc.set_threshold(25_000, 20, 20)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # a fifth less CPU per statement
            runner.run(server.serve())
    finally:
        database.stop()
    return 0 if server.started else 1


def _created(name: str, settings: Settings) -> Any:  # a Litestar, which is slow to load
    return import_module(_FACTORIES[name]).create_app(settings)
