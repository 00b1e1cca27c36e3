import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from leadcore.kernel.errors import InvalidInputError, RefusedError
from leadcore_cli.demo_place import DemoFolder, Ports, duration_of
from leadcore_cli.stack import AlreadyRunningError, claimed, is_claimed
from leadcore_cli.supervisor import Member, StartFailedError, Supervisor

_TETHER = Path(__file__).parents[3] / "src/apps/leadcore_cli/tether.py"
_PORTS = Ports(orchestrator=3000, chat=3001, scheduler=3002, simulators={"page": 4010})
_SLEEP = "import time; open({0!r}, 'w').close(); time.sleep(60)"
_STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); open({0!r}, 'w').close(); time.sleep(60)"


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[tuple[Supervisor, list[str]]]:
    told: list[str] = []
    supervisor = Supervisor(logs=tmp_path / "logs", report=told.append)
    yield supervisor, told
    await supervisor.stop()


def member(name: str, code: str, ready: Path) -> Member:
    async def is_ready() -> bool:
        return ready.exists()

    return Member(name=name, command=(sys.executable, "-c", code), environment=dict(os.environ), ready=is_ready)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.02)


def ended(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_a_process_that_dies_is_started_again_and_reported(
    supervisor: tuple[Supervisor, list[str]], tmp_path: Path
) -> None:
    watched, told = supervisor
    sleeper = member("sleeper", _SLEEP.format(str(tmp_path / "up")), tmp_path / "up")
    watched.start(sleeper)
    await watched.until_ready(sleeper, within_s=10)
    first = watched.pids["sleeper"]

    os.kill(first, signal.SIGKILL)

    await until(lambda: watched.pids.get("sleeper", first) != first)
    assert "sleeper ended (signal 9)" in told[0]


async def test_a_process_that_ends_while_starting_is_told_with_the_end_of_its_log(
    supervisor: tuple[Supervisor, list[str]], tmp_path: Path
) -> None:
    watched, _ = supervisor
    broken = member("broken", "raise SystemExit('the flux is off')", tmp_path / "never")
    watched.start(broken)

    with pytest.raises(StartFailedError) as failed:
        await watched.until_ready(broken, within_s=10)

    assert "the flux is off" in failed.value.message
    assert "broken.log" in str(failed.value.fix)


async def test_a_process_that_ignores_the_request_to_end_is_killed(
    supervisor: tuple[Supervisor, list[str]], tmp_path: Path
) -> None:
    watched, _ = supervisor
    stubborn = member("stubborn", _STUBBORN.format(str(tmp_path / "up")), tmp_path / "up")
    watched.start(stubborn)
    await watched.until_ready(stubborn, within_s=10)
    pid = watched.pids["stubborn"]

    async with asyncio.timeout(5):
        await watched.stop()

    assert ended(pid)


async def test_a_tethered_program_ends_with_its_parent_however_that_dies(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    sleeper = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    parent = (
        "import os, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-I', '-S', {str(_TETHER)!r}, str(os.getpid()),"
        f" sys.executable, '-c', {sleeper!r}])\n"
        "time.sleep(60)"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", parent)
    await until(lambda: note.exists() and note.read_text() != "")

    process.kill()
    await process.wait()

    await until(lambda: ended(int(note.read_text())))


def test_a_folder_is_used_by_one_deployment_at_a_time(tmp_path: Path) -> None:
    with claimed(tmp_path):
        with pytest.raises(AlreadyRunningError) as refused, claimed(tmp_path):
            pass
        held = is_claimed(tmp_path)

    assert held
    assert str(os.getpid()) in refused.value.message
    assert not is_claimed(tmp_path)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("3d", timedelta(days=3)), ("1d12h", timedelta(days=1, hours=12)), ("90m", timedelta(minutes=90))],
)
def test_a_duration_reads_as_people_write_it(text: str, meant: timedelta) -> None:
    assert duration_of(text) == meant


@pytest.mark.parametrize("text", ["", "3", "tomorrow", "-3d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        duration_of(text)


def test_a_folder_that_holds_no_demo_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear …")

    with pytest.raises(RefusedError):
        DemoFolder(tmp_path).reset()

    assert (tmp_path / "letters.txt").exists()


def test_a_demo_that_runs_is_not_removed(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "demo")
    folder.write_settings(_PORTS)

    with claimed(folder.path), pytest.raises(AlreadyRunningError):
        folder.reset()

    assert folder.settings_file.exists()


def test_a_demo_is_removed_when_it_is_begun_anew(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "demo")
    folder.write_settings(_PORTS)

    folder.reset()

    assert not folder.path.exists()
