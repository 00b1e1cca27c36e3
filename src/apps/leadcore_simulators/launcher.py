"""Several uvicorn servers in one event loop, ended together by one signal."""

import asyncio
import contextlib
import importlib
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from msgspec import Struct

DEFAULT_PORTS = {
    "page": 4010,
    "shopmonkey": 4011,
    "twilio": 4012,
    "sendgrid": 4013,
    "anthropic": 4014,
    "openai": 4015,
    "hubspot": 4016,
    "shopware": 4017,
}
APPS = tuple(DEFAULT_PORTS)
# Other CRMs than the default one start only when they are named: a shop has one.
USUAL_APPS = tuple(name for name in APPS if name not in {"hubspot", "shopware"})
_MODULES = {
    "shopmonkey": "leadcore_simulators.shopmonkey.app",
    "twilio": "leadcore_simulators.twilio.app",
    "sendgrid": "leadcore_simulators.sendgrid.app",
    "anthropic": "leadcore_simulators.models.anthropic",
    "openai": "leadcore_simulators.models.openai",
    "hubspot": "leadcore_simulators.hubspot.app",
    "shopware": "leadcore_simulators.shopware.app",
}
_BACKLOG = 2048
_GRACE_S = 1
_READY_POLL_S = 0.01


class Launch(Struct, frozen=True, kw_only=True):
    """What to start: the ports name the apps, 0 is a free port."""

    data_dir: Path
    host: str
    ports: dict[str, int]
    seed: int


class _QuietServer(uvicorn.Server):
    """A server that leaves the process's signals alone: the launcher holds them for all of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(launch: Launch) -> int:
    """Serve until a signal; give the exit code (1: a port is taken or an app did not start)."""
    launch.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        sockets = {name: _bound(launch.host, port, name) for name, port in launch.ports.items()}
    except OSError as cause:
        sys.stderr.write(f"{cause}\n")
        return 1
    return asyncio.run(_serve(launch, sockets))


async def _serve(launch: Launch, sockets: dict[str, socket.socket]) -> int:
    ports = {name: int(one.getsockname()[1]) for name, one in sockets.items()}
    host = "127.0.0.1" if launch.host in {"", "0.0.0.0"} else launch.host  # noqa: S104 - compared, not bound
    addresses = {name: f"http://{host}:{port}" for name, port in ports.items()}
    servers = {name: _server(_app(name, launch, addresses)) for name in sockets}
    stop = _stop_event(servers)
    tasks = [asyncio.create_task(server.serve(sockets=[sockets[name]])) for name, server in servers.items()]
    while not all(server.started for server in servers.values()):
        if stop.is_set() or any(task.done() for task in tasks):
            break
        await asyncio.sleep(_READY_POLL_S)
    else:
        _announce(launch.data_dir, ports)
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    return 1 if any(isinstance(one, BaseException) for one in ended) else 0


def _app(name: str, launch: Launch, addresses: dict[str, str]) -> Any:
    if name == "page":
        page = importlib.import_module("leadcore_simulators.page.app")
        return page.create_app({other: url for other, url in addresses.items() if other != "page"})
    return importlib.import_module(_MODULES[name]).create_app(launch.data_dir, launch.seed)


def _server(app: Any) -> _QuietServer:
    settings = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_GRACE_S,
        backlog=_BACKLOG,
        lifespan="auto",
    )
    return _QuietServer(settings)


def _stop_event(servers: dict[str, _QuietServer]) -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end() -> None:
        stop.set()
        for server in servers.values():
            server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    return stop


def _bound(host: str, port: int, name: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # with the protocol named asyncio switches Nagle off; otherwise each answer waits 40 ms for an ACK
    one = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind((host, port))
    except OSError as cause:
        one.close()
        raise OSError(f"{name}: cannot listen on {host}:{port}: {cause.strerror}") from cause
    return one


def _announce(data_dir: Path, ports: dict[str, int]) -> None:
    """Tell the ports: in a file that is there whole or not at all, and as one line on stdout."""
    half = data_dir / "ports.json.new"
    half.write_bytes(msgspec.json.encode(ports))
    half.replace(data_dir / "ports.json")
    sys.stdout.write(msgspec.json.encode({"ready": True, "ports": ports}).decode() + os.linesep)
    sys.stdout.flush()
