"""The server's main process: found by its pid file, started detached, stopped within a bound."""

import os
import signal
import subprocess
import time
from pathlib import Path

import msgspec

from leadcore_localpg.binaries import Binaries
from leadcore_localpg.errors import LocalServerError
from leadcore_localpg.identity import ServerUser

_READY_S = 300.0  # recovery after a crash may take a while
_FAST_STOP_S = 3.5
_POLL_S = 0.01
# What a start right after a kill -9 may meet, and what waiting mends.
_PASSING = ("pre-existing shared memory block", "is still in use")
_PORT_TAKEN = "could not bind"

_ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # no socket file, so no limit on the length of its path
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "logging_collector": "off",
}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class PortTakenError(LocalServerError):
    """Somebody else listens on the port; another one may be tried."""


class Postmaster(msgspec.Struct, frozen=True, kw_only=True):
    """A live, ready server process."""

    pid: int
    port: int


def running_postmaster(cluster: Path) -> Postmaster | None:
    """The live server of *cluster*, once it is ready; None if there is none.

    A pid file is removed when its number belongs to some other program by now (after a reboot, in a fresh container)
    or to a zombie: PostgreSQL would take either for a live server and refuse to start. It still refuses, by its
    shared memory, while a child of the dead one works on the same files.
    """
    deadline = time.monotonic() + _READY_S
    while (lines := _pid_file(cluster)) and (pid := int(lines[0])):
        if not _alive(pid) or not _is_postmaster_of(cluster, pid):
            (cluster / "postmaster.pid").unlink(missing_ok=True)
            return None
        if _ready(lines):
            return Postmaster(pid=pid, port=int(lines[3]))
        if time.monotonic() > deadline:
            raise LocalServerError(f"the PostgreSQL process {pid} has not become ready in {_READY_S:.0f} s")
        time.sleep(_POLL_S)
    return None


def launch(cluster: Path, *, binaries: Binaries, user: ServerUser, port: int, log: Path, durable: bool) -> Postmaster:
    """Start the server detached from us and wait until it accepts connections.

    Raises:
        PortTakenError: somebody else has the port.
        LocalServerError: it ended again; the message carries the end of its log.
    """
    settings = _ALWAYS | {"port": str(port)} | ({} if durable else _FORGETFUL)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [str(binaries.folder / "postgres"), "-D", str(cluster), *options]
    deadline = time.monotonic() + _READY_S
    while True:
        said_before = log.stat().st_size if log.exists() else 0
        pid = _spawn(command, user=user, log=log)
        try:
            if _becomes_ready(cluster, pid, deadline=deadline):
                return Postmaster(pid=pid, port=port)
        except BaseException:  # an interrupt, say: a server nobody asked for any more would stay behind
            stop(pid)
            raise
        said = _said_since(log, said_before)
        if _PORT_TAKEN in said:
            raise PortTakenError(f"port {port} is taken")
        # Somebody who was killed while starting one may have left it on its way up.
        if other := running_postmaster(cluster):
            return other
        if not any(sign in said for sign in _PASSING) or time.monotonic() > deadline:
            raise LocalServerError(f"PostgreSQL ended while starting:\n{said.strip()}")
        time.sleep(_POLL_S * 10)


def stop(pid: int) -> None:
    """Fast shutdown; after 3.5 s an immediate one (recovery then runs at the next start); returns when it is gone."""
    for sign, patience_s in ((signal.SIGINT, _FAST_STOP_S), (signal.SIGQUIT, 0.7), (signal.SIGKILL, 5.0)):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience_s
        while _alive(pid) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        if not _alive(pid):
            return
    raise LocalServerError(f"the PostgreSQL process {pid} does not end")


def _becomes_ready(cluster: Path, pid: int, *, deadline: float) -> bool:
    """False when it ends before."""
    while _alive(pid):
        lines = _pid_file(cluster)
        if lines and int(lines[0]) == pid and _ready(lines):
            return True
        if time.monotonic() > deadline:
            raise LocalServerError(f"PostgreSQL has not become ready in {_READY_S:.0f} s")
        time.sleep(_POLL_S)
    return False


def _spawn(command: list[str], *, user: ServerUser, log: Path) -> int:
    # The shell leaves at once, so the server is nobody's child: it outlives us and leaves no zombie of ours.
    detach = ["/bin/sh", "-c", '"$@" </dev/null >&2 & echo $!', "sh", *command]
    with log.open("ab") as log_file:
        shell = subprocess.run(
            detach, check=True, stdout=subprocess.PIPE, stderr=log_file, start_new_session=True, **user.options
        )
    return int(shell.stdout)


def _pid_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []


def _ready(lines: list[str]) -> bool:
    return len(lines) > 7 and lines[7].strip() == "ready"  # noqa: PLR2004  the file's eighth line is the status


def _alive(pid: int) -> bool:
    """Not a zombie: where nothing reaps orphans, a dead server would seem to live on."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process is a live one
        return True
    return not _process(pid, "state").startswith("Z")


def _is_postmaster_of(cluster: Path, pid: int) -> bool:
    words = _process(pid, "args")
    return "postgres" in words and str(cluster) in words


def _process(pid: int, column: str) -> str:
    proc = Path("/proc") / str(pid)
    try:
        if column == "args":
            return (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        return (proc / "stat").read_text("utf-8", "replace").rpartition(")")[2].strip()
    except OSError:
        if Path("/proc/self").exists():
            return ""
    ps = ["ps", "-ww", "-o", f"{column}=", "-p", str(pid)]
    return subprocess.run(ps, check=False, capture_output=True, text=True).stdout.strip()


def _said_since(log: Path, position: int) -> str:
    with log.open("rb") as file:
        file.seek(position)
        return file.read().decode("utf-8", "replace")[-4000:]
