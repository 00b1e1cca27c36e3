"""Ends the embedded database when the process that started it was killed and could not do it itself.

It sleeps on a pipe from that process: a line means "I have stopped it myself", an end without a line means that the
process is gone. Until then nothing of ours is loaded.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def guarded(data_dir: str) -> Iterator[None]:
    """Have a warden while the block runs; leaving the block, however, is not dying."""
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "leadcore_cli.warden", data_dir],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as warden:
        try:
            yield
        finally:
            warden.communicate(b"stopped\n")


def main() -> None:
    """Wait; then end the server unless that was done."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # Ctrl-C is meant for the one we wait for
        signal.signal(number, signal.SIG_IGN)
    if sys.stdin.readline():
        return

    from leadcore_runtime.database import join
    from leadcore_runtime.settings import Settings

    join(Settings(data_dir=sys.argv[1])).stop()


if __name__ == "__main__":
    main()
