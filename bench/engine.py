"""The engine: touches decided, messages sent and claims, beside PgQueuer and procrastinate draining no-op jobs.

Ours does the whole of it: claim, render, decide at the gate, record the decision, write message and attempt ahead,
advance the enrollment; theirs do nothing per job. Same PostgreSQL, durable commits, one process each. Nothing is
asserted: compare the ratios, absolute figures are this machine's. `python bench/engine.py --help`.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import msgspec
import uvloop

from leadcore_localpg import RunningServer, start
from leadcore_postgres.migration import migrate

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.chaos.shop import Shop, shop_in

_SIDES = Path(__file__).parent / "engine_sides"
_FAR = "interval '400 days'"
_FILL = f"""
    INSERT INTO leadcore.due (kind, item_id, tenant_id, due_at, visible_at)
    SELECT 'touch', gen_random_uuid(), $1::uuid, at, at
    FROM (SELECT leadcore.leadcore_now() + {_FAR} + n * interval '1 second' AS at
        FROM generate_series(1, $2) AS n) AS later"""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. `cpu_us` is the process's own CPU for one item, without the database's."""

    what: str
    items: int
    per_second: float
    cpu_us: float


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What one look costs with so many rows that are not due yet, in milliseconds (medians)."""

    pending: int
    claim_100_ms: float
    idle_ms: float


def main() -> int:
    """Measure and print the table with its ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--touches", type=int, default=2000, help="touches to decide and to send")
    parser.add_argument("--jobs", type=int, default=2000, help="no-op jobs the others drain")
    parser.add_argument("--future", type=int, default=100_000, help="rows not due yet in the others' tables")
    parser.add_argument("--pending", default="10000,100000,1000000", help="rows not due yet in ours, for the claims")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    chosen = parser.parse_args()
    python = _peers_python()
    with _database() as server:
        rows = [_ours(server, chosen.touches, real_carrier=real) for real in (False, True)]
        for name in ("pgqueuer", "procrastinate"):
            rows += [_peer(server, python, name, chosen.jobs, future) for future in (0, chosen.future)]
        claims = _claims(server, [int(each) for each in chosen.pending.split(",")])
    print(msgspec.json.encode({"rows": rows, "claims": claims}).decode() if chosen.json else _table(rows, claims))
    return 0


def _ours(server: RunningServer, touches: int, *, real_carrier: bool) -> Row:
    """Let one worker do it in a process of its own, so that its CPU is its own."""
    name = "engine_sends" if real_carrier else "engine_decides"
    url, admin = _fresh(server, name)
    command = [sys.executable, str(_SIDES / "leadcore_drain.py"), str(touches)]
    return _measured(
        "leadcore, sent to the simulator" if real_carrier else "leadcore, decided and recorded",
        [*command, *(["--send"] if real_carrier else [])], {"DATABASE_URL": url, "ADMIN_URL": admin},
    )  # fmt: skip


def _peer(server: RunningServer, python: Path, name: str, jobs: int, future: int) -> Row:
    database = f"{name}_{future}"
    asyncio.run(_create(server, database))
    environment = {"DATABASE_URL": server.url_of(database)}
    command = [str(python), str(_SIDES / f"{name}_drain.py"), str(jobs), str(future)]
    return _measured(f"{name}, no-op, {future:,} future", command, environment)


def _measured(what: str, command: list[str], environment: dict[str, str]) -> Row:
    print(f"  {what} ...", file=sys.stderr)
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=1800, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{what} failed:\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}")
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    count = max(int(told["done"]), 1)
    return Row(
        what=what, items=count, per_second=count / told["seconds"], cpu_us=told["cpu_s"] / count * 1e6
    )  # fmt: skip


def _claims(server: RunningServer, sizes: list[int]) -> list[Claims]:
    url, admin = _fresh(server, "engine_claims")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_claimed(url, admin, sizes))


async def _claimed(url: str, admin_url: str, sizes: list[int]) -> list[Claims]:
    admin = await asyncpg.connect(admin_url)
    found: list[Claims] = []
    async with shop_in(url) as shop:
        filled = 0
        for size in sorted(sizes):
            print(f"  claims beside {size:,} ...", file=sys.stderr)
            await admin.execute(_FILL, shop.tenant.id, size - filled, timeout=1200)
            filled = size
            await admin.execute("VACUUM ANALYZE leadcore.due", timeout=1200)
            found.append(await _looked(shop, size))
    await admin.close()
    return found


async def _looked(shop: Shop, size: int) -> Claims:
    queue, claims, looks = shop.store.due, list[float](), list[float]()
    for _ in range(30):
        async with shop.store.begin(shop.tenant.id) as uow:
            now = await uow.now()
            ids = [(shop.ids.new(), None) for _ in range(100)]
            await uow.due.arm_all("touch", ids, tenant_id=shop.tenant.id, at=now)
            await uow.commit()
        began = time.perf_counter()
        items = await queue.claim(("touch",), limit=100, lease_s=30, worker="bench")
        claims.append(time.perf_counter() - began)
        async with shop.store.begin(shop.tenant.id) as uow:
            await uow.due.cancel("touch", [item.item_id for item in items], tenant_id=shop.tenant.id)
            await uow.commit()
        began = time.perf_counter()
        await queue.claim(("touch",), limit=100, lease_s=30, worker="bench")
        await queue.next_due(("touch",))
        looks.append(time.perf_counter() - began)
    return Claims(pending=size, claim_100_ms=_median_ms(claims), idle_ms=_median_ms(looks))


def _median_ms(found: list[float]) -> float:
    return sorted(found)[len(found) // 2] * 1000


@contextmanager
def _database() -> Iterator[RunningServer]:
    folder = Path(tempfile.mkdtemp(prefix="leadcore-bench-"))
    folder.chmod(0o755)
    try:
        with start(folder, durable=True) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fresh(server: RunningServer, name: str) -> tuple[str, str]:
    asyncio.run(_create(server, name))
    admin = server.url_of(name)
    report = asyncio.run(migrate(admin, create_roles=True, app_password="bench", environment="test"))  # noqa: S106
    return report.runtime_url, admin


async def _create(server: RunningServer, name: str) -> None:
    admin = await asyncpg.connect(server.admin_url)
    await admin.execute(f'CREATE DATABASE "{name}"')
    await admin.close()


def _peers_python() -> Path:
    """Return the interpreter of the others' own environment, made once from its own lock."""
    home = _SIDES / ".venv"
    lock = _SIDES / "requirements.lock"
    python, stamp = home / "bin/python", home / ".installed"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
        if uv is None:
            raise SystemExit("uv is not there: run `make install` first")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)], check=True)
        wanted = ["--quiet", "--require-hashes", "-r", str(lock), "--python", str(python)]
        subprocess.run([uv, "pip", "install", *wanted], check=True)
        stamp.write_bytes(lock.read_bytes())
    return python


def _table(rows: list[Row], claims: list[Claims]) -> str:
    lines = [f"{'what':40}{'items':>8}{'per s':>10}{'own us':>9}"]
    lines += [f"{row.what:40}{row.items:8,}{row.per_second:10,.0f}{row.cpu_us:9,.0f}" for row in rows]
    lines += [f"decided: {rows[0].per_second / other.per_second:.2f} x {other.what}" for other in rows[2:]]
    lines.append(f"{'rows not due yet':>20}{'claim of 100, ms':>20}{'idle look, ms':>16}")
    lines += [f"{each.pending:20,}{each.claim_100_ms:20.2f}{each.idle_ms:16.2f}" for each in claims]
    return "\n".join([*lines, json.dumps({"python": sys.version.split()[0]})])


if __name__ == "__main__":
    sys.exit(main())
