"""Durable webhooks per second: ours (the whole real path) beside a minimal Fastify + pg handler, in one run.

Ours looks up the connection, checks the signature, works out the dedupe key, stores the row, arms its application and
commits; theirs checks, parses, inserts and commits. Same PostgreSQL, durable commits, same client. Nothing is asserted:
compare the ratios, absolute figures are this machine's. `python bench/ingest.py --help`.
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import asyncpg
import msgspec
from load import Load, fire
from processes import cpu_s, free_port, running

from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.tenants.model import Tenant
from leadcore_localpg import RunningServer, start
from leadcore_postgres.migration import migrate
from leadcore_postgres.store import PostgresStore
from leadcore_runtime.adapters import sealed_connection
from leadcore_runtime.container import open_vault
from leadcore_runtime.identity import TimeOrderedIds
from leadcore_runtime.registry import plugin
from leadcore_runtime.settings import Settings

_PEER = Path(__file__).parent / "ingest_peer"
_KEY = b"a secret of thirty-two bytes, ok"
_SECRET = "whsec_" + base64.b64encode(_KEY).decode()
_VAULT_KEY = base64.urlsafe_b64encode(bytes(32)).decode()
_TABLE = """CREATE TABLE IF NOT EXISTS public.peer_inbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dedupe_key text NOT NULL, source text NOT NULL, entity_key text, received_at timestamptz NOT NULL,
    body bytea NOT NULL, UNIQUE (source, dedupe_key))"""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table."""

    server: str
    connections: int
    per_second: float
    p50_ms: float
    p99_ms: float
    server_us: float
    database_us: float
    refused: int


def main() -> int:
    """Measure and print the table with its ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured, in turn; medians are shown")
    parser.add_argument("--connections", default="4,32,128", help="how many at once, comma separated")
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    chosen = parser.parse_args()
    widths = [int(each) for each in chosen.connections.split(",")]
    _install_peer()
    with _database() as (server, postmaster, url, connection), ExitStack() as stack:
        path = f"/hooks/{connection}"
        sides = [(name, *stack.enter_context(serving())) for name, serving in _servers(server, url)]
        for name, _, port in sides:
            fire(port, _requests(path, f"{name}-warm"), connections=8, seconds=1.0)
        # in turn, so that a busy neighbour on this machine disturbs all of them alike
        turns = [(width, turn, side) for turn in range(chosen.rounds) for width in widths for side in sides]
        measured: dict[tuple[str, int], list[Row]] = {}
        for width, turn, (name, pid, port) in turns:
            requests = _requests(path, f"{name}-{width}-{turn}")
            row = _measured(name, pid, postmaster, port, requests, width=width, seconds=chosen.seconds)
            measured.setdefault((name, width), []).append(row)
            print(f"  {name} at {width}: {row.per_second:,.0f}/s", file=sys.stderr)
        rows = [_median(measured[name, width]) for name, _, _ in sides for width in widths]
    print(msgspec.json.encode(rows).decode() if chosen.json else _table(rows, widths))
    return 0


def _measured(
    name: str, pid: int, postmaster: int, port: int, requests: Callable[[], bytes], *, width: int, seconds: float
) -> Row:
    before = cpu_s(pid), cpu_s(postmaster, with_children=True)
    load: Load = fire(port, requests, connections=width, seconds=seconds)
    used = cpu_s(pid) - before[0], cpu_s(postmaster, with_children=True) - before[1]
    done = max(load.statuses.get(200, 0), 1)
    return Row(
        server=name, connections=width, per_second=load.per_second, p50_ms=load.percentile(0.5),
        p99_ms=load.percentile(0.99), server_us=used[0] / done * 1e6, database_us=used[1] / done * 1e6,
        refused=sum(load.statuses.values()) - load.statuses.get(200, 0),
    )  # fmt: skip


def _median(rows: list[Row]) -> Row:
    """Return the middle of every figure; refusals are summed."""
    figures = ("per_second", "p50_ms", "p99_ms", "server_us", "database_us")
    middle = {name: statistics.median(getattr(row, name) for row in rows) for name in figures}
    return msgspec.structs.replace(rows[0], refused=sum(row.refused for row in rows), **middle)


def _requests(path: str, mark: str) -> Callable[[], bytes]:
    """Return what makes signed webhooks, each of its own id."""
    numbers = itertools.count()
    at = str(int(time.time()))

    def make() -> bytes:
        wire_id = f"{mark}-{next(numbers)}"
        body = (
            b'{"apiVersion":"3","operation":"UPDATE","table":"order","data":{"id":"%s","status":"Estimate",'
            % (wire_id.encode())
            + b'"workflowStatusId":"ws1","customerId":"c1","updatedDate":"2026-11-22T15:00:00.000Z"},"diff":["status"]}'
        )
        mac = hmac.digest(_KEY, f"{wire_id}.{at}.".encode() + body, hashlib.sha256)
        head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            f"user-agent: Shopmonkey (+https://shopmonkey.io)\r\nwebhook-id: {wire_id}\r\nwebhook-timestamp: {at}\r\n"
            f"webhook-signature: v1,{base64.b64encode(mac).decode()}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    return make


Served = AbstractContextManager[tuple[int, int]]
Serving = Callable[[], Served]


def _servers(server: RunningServer, url: str) -> list[tuple[str, Serving]]:
    def ours() -> Served:
        env = {"DATABASE_URL": url, "LEADCORE_VAULT_KEY": _VAULT_KEY, "LOG_LEVEL": "WARNING"}
        command = [sys.executable, "-m", "leadcore_cli", "serve", "orchestrator"]
        return _served(lambda port: [*command, "--port", str(port)], env, "/livez")

    def peer(prepared: str) -> Serving:
        env = {"DATABASE_URL": server.admin_url, "SECRET": _SECRET, "PREPARED": prepared}
        return lambda: _served(lambda _port: ["node", str(_PEER / "server.mjs")], env, "/")  # it reads PORT

    return [("leadcore", ours), ("fastify + pg", peer("")), ("fastify + pg, prepared", peer("1"))]


@contextmanager
def _served(command: Callable[[int], list[str]], env: dict[str, str], ready: str) -> Iterator[tuple[int, int]]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        log, address = Path(folder) / "log", f"http://127.0.0.1:{port}{ready}"
        with running(command(port), env={**env, "PORT": str(port)}, ready=address, log=log) as pid:
            yield pid, port


@contextmanager
def _database() -> Iterator[tuple[RunningServer, int, str, str]]:
    folder = Path(tempfile.mkdtemp(prefix="leadcore-bench-"))
    folder.chmod(0o755)
    try:
        with start(folder, durable=True) as server:
            url, connection = asyncio.run(_furnished(server))
            yield server, _postmaster(folder), url, connection
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _furnished(server: RunningServer) -> tuple[str, str]:
    report = await migrate(server.admin_url, create_roles=True, app_password="bench", environment="test")  # noqa: S106
    admin = await asyncpg.connect(server.admin_url)
    await admin.execute(_TABLE)
    await admin.close()
    ids = TimeOrderedIds()
    tenant = Tenant(id=TenantId(ids.new()), slug="bench", brand="Bench Tint", zone="America/Chicago")
    values = {"api_key": "k", "webhook_secret": _SECRET}
    made = sealed_connection(
        tenant.id, ConnectionId(ids.new()), plugin("crm", "shopmonkey"), values,
        open_vault(Settings(vault_key=_VAULT_KEY)),
    )  # fmt: skip
    store = PostgresStore(report.runtime_url)
    async with store.begin(tenant.id) as uow:
        await uow.tenants.add(tenant)
        await uow.tenants.put_connection(made)
        await uow.commit()
    await store.aclose()
    return report.runtime_url, str(made.id)


def _postmaster(folder: Path) -> int:
    found = next(folder.rglob("postmaster.pid"))
    return int(found.read_text().split()[0])


def _install_peer() -> None:
    if not (_PEER / "node_modules/.package-lock.json").exists():
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("npm is not on PATH: the peer needs Node 20 or later")
        subprocess.run([npm, "ci", "--silent"], cwd=_PEER, check=True)


def _table(rows: list[Row], widths: list[int]) -> str:
    lines = [f"{'server':24}{'conns':>6}{'per s':>9}{'p50 ms':>8}{'p99 ms':>8}{'server us':>11}{'database us':>13}"]
    lines += [
        f"{row.server:24}{row.connections:6}{row.per_second:9,.0f}{row.p50_ms:8.1f}{row.p99_ms:8.1f}"
        f"{row.server_us:11.0f}{row.database_us:13.0f}"
        for row in rows
    ]
    for width in widths:
        mine, plain, prepared = (row for row in rows if row.connections == width)
        cpu = (mine.server_us + mine.database_us) / (plain.server_us + plain.database_us)
        lines.append(
            f"at {width}: {mine.per_second / plain.per_second:.2f} x Fastify + pg, "
            f"{mine.per_second / prepared.per_second:.2f} x prepared; CPU per webhook {cpu:.2f} x"
        )
    refused = sum(row.refused for row in rows)
    return "\n".join([*lines, f"answers other than 200: {refused}", json.dumps({"python": sys.version.split()[0]})])


if __name__ == "__main__":
    sys.exit(main())
