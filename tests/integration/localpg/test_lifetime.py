import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import psutil
import pytest

from leadcore_localpg import LocalServerError, start
from tests.integration.localpg.conftest import OtherProcess

pytestmark = pytest.mark.postgres


async def _answers(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval("SELECT true"))
    finally:
        await connection.close()


async def test_rows_are_still_there_after_a_restart_on_the_same_port(data_dir: Path) -> None:
    with start(data_dir) as server:
        connection = await asyncpg.connect(server.admin_url)
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
        await connection.close()

    with start(data_dir) as again:
        connection = await asyncpg.connect(again.admin_url)
        value = await connection.fetchval("SELECT value FROM kept")
        await connection.close()

    assert value == 42
    assert again.port == server.port


async def test_the_server_is_durable_unless_asked_otherwise(data_dir: Path) -> None:
    with start(data_dir) as server:
        connection = await asyncpg.connect(server.admin_url)
        settings = [await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
        await connection.close()

    assert settings == ["on", "on"]


def test_stopping_ends_the_server_within_five_seconds_and_twice_is_once(data_dir: Path) -> None:
    server = start(data_dir, durable=False)
    begun = time.monotonic()

    server.stop()
    server.stop()

    assert time.monotonic() - begun < 5
    assert not psutil.pid_exists(server.pid) or psutil.Process(server.pid).status() == psutil.STATUS_ZOMBIE


async def test_an_open_transaction_does_not_hold_up_the_stop(data_dir: Path) -> None:
    server = start(data_dir, durable=False)
    connection = await asyncpg.connect(server.admin_url)
    await connection.execute("BEGIN")
    begun = time.monotonic()

    server.stop()

    assert time.monotonic() - begun < 5
    connection.terminate()


async def test_the_last_process_to_leave_stops_the_server(
    data_dir: Path, other_process: Callable[[], OtherProcess]
) -> None:
    server = start(data_dir, durable=False)
    other = other_process()
    shared_pid = other.server_pid()

    server.stop()
    answered = await _answers(server.admin_url)
    other.leave()

    assert shared_pid == server.pid
    assert answered
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncpg.connect(server.admin_url)


async def test_the_server_of_a_killed_process_is_joined_and_then_stopped(
    data_dir: Path, other_process: Callable[[], OtherProcess]
) -> None:
    other = other_process()
    orphaned_pid = other.server_pid()
    other.kill()

    with start(data_dir) as server:
        answered = await _answers(server.admin_url)

    assert server.pid == orphaned_pid
    assert answered
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncpg.connect(server.admin_url)


def test_processes_that_start_together_share_one_server(
    data_dir: Path, other_process: Callable[[], OtherProcess]
) -> None:
    together = [other_process() for _ in range(4)]

    pids = {process.server_pid() for process in together}

    for process in together:
        process.leave()
    assert len(pids) == 1


async def test_a_port_that_was_taken_meanwhile_is_replaced(data_dir: Path) -> None:
    with start(data_dir, durable=False) as server:
        first_port = server.port

    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", first_port))
        squatter.listen()
        with start(data_dir, durable=False) as server:
            answered = await _answers(server.admin_url)

    assert answered
    assert server.port != first_port


def test_another_port_than_that_of_the_running_server_is_refused(data_dir: Path) -> None:
    with start(data_dir, durable=False) as server, pytest.raises(LocalServerError, match=f"port {server.port}"):
        start(data_dir, port=server.port - 1)


async def test_only_the_password_opens_the_server_and_only_we_can_read_it(data_dir: Path) -> None:
    with start(data_dir, durable=False) as server:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.admin_url, password="guessed")
        mode = (data_dir / "password").stat().st_mode & 0o777

    assert mode == 0o600
    assert (data_dir / "password").stat().st_uid == os.geteuid()
