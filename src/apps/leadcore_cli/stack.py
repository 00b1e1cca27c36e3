"""What `up` and `demo` run: the database and the three apps, started together and ended together."""

import asyncio
import fcntl
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path

import msgspec

from leadcore.kernel.errors import RefusedError
from leadcore_cli.probing import answers_well, require_free
from leadcore_cli.supervisor import Member, Supervisor
from leadcore_cli.terminal import Progress
from leadcore_cli.warden import guarded
from leadcore_runtime.database import ReadyDatabase, prepare
from leadcore_runtime.settings import Settings

_READY_WITHIN_S = 60.0
_NONE: Mapping[str, int] = {}


class AlreadyRunningError(RefusedError):
    """The folder is in use by another `leadcore up` or `leadcore demo`."""

    code = "already_running"


class InterruptedStartError(RefusedError):
    """A signal came before everything was ready."""

    code = "interrupted"


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """Everything runs and is ready."""

    settings: Settings
    database: ReadyDatabase
    supervisor: Supervisor
    stop: asyncio.Event
    """Set by the first SIGINT or SIGTERM."""


def ports_of(settings: Settings) -> dict[str, int]:
    """Return the apps' ports by name."""
    return {
        "orchestrator": settings.orchestrator_port,
        "chat": settings.chat_port,
        "scheduler": settings.scheduler_port,
    }


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    environment: Mapping[str, str],
    report: Progress,
    beside: tuple[Member, ...] = (),
    beside_ports: Mapping[str, int] = _NONE,
) -> AsyncIterator[Stack]:
    """Start the database and the apps, with *beside* started first; leave to end all of them.

    Raises `PortTakenError`, `AlreadyRunningError`, `StartFailedError`, or what the database raises.
    """
    with claimed(Path(settings.data_dir)):
        require_free(settings.host, {**ports_of(settings), **beside_ports})
        supervisor = Supervisor(logs=Path(settings.data_dir) / "logs", report=report)
        stop = _stop_on_signal()
        try:
            for member in beside:
                supervisor.start(member)
            async with _database(settings, report, before_end=supervisor.stop) as database:
                settings = msgspec.structs.replace(settings, database_url=database.url)
                members = _apps(settings, {**environment, "DATABASE_URL": database.url})
                for member in members:
                    supervisor.start(member)
                try:
                    await _all_ready(supervisor, (*beside, *members), stop)
                except* RefusedError as troubles:
                    raise first_of(troubles) from None
                yield Stack(settings=settings, database=database, supervisor=supervisor, stop=stop)
        finally:
            await supervisor.stop()


@asynccontextmanager
async def _database(
    settings: Settings, report: Progress, *, before_end: Callable[[], Awaitable[None]]
) -> AsyncIterator[ReadyDatabase]:
    database = await asyncio.to_thread(prepare, settings, report)
    with guarded(settings.data_dir) if database.embedded else nullcontext():
        try:
            yield database
        finally:
            await before_end()
            await asyncio.to_thread(database.stop)


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold the folder for this process. Raises `AlreadyRunningError` when another one holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / "running.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    except BlockingIOError as cause:
        pid = os.read(handle, 32).decode().strip()
        raise AlreadyRunningError(
            f"leadcore already runs in {folder} (process {pid})",
            field="--data-dir",
            fix="stop it with Ctrl-C there, or use another folder and other ports",
        ) from cause
    finally:
        os.close(handle)


def is_claimed(folder: Path) -> bool:
    """Whether an `up` or `demo` runs in the folder now."""
    if not folder.exists():
        return False
    try:
        with claimed(folder):
            return False
    except AlreadyRunningError:
        return True


def _stop_on_signal() -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _all_ready(supervisor: Supervisor, members: tuple[Member, ...], stop: asyncio.Event) -> None:
    """Wait for all; the first trouble ends the wait. Raises `StartFailedError` or `InterruptedStartError`."""
    async with asyncio.TaskGroup() as group:
        ended = group.create_task(_interrupted(stop))
        waits = [group.create_task(supervisor.until_ready(each, within_s=_READY_WITHIN_S)) for each in members]
        await asyncio.wait(waits, return_when=asyncio.FIRST_EXCEPTION)
        ended.cancel()


def first_of(group: BaseExceptionGroup[RefusedError]) -> RefusedError:
    """Return one trouble of many: they have one cause more often than not."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, RefusedError)
    return found


async def _interrupted(stop: asyncio.Event) -> None:
    await stop.wait()
    raise InterruptedStartError("stopped before everything was ready")


def _apps(settings: Settings, environment: dict[str, str]) -> tuple[Member, ...]:
    program = (sys.executable, "-P", "-m", "leadcore_cli.main")
    given = _handed_on(settings)

    def member(name: str, words: tuple[str, ...], port: int) -> Member:
        async def ready() -> bool:
            return await answers_well(settings.host, port, "/readyz")

        return Member(name=name, command=(*program, *words), environment={**environment, **given}, ready=ready)

    return (
        member("orchestrator", ("serve", "orchestrator"), settings.orchestrator_port),
        member("chat", ("serve", "chat"), settings.chat_port),
        member("scheduler", ("scheduler",), settings.scheduler_port),
    )


def _handed_on(settings: Settings) -> dict[str, str]:
    """What the parent's flags may have changed, by environment variable; all else a child reads as its parent did."""
    return {
        "LEADCORE_ENVIRONMENT": settings.environment,
        "LEADCORE_DATA_DIR": settings.data_dir,
        "LEADCORE_HOST": settings.host,
        "LEADCORE_ORCHESTRATOR_PORT": str(settings.orchestrator_port),
        "LEADCORE_CHAT_PORT": str(settings.chat_port),
        "LEADCORE_SCHEDULER_PORT": str(settings.scheduler_port),
    }
