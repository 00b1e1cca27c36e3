"""Many schedulers beside the other processes; whichever dies is started again, as a supervisor would."""

import asyncio
import json
import os
import random
import signal
import threading
from collections import Counter
from pathlib import Path

from tests.e2e.system import System, free_ports

_ROOT = Path(__file__).parents[2]
_tick = threading.Event()
PROGRAM: tuple[str, ...] = ("-m", "leadcore_cli.main", "scheduler")


class Fleet(System):
    """A `System` whose schedulers are numbered. Programs other than the real scheduler are negative controls."""

    def __init__(self, folder: Path, *, database_url: str, **settings: str) -> None:
        super().__init__(folder, database_url=database_url, **settings)
        roots = (_ROOT, _ROOT / "src", _ROOT / "src/adapters", _ROOT / "src/apps")
        self.environment |= {"PYTHONPATH": os.pathsep.join(str(root) for root in roots), "PYTHONSAFEPATH": "1"}
        self._ports: dict[str, int] = {}
        self._program = PROGRAM
        self.kills = 0
        self.pauses = 0

    async def muster(self, count: int, *, program: tuple[str, ...] = PROGRAM) -> None:
        """Start *count* schedulers."""
        self._program = program
        for number, port in enumerate(free_ports(count)):
            self._ports[f"scheduler-{number}"] = port
        self.revive()

    def revive(self) -> int:
        """Start what has died; return how many had."""
        dead = [name for name in self._ports if name not in self.processes or self.processes[name].poll() is not None]
        for name in dead:
            port = ("--port", str(self._ports[name])) if self._program == PROGRAM else ()
            self._spawn(name, [*self._program, *port])
        return len(dead)

    def kill_one(self, luck: random.Random) -> None:
        """Kill -9 one of the schedulers that live."""
        alive = [name for name in sorted(self._ports) if self.processes[name].poll() is None]
        if alive:
            victim = self.processes[luck.choice(alive)]
            victim.kill()
            victim.wait()
            self.kills += 1

    def stop_one(self, luck: random.Random) -> None:
        """SIGSTOP one of the schedulers that live, for longer than its lease and its permit; then it goes on."""
        alive = [name for name in sorted(self._ports) if self.processes[name].poll() is None]
        if alive:
            victim = self.processes[luck.choice(alive)]
            victim.send_signal(signal.SIGSTOP)
            asyncio.get_running_loop().call_later(luck.uniform(2.5, 6), victim.send_signal, signal.SIGCONT)
            self.pauses += 1

    def errors(self) -> dict[str, int]:
        """What the apps logged as errors, counted by event and type."""
        found: Counter[str] = Counter()
        for path in self.folder.glob("*.log"):
            for line in path.read_text().splitlines():
                if '"level": "error"' in line and line.startswith("{"):
                    entry = json.loads(line)
                    found[f"{entry['event']} {entry.get('error_type', '')} {entry.get('where', '')}"] += 1
        return dict(found)

    async def disband(self) -> None:
        """End all schedulers, politely."""
        names, self._ports = list(self._ports), {}
        for name in names:
            self.processes[name].terminate()
        for name in names:
            await self.end(name)


def kill_database(pid: int) -> None:
    """Kill -9 the postmaster; its children notice and end by themselves."""
    os.kill(pid, signal.SIGKILL)


async def pause(seconds: float) -> None:
    """Let other processes work between two looks; nothing is asserted on it."""
    await asyncio.to_thread(_tick.wait, seconds)
