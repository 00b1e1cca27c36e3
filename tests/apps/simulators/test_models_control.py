import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anthropic
import httpx
import pytest
import pytest_asyncio

from leadcore_simulators.models.anthropic import create_app
from leadcore_simulators.models.journal import Journal
from tests.apps.simulators.model_server import Simulator, served

ASKED: Any = {"model": "claude-haiku-5-5", "max_tokens": 500, "messages": [{"role": "user", "content": "Hi"}]}
KEYS = {"x-api-key": "sim-anthropic-key", "anthropic-version": "2026-10-21"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulator]:
    async with served(create_app, tmp_path_factory.mktemp("control")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def simulator(server: Simulator) -> Simulator:
    return await server.fresh()


async def outcomes(simulator: Simulator, *, requests: int) -> list[int]:
    return [(await simulator.post("/v1/messages", json=ASKED, headers=KEYS)).status_code for _ in range(requests)]


async def test_settings_change_only_what_is_named(simulator: Simulator) -> None:
    await simulator.set(mode="liar", thinking=False)

    settings = (await simulator.get("/_sim/settings")).json()

    assert (settings["mode"], settings["thinking"], settings["token_delay_ms"]) == ("liar", False, 0.3)


async def test_an_unknown_setting_or_fault_is_refused_by_name(simulator: Simulator) -> None:
    setting = await simulator.post("/_sim/settings", json={"speed": 3})
    fault = await simulator.post("/_sim/faults", json={"rules": [{"kind": "explode"}]})

    assert (setting.status_code, fault.status_code) == (400, 400)
    assert "speed" in setting.json()["error"]
    assert "explode" in fault.json()["error"]


async def test_seeded_faults_strike_the_same_requests_again(simulator: Simulator) -> None:
    rule = {"kind": "status", "status": 529, "rate": 0.5}

    await simulator.misbehave(rule, seed=4)
    first = await outcomes(simulator, requests=12)
    await simulator.misbehave(rule, seed=4)
    second = await outcomes(simulator, requests=12)

    assert first == second
    assert set(first) == {200, 529}


async def test_a_fault_strikes_no_more_often_than_ordered(simulator: Simulator) -> None:
    await simulator.misbehave(
        {"kind": "status", "status": 500, "times": 2}, {"kind": "status", "status": 429, "times": 1}
    )

    assert await outcomes(simulator, requests=4) == [500, 500, 429, 200]


async def test_a_liar_over_the_wire_invents_a_price(simulator: Simulator) -> None:
    await simulator.set(mode="liar", lies=["price_without_tool"])
    asked = {**ASKED, "messages": [{"role": "user", "content": "How much for ceramic tint?"}]}

    answer = await simulator.post("/v1/messages", json=asked, headers=KEYS)

    assert "$" in answer.json()["content"][-1]["text"]


async def test_the_log_says_what_was_asked_and_what_was_said(simulator: Simulator) -> None:
    await simulator.post("/v1/messages", json=ASKED, headers=KEYS)
    await simulator.post("/v1/messages", json=ASKED, headers={**KEYS, "x-api-key": "wrong"})

    accepted, refused = await simulator.log()

    said = "".join(token["text"] for token in accepted["tokens"] if token["kind"] == "text")
    assert accepted["request"] == ASKED
    assert accepted["text"] == said
    assert accepted["output_tokens"] == len(accepted["tokens"])
    assert (refused["status"], refused["outcome"]) == (401, "refused")


async def test_the_log_is_there_after_a_restart_and_numbers_go_on(tmp_path: Path) -> None:
    async with served(create_app, tmp_path) as first:
        await first.post("/v1/messages", json=ASKED, headers=KEYS)
    async with served(create_app, tmp_path) as second:
        await second.post("/v1/messages", json=ASKED, headers=KEYS)
        log = await second.log()

    assert [entry["id"] for entry in log] == [1, 2]
    assert all(entry["outcome"] == "completed" and entry["tokens"] for entry in log)


async def kill_at(heard: int, stream: AsyncIterator[Any], *, pid: int) -> None:
    deltas = 0
    async for event in stream:
        deltas += event.type == "content_block_delta"
        if deltas == heard:
            os.kill(pid, signal.SIGKILL)


async def test_a_killed_simulator_has_written_down_what_it_accepted_and_said(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVE, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    url = (await child.stdout.readline()).decode().strip()
    try:
        async with httpx.AsyncClient(base_url=url) as control:  # slow, or all is said before a busy reader can kill it
            (await control.post("/_sim/settings", json={"token_delay_ms": 100})).raise_for_status()
        async with anthropic.AsyncAnthropic(base_url=url, api_key="sim-anthropic-key", max_retries=0) as claude:
            stream = await claude.messages.create(**ASKED, stream=True)
            with pytest.raises(Exception, match="peer closed"):
                await kill_at(12, stream, pid=child.pid)
    finally:
        await child.wait()

    journal = Journal(tmp_path / "anthropic.sqlite")
    entry = journal.entries()[0]
    journal.close()
    assert entry.facts.outcome == "open"
    assert 7 <= len(entry.tokens) <= 14


_SERVE = """
import pathlib, socket, sys, uvicorn
from leadcore_simulators.models.anthropic import create_app
listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
app = create_app(pathlib.Path(sys.argv[1]), 1)
uvicorn.Server(uvicorn.Config(app, log_config=None)).run(sockets=[listener])
"""


async def test_two_callers_are_served_at_once(simulator: Simulator) -> None:
    await simulator.set(token_delay_ms=10)

    answers: list[httpx.Response] = await asyncio.gather(
        *(simulator.post("/v1/messages", json=ASKED, headers=KEYS) for _ in range(2))
    )

    first, second = await simulator.log()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert second["at"] < first["ended_at"]
