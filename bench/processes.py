"""Starting what is measured, and reading what it cost."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], *, env: Mapping[str, str], ready: str, log: Path) -> Iterator[int]:
    """Run *command* until the block ends; yield its pid once *ready* (an address) answers anything."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env={**os.environ, **env}, stdout=output, stderr=subprocess.STDOUT)
        try:
            _await(ready, process, log)
            yield process.pid
        finally:
            process.terminate()
            process.wait(timeout=20)


def cpu_s(pid: int, *, with_children: bool = False) -> float:
    """Return the CPU seconds that a process has used, with all it has started if wanted."""
    own = _times(pid)
    if with_children:
        own += sum(_times(child) for child in _children(pid))
    return own


def _await(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"it ended before it was ready:\n{log.read_text()[-2000:]}")
        try:
            urllib.request.urlopen(address, timeout=1).close()  # noqa: S310
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{address} did not answer within a minute")


def _times(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / _TICKS


def _children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if int(parent) == pid:
                found.append(int(folder.name))
    return found
