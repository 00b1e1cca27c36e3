"""Several processes that live and die together: started, watched, restarted with growing pauses, and ended in time."""

import asyncio
import contextlib
import os
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import IO

import msgspec

from leadcore.kernel.errors import RefusedError
from leadcore_cli.terminal import Progress

_TETHER = Path(__file__).with_name("tether.py")
_LOG_LIMIT_BYTES = 10_000_000
_TAIL_LINES = 12
_POLL_S = 0.05
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _STEADY_S = 0.5, 30.0, 60.0
_GRACE_S = 3.0


class StartFailedError(RefusedError):
    """A process ended, or did not become ready, while everything was being started."""

    code = "start_failed"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A process to run. `ready` answers whether it works now."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    ready: Callable[[], Awaitable[bool]]


class Supervisor:
    """Owns the processes of one `leadcore up`. Their output goes to a file each, in *logs*."""

    def __init__(self, *, logs: Path, report: Progress) -> None:
        self._logs = logs
        self._report = report
        self._stopping = asyncio.Event()
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._was_ready: set[str] = set()

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run now, by name."""
        return {name: process.pid for name, process in self._processes.items() if process.returncode is None}

    def start(self, member: Member) -> None:
        """Run *member* from now on, again whenever it ends."""
        self._keepers[member.name] = asyncio.create_task(self._keep(member))

    async def until_ready(self, member: Member, *, within_s: float) -> None:
        """Wait until *member* works. Raises `StartFailedError` with the end of its log if it ends or is too slow."""
        deadline = monotonic() + within_s
        while not await member.ready():
            keeper = self._keepers[member.name]
            if keeper.done():
                raise StartFailedError(
                    f"{member.name} ended while starting:\n{self._tail(member.name)}", fix=self._see(member)
                )
            if monotonic() > deadline:
                raise StartFailedError(
                    f"{member.name} is not ready after {within_s:.0f} s:\n{self._tail(member.name)}",
                    fix=self._see(member),
                )
            await asyncio.sleep(_POLL_S)
        self._was_ready.add(member.name)

    async def stop(self) -> None:
        """End every process: asked first, killed after three seconds. Idempotent."""
        self._stopping.set()
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        keepers = list(self._keepers.values())
        if keepers:
            _, slow = await asyncio.wait(keepers, timeout=_GRACE_S)
            if slow:
                for process in self._processes.values():
                    with contextlib.suppress(ProcessLookupError):
                        process.kill()
                await asyncio.wait(slow)

    async def _keep(self, member: Member) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            began = monotonic()
            code = await self._run(member)
            if self._stopping.is_set() or member.name not in self._was_ready:
                return
            pause_s = _FIRST_PAUSE_S if monotonic() - began > _STEADY_S else min(pause_s * 2, _LONGEST_PAUSE_S)
            self._report(
                f"{member.name} ended ({_reason(code)}); starting it again in {pause_s:.0f} s ({self._see(member)})"
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_s)

    async def _run(self, member: Member) -> int:
        program = (sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *member.command)
        with self._log(member.name) as log:
            process = await asyncio.create_subprocess_exec(
                *program, env=member.environment, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._processes[member.name] = process
        if self._stopping.is_set():  # asked to stop between the decision to start and the start
            process.terminate()
        return await process.wait()

    def _log(self, name: str) -> IO[bytes]:
        self._logs.mkdir(parents=True, exist_ok=True)
        path = self._logs / f"{name}.log"
        if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
            path.rename(path.with_suffix(".log.1"))
        return path.open("ab")

    def _tail(self, name: str) -> str:
        with (self._logs / f"{name}.log").open("r", encoding="utf-8", errors="replace") as lines:
            return "".join(deque(lines, maxlen=_TAIL_LINES)).rstrip() or "(it said nothing)"

    def _see(self, member: Member) -> str:
        return f"see {self._logs / member.name}.log"


def _reason(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
