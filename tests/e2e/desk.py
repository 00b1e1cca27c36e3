"""Where an operator sits: `leadcore` command lines one after the other, in one process that has loaded everything.

A process of its own for each costs seconds of loading; that one works is shown by `System.leadcore`, and by the tests
of the command line.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import msgspec

_PATIENCE_S = 180.0
_RUN = """
import contextlib, io, json, sys, traceback
from leadcore_cli.main import run
answers = sys.stdout
for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = run(json.loads(line))
        except BaseException:
            traceback.print_exc()
            code = 70
    print(json.dumps({"code": code, "out": out.getvalue(), "err": err.getvalue()}), file=answers, flush=True)
"""


class Answer(msgspec.Struct, frozen=True):
    """What a command line came to."""

    code: int
    out: str
    err: str


class Desk:
    """Opened by the first command; `close` ends it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None
        self._turn = asyncio.Lock()

    async def run(self, *words: str) -> Answer:
        """Run one command line to its end."""
        async with self._turn:
            process = self._process or self._opened()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(words) + "\n")
            process.stdin.flush()
            line = await asyncio.wait_for(asyncio.to_thread(process.stdout.readline), _PATIENCE_S)
        assert line, f"the desk is closed: {(self._folder / 'desk.log').read_text()[-3000:]}"
        return msgspec.json.decode(line, type=Answer)

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            await asyncio.to_thread(process.communicate)

    def _opened(self) -> subprocess.Popen[str]:
        with (self._folder / "desk.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _RUN],
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self._process
