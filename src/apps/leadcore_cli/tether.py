"""Ties a program to the process that starts it: when that one dies, whatever the way, the program is told to end.

Run as a file by a bare interpreter (`python -I -S tether.py PARENT PROGRAM …`), so it imports nothing of ours: it
becomes the program within milliseconds.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the program named on the command line, unless the parent is gone already."""
    parent, *program = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 - the very purpose: no shell, the arguments as they are


if __name__ == "__main__":
    main()
