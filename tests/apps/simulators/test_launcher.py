import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from msgspec import Struct

from leadcore_simulators.launcher import APPS, USUAL_APPS
from tests.apps.simulators.vendor_server import Receiver, served

ACCOUNT = "AC00000000000000000000000000000001"
AUTH = (ACCOUNT, "sim-twilio-token")
CRMS = ("hubspot", "shopware")
ROOT = Path(__file__).parents[3]


class Running(Struct, frozen=True, kw_only=True):
    process: asyncio.subprocess.Process
    ports: dict[str, int]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    async def end(self, number: signal.Signals) -> float:
        """How many seconds the process took to end."""
        began = time.monotonic()
        self.process.send_signal(number)
        await self.process.wait()
        return time.monotonic() - began


@asynccontextmanager
async def launched(data_dir: Path, only: str, *more: str) -> AsyncIterator[Running]:
    every_port = [f"--{name}-port=0" for name in ("page", "shopmonkey", "twilio", "sendgrid", "anthropic", "openai")]
    arguments = ["-m", "leadcore_simulators", "--data-dir", str(data_dir), "--only", only, *every_port, *more]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src" / "apps")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(15):
            ready = json.loads(await process.stdout.readline())
        assert ready["ready"] is True
        assert json.loads((data_dir / "ports.json").read_bytes()) == ready["ports"]
        yield Running(process=process, ports=ready["ports"])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def post_text(http: httpx.AsyncClient, running: Running, **fields: str) -> httpx.Response:
    url = f"{running.url('twilio')}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    return await http.post(url, data={"To": "+15125550142", "From": "+15125550100", **fields}, auth=AUTH)


async def test_another_crm_starts_only_when_it_is_named(tmp_path: Path) -> None:
    free = [f"--{name}-port=0" for name in CRMS]

    async with launched(tmp_path, "hubspot,shopware", *free) as running, httpx.AsyncClient(trust_env=False) as http:
        leads = [await http.post(f"{running.url(name)}/_sim/leads") for name in CRMS]

    assert set(running.ports) == set(CRMS)
    assert [answer.status_code for answer in leads] == [201, 201]
    assert not set(USUAL_APPS) & set(CRMS)
    assert set(APPS) == {*USUAL_APPS, *CRMS}


@pytest.mark.chaos
async def test_what_was_accepted_survives_kill_9_and_its_callbacks_still_go_out(tmp_path: Path) -> None:
    receiver = Receiver()
    async with served(receiver, lifespan="off") as url, httpx.AsyncClient(trust_env=False) as http:
        async with launched(tmp_path, "twilio") as first:
            pace = {"sent_ms": 600, "delivered_ms": 50}
            await http.post(f"{first.url('twilio')}/_sim/pace", json=pace)
            sent = [await post_text(http, first, Body=f"{n}", StatusCallback=f"{url}/s") for n in range(20)]
            await first.end(signal.SIGKILL)

        async with launched(tmp_path, "twilio") as second:
            log = (await http.get(f"{second.url('twilio')}/_sim/log")).json()["entries"]
            hits = await receiver.take(40)

    assert [entry["id"] for entry in log] == [answer.json()["sid"] for answer in sent]
    assert [entry["fields"]["Body"] for entry in log] == [str(number) for number in range(20)]
    assert len(hits) == 40


async def test_all_apps_start_on_free_ports_and_end_within_two_seconds(tmp_path: Path) -> None:
    names = "page,shopmonkey,twilio,sendgrid,anthropic,openai"

    async with launched(tmp_path, names) as running, httpx.AsyncClient(trust_env=False) as http:
        logs = [await http.get(f"{running.url(name)}/_sim/log") for name in names.split(",")[1:]]
        state = (await http.get(f"{running.url('page')}/api/state")).json()
        took_s = await running.end(signal.SIGTERM)

    assert set(running.ports) == set(names.split(","))
    assert {answer.status_code for answer in logs} == {200}
    assert state["vendors"] == names.split(",")[1:]
    assert (running.process.returncode, took_s < 2) == (0, True)


async def test_a_taken_port_is_named_and_nothing_starts(tmp_path: Path) -> None:
    async with served(Receiver(), lifespan="off") as url:
        port = url.rpartition(":")[2]
        arguments = [
            "-m",
            "leadcore_simulators",
            "--data-dir",
            str(tmp_path),
            "--only",
            "twilio",
            "--twilio-port",
            port,
        ]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src" / "apps")},
        )
        _, errors = await process.communicate()

    assert process.returncode == 1
    assert f"twilio: cannot listen on 127.0.0.1:{port}" in errors.decode()
    assert not (tmp_path / "ports.json").exists()
