"""Database servers whose data folders are copied and put back, and a process that sends from them."""

import asyncio
import os
import shutil
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil

from leadcore.flows.release_hold import Released, release_hold
from leadcore.flows.touch import decide_touch
from leadcore.messaging.policies.witnesses import WITNESSES, Witness
from leadcore.ports.storage import DueItem, WorkKind
from leadcore_localpg import RunningServer, start
from leadcore_runtime.composition import OpenContainer
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.sending import Sender
from leadcore_runtime.settings import Settings
from leadcore_runtime.watching import Watch
from leadcore_runtime.witness_file import WitnessFile
from tests.chaos.shop import Shop
from tests.chaos.witness import MARK
from tests.e2e.system import VAULT_KEY

DATABASE = "leadcore_restore"
PASSWORD = "restore"
BIN_DIR = os.environ.get("LEADCORE_TEST_PG_BIN")
_KINDS: tuple[WorkKind, ...] = ("touch", "message")
_AT_A_TIME = 32
_tick = threading.Event()


class Process:
    """What a scheduler is made of, step by step: its watch, and the sending of what is due."""

    def __init__(self, opened: OpenContainer, *, note: Path, deployment_id: str, heeded: frozenset[Witness]) -> None:
        self.seams = opened.seams
        self.deployment = opened.seams.store.deployment
        self.id = deployment_id
        self.watch = Watch(
            seams=opened.seams, metrics=Metrics(), file=WitnessFile(note), deployment_id=deployment_id, heeded=heeded,
            monotonic=lambda: 0.0,
        )  # fmt: skip
        sender = Sender(seams=opened.seams, metrics=Metrics())
        self._verbs: dict[str, Any] = {"touch": partial(decide_touch, opened.seams), "message": sender.send}

    async def work(self, *, at_most: int = 10**9) -> None:
        """Decide what is due, and send up to *at_most* messages."""
        for kind in _KINDS:
            left = at_most if kind == "message" else 10**9
            while items := await self.seams.store.due.claim(
                (kind,), limit=min(left, _AT_A_TIME), lease_s=60, worker="restoring"
            ):
                await asyncio.gather(*(self._perform(item) for item in items))
                left -= len(items)
                if left <= 0:
                    break

    async def pass_time(self, seconds: float) -> None:
        """Move the deployment's clock: what was put off is due again."""
        offset_s = (await self.deployment.state()).clock_offset_s
        await self.deployment.set_clock_offset(offset_s + seconds)

    async def release(self) -> Released:
        """What `leadcore hold release` does."""
        return await release_hold(self.seams, deployment_id=self.id, because="reconciled", name="pat")

    async def _perform(self, item: DueItem) -> None:
        await self._verbs[item.kind](item)


class Machine:
    """A data folder with a database server on it. `note` is where its process keeps its witness note.

    Only a *durable* one may be killed; the others are stopped before they are copied.
    """

    def __init__(self, folder: Path, *, note: Path | None = None, durable: bool = False) -> None:
        self.folder = folder
        self.durable = durable
        self.note = note or folder.with_name(f"{folder.name}.witness.json")
        self._server: RunningServer | None = None

    @property
    def server(self) -> RunningServer:
        assert self._server is not None, "it does not run"
        return self._server

    @property
    def url(self) -> str:
        where = self.server.url_of(DATABASE).rpartition("@")[2]
        return f"postgresql://leadcore_app:{PASSWORD}@{where}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Machine"]:
        """Start its server; stop it in the end."""
        self._server = await asyncio.to_thread(partial(start, self.folder, durable=self.durable, bin_dir=BIN_DIR))
        try:
            await self._recovered()
            yield self
        finally:
            await asyncio.to_thread(self._server.stop)

    @asynccontextmanager
    async def process(
        self, *, deployment_id: str = "shop", heeded: frozenset[Witness] = WITNESSES
    ) -> AsyncIterator[Process]:
        """A process that works on it."""
        settings = Settings(
            environment="test", database_url=self.url, vault_key=VAULT_KEY, data_dir=str(self.note.parent),
            settle_window_s=60, database_pool=10,
        )  # fmt: skip
        async with OpenContainer(settings) as opened:
            yield Process(opened, note=self.note, deployment_id=deployment_id, heeded=heeded)

    def copy_to(self, folder: Path) -> None:
        """Copy the folder of the stopped server, owners included, over whatever is there."""
        assert self._server is None or not _is_alive(self._server.pid), "copied while it runs"
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["cp", "-a", str(self.folder), str(folder)], check=True)
        (folder / "port").unlink(missing_ok=True)

    def to_recover(self) -> None:
        """Let the next start be that of a restored base backup: recovery to the end of its log, then a new timeline."""
        cluster = self.folder / "cluster"
        owner = cluster.stat()
        (cluster / "recovery.signal").touch()
        os.chown(cluster / "recovery.signal", owner.st_uid, owner.st_gid)
        with (cluster / "postgresql.auto.conf").open("a") as settings:
            settings.write("restore_command = 'false'\n")

    def kill(self) -> None:
        """Kill -9 the server and all its processes."""
        main = psutil.Process(self.server.pid)
        doomed = [main, *main.children(recursive=True)]
        for process in doomed:
            process.send_signal(signal.SIGKILL)
        psutil.wait_procs(doomed, timeout=10)

    async def _recovered(self) -> None:
        """Wait until it takes writes: a server that recovers from a base backup answers before."""
        connection = await asyncpg.connect(self.server.admin_url)
        while await connection.fetchval("SELECT pg_is_in_recovery()"):
            await asyncio.to_thread(_tick.wait, 0.05)
        await connection.close()

    async def execute(self, statement: str) -> None:
        """Run one statement as the superuser."""
        connection = await asyncpg.connect(self.server.url_of(DATABASE), server_settings={"search_path": "leadcore"})
        await connection.execute(statement)
        await connection.close()


class CarrierLog:
    """The simulated carrier's own log: what really left."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self._http = http

    async def taken(self) -> Counter[str]:
        """How often a message with each mark was taken."""
        answer = await self._http.get(f"{self.url}/_sim/log", params={"op": "create_message"})
        bodies: Iterable[str] = (entry["fields"]["Body"] for entry in answer.raise_for_status().json()["entries"])
        return Counter(found[0] for body in bodies if (found := MARK.search(body)))


async def open_shop(process: Process, twilio: str, *, touches: int) -> set[str]:
    """Put a shop with that many due touches into the process's database; return their marks."""
    shop = Shop(process.seams.store)  # type: ignore[arg-type]  # the container's store is PostgreSQL's
    await shop.open(twilio=twilio)
    return set(await shop.due_touches(touches))


def _is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
