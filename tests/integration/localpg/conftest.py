import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.conftest import scratch_folder

_HOLD_A_SHARE = """
import sys
from leadcore_localpg import start
server = start(sys.argv[1])
print(server.pid, flush=True)
sys.stdin.read()
server.stop()
"""


class OtherProcess:
    """Another process with a share in the same server, until it is told to leave or is killed."""

    def __init__(self, data_dir: Path) -> None:
        roots = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _HOLD_A_SHARE, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": roots},
        )

    def server_pid(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def leave(self) -> None:
        self._process.communicate("")
        assert self._process.returncode == 0

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()


@pytest.fixture
def data_dir() -> Generator[Path]:
    with scratch_folder("leadcore-localpg-") as folder:
        yield folder / "data with a space"


@pytest.fixture
def closed_data_dir() -> Generator[Path]:
    """Below a folder that only we may enter, as a project below /root is."""
    with scratch_folder("leadcore-closed-") as folder:
        folder.chmod(0o700)
        data_dir = folder / "data"
        yield data_dir
        note = data_dir / "cluster-location"
        if note.exists():
            shutil.rmtree(note.read_text().strip())


@pytest.fixture
def other_process(data_dir: Path) -> Generator[Callable[[], OtherProcess]]:
    started: list[OtherProcess] = []

    def begin() -> OtherProcess:
        started.append(OtherProcess(data_dir))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
