"""`leadcore up`: the whole system in one process group."""

import asyncio

from leadcore_cli.options import HERE, Place, Quiet
from leadcore_cli.session import child_environment, settings_at
from leadcore_cli.stack import Stack, running
from leadcore_cli.terminal import print_fields, progress, say


def up(
    *,
    host: str | None = None,
    orchestrator_port: int | None = None,
    chat_port: int | None = None,
    scheduler_port: int | None = None,
    quiet: Quiet = False,
    place: Place = HERE,
) -> int:
    """Run everything until Ctrl-C: database, orchestrator, chat and scheduler.

    Without DATABASE_URL an embedded PostgreSQL keeps its data in the data folder. A process that ends is started
    again and reported. Logs lie in the data folder, one file per process.

    Example: `leadcore up --data-dir /srv/leadcore`

    Parameters
    ----------
    host
        Address to listen on.
    orchestrator_port
        Port for webhooks and the operator API.
    chat_port
        Port of the chat API and page.
    scheduler_port
        Port of the scheduler's health and metrics.
    """
    settings = settings_at(
        place, host=host, orchestrator_port=orchestrator_port, chat_port=chat_port, scheduler_port=scheduler_port
    )
    report = progress(quiet=quiet)

    async def run() -> None:
        async with running(settings, environment=child_environment(place), report=report) as stack:
            _announce(stack)
            await stack.stop.wait()
            say("stopping")

    asyncio.run(run())
    return 0


def _announce(stack: Stack) -> None:
    settings = stack.settings
    print_fields(
        [
            ("webhooks", f"{settings.hooks_origin}/hooks/…"),
            ("operators", f"{settings.hooks_origin}/api/v1"),
            ("chat", settings.chat_origin),
            ("scheduler", f"http://{settings.host}:{settings.scheduler_port}/health"),
            ("database", "embedded, in " + settings.data_dir if stack.database.embedded else "yours"),
            ("logs", f"{settings.data_dir}/logs"),
        ]
    )
    say("ready; Ctrl-C stops everything")
