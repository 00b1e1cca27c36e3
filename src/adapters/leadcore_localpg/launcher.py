"""One server per data directory, shared by every process that opens it; the last one out stops it."""

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from leadcore_localpg import postmaster
from leadcore_localpg.binaries import Binaries, find_binaries, runnable_by
from leadcore_localpg.cluster import SUPERUSER, ensure_cluster, home_of, password_of
from leadcore_localpg.errors import LocalServerError
from leadcore_localpg.identity import server_user
from leadcore_localpg.postmaster import PortTakenError, Postmaster

Progress = Callable[[str], None]

_LOG_LIMIT_BYTES = 10_000_000
_PORTS_TO_TRY = 20


def start(
    data_dir: str | Path,
    *,
    port: int = 0,
    durable: bool = True,
    bin_dir: str | Path | None = None,
    progress: Progress | None = None,
) -> "RunningServer":
    """Join the server of *data_dir*, starting it (and creating its database) if it does not run.

    Blocks for about a second at first, otherwise for tenths; call it in a thread from async code. Port 0 means the
    port used last time, or a free one. `durable=False` may lose data in a crash and is for tests.

    Raises:
        LocalServerError: no programs, data of another version, no permission, or the server ended while starting.
    """
    server = RunningServer(
        _made(Path(data_dir)), port=port, durable=durable, bin_dir=bin_dir, progress=progress or _silent
    )
    server.ensure_running()
    return server


class RunningServer:
    """A share in the server of one data directory. Stop it once; also a context manager."""

    def __init__(
        self, data_dir: Path, *, port: int, durable: bool, bin_dir: str | Path | None, progress: Progress
    ) -> None:
        self.data_dir = data_dir
        self._wanted_port = port
        self._durable = durable
        self._progress = progress
        self._bin_dir = bin_dir
        self._share: int | None = None
        self._postmaster = Postmaster(pid=0, port=port)

    @property
    def pid(self) -> int:
        """Of the main process, as last seen."""
        return self._postmaster.pid

    @property
    def port(self) -> int:
        return self._postmaster.port

    @property
    def admin_url(self) -> str:
        """The superuser on the `postgres` database, over TCP on 127.0.0.1."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The superuser on *database*, which need not exist yet."""
        password = quote(password_of(self.data_dir), safe="")
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def ensure_running(self) -> bool:
        """Start the server if it has ended (killed, say), on its old port. True if it had to be started.

        Raises:
            LocalServerError: as `start`.
        """
        with _locked(self.data_dir):
            if self._share is None:
                self._share = _lock_file(self.data_dir / "users.lock")
                fcntl.flock(self._share, fcntl.LOCK_SH)
            try:
                return self._found_or_started()
            except BaseException:
                self._leave()
                raise

    def stop(self) -> None:
        """Give up the share; the last one stops the server, within 5 s. Idempotent."""
        if self._share is None:
            return
        with _locked(self.data_dir):
            try:
                fcntl.flock(self._share, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # others still use it
            else:
                running = postmaster.running_postmaster(home_of(self.data_dir) / "cluster")
                if running is not None:
                    postmaster.stop(running.pid)
            finally:
                self._leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _found_or_started(self) -> bool:
        home = home_of(self.data_dir)
        running = postmaster.running_postmaster(home / "cluster")
        if running is not None:
            if self._wanted_port not in (0, running.port):
                raise LocalServerError(
                    f"the server of {self.data_dir} already runs on port {running.port}, not {self._wanted_port}"
                )
            self._postmaster = running
            return False
        user = server_user(home / "cluster")
        binaries = runnable_by(user, find_binaries(self._bin_dir), home=home)
        if not (home / "cluster").exists():
            self._progress(f"creating a PostgreSQL {binaries.version} database in {home}")
        password = password_of(self.data_dir)
        cluster = ensure_cluster(home, binaries=binaries, user=user, password=password, durable=self._durable)
        self._progress(f"starting PostgreSQL {binaries.version}")
        self._postmaster = self._launched(cluster, binaries)
        _remember(self.data_dir, self._postmaster.port)
        return True

    def _launched(self, cluster: Path, binaries: Binaries) -> Postmaster:
        log = _fresh_log(self.data_dir / "server.log")
        for port in _ports(self.data_dir, wanted=self._postmaster.port or self._wanted_port):
            try:
                return postmaster.launch(
                    cluster, binaries=binaries, user=server_user(cluster), port=port, log=log, durable=self._durable
                )
            except PortTakenError:
                if self._wanted_port:
                    raise
        raise LocalServerError(f"found no free port on 127.0.0.1 in {_PORTS_TO_TRY} attempts")

    def _leave(self) -> None:
        if self._share is not None:
            os.close(self._share)
            self._share = None


def _made(data_dir: Path) -> Path:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise LocalServerError(f"cannot create the data directory {data_dir}: {cause.strerror}") from cause
    return data_dir.resolve()


@contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    """One process at a time looks, starts or stops. The kernel frees the lock of a process that was killed."""
    handle = _lock_file(data_dir / "start.lock")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _lock_file(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as cause:
        raise LocalServerError(f"{path.parent} belongs to another user: run as that user, or choose another") from cause


def _ports(data_dir: Path, *, wanted: int) -> Iterator[int]:
    if wanted:
        yield wanted
    note = data_dir / "port"
    if note.exists():
        yield int(note.read_text("ascii"))
    for _ in range(_PORTS_TO_TRY):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            free = int(probe.getsockname()[1])
        yield free


def _remember(data_dir: Path, port: int) -> None:
    partial = data_dir / "port.partial"
    partial.write_text(str(port), "ascii")
    partial.rename(data_dir / "port")


def _fresh_log(log: Path) -> Path:
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.rename(log.with_suffix(".log.1"))
    return log


def _silent(_line: str) -> None:
    return
