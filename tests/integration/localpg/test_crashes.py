import asyncio
import os
import signal
from pathlib import Path

import asyncpg
import psutil
import pytest

from leadcore_localpg import LocalServerError, RunningServer, start

pytestmark = [pytest.mark.postgres, pytest.mark.chaos]


async def _commit_until_it_breaks(url: str, *, acknowledged: list[int], enough: asyncio.Event) -> None:
    connection = await asyncpg.connect(url)
    number = 0
    try:
        while True:
            await connection.execute("INSERT INTO kept VALUES ($1)", number)
            acknowledged.append(number)
            number += 1
            if number == 300:
                enough.set()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        connection.terminate()


def _kill(server: RunningServer, *, children_too: bool) -> None:
    postmaster = psutil.Process(server.pid)
    doomed = [postmaster, *(postmaster.children(recursive=True) if children_too else [])]
    for process in doomed:
        process.kill()
    psutil.wait_procs(doomed, timeout=10)


@pytest.mark.parametrize("children_too", [True, False], ids=["with its children", "alone"])
async def test_acknowledged_rows_survive_kill_9_of_the_server(data_dir: Path, *, children_too: bool) -> None:
    acknowledged: list[int] = []
    enough = asyncio.Event()
    with start(data_dir) as server:
        setup = await asyncpg.connect(server.admin_url)
        await setup.execute("CREATE TABLE kept (number int)")
        await setup.close()
        writer = asyncio.create_task(
            _commit_until_it_breaks(server.admin_url, acknowledged=acknowledged, enough=enough)
        )
        await enough.wait()

        _kill(server, children_too=children_too)
        await asyncio.to_thread(server.ensure_running)

        await writer
        connection = await asyncpg.connect(server.admin_url)
        kept = {row["number"] for row in await connection.fetch("SELECT number FROM kept")}
        await connection.close()

    assert set(acknowledged) <= kept


def test_a_revived_server_keeps_its_port(data_dir: Path) -> None:
    with start(data_dir, durable=False) as server:
        port = server.port
        _kill(server, children_too=True)

        started = server.ensure_running()
        started_again = server.ensure_running()

        assert (started, started_again) == (True, False)
        assert server.port == port


def test_a_pid_file_that_names_another_program_does_not_stand_in_the_way(data_dir: Path) -> None:
    with start(data_dir, durable=False) as server:
        cluster = server.data_dir / "cluster"
        _kill(server, children_too=True)
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        (cluster / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

        assert server.ensure_running()


def test_a_creation_that_was_cut_short_is_begun_anew(data_dir: Path) -> None:
    (data_dir / "cluster.partial").mkdir(parents=True)
    (data_dir / "cluster.partial" / "PG_VERSION").write_text("18\n")

    with start(data_dir, durable=False) as server:
        assert server.pid


def test_a_server_that_ignores_the_polite_signal_is_stopped_all_the_same(data_dir: Path) -> None:
    server = start(data_dir, durable=False)
    os.kill(server.pid, signal.SIGSTOP)

    server.stop()

    assert not psutil.pid_exists(server.pid) or psutil.Process(server.pid).status() == psutil.STATUS_ZOMBIE


def test_the_log_explains_a_server_that_cannot_start(data_dir: Path) -> None:
    start(data_dir, durable=False).stop()
    with (data_dir / "cluster" / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")

    with pytest.raises(LocalServerError, match="no_such_setting"):
        start(data_dir, durable=False)
