"""The whole system as processes: simulators, orchestrator, chat, scheduler, on a database of its own."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.e2e.desk import Answer, Desk

_READY_S = 180.0
"""Three processes that load everything at once on a machine that does other work, too; only a failure takes it all."""
_COMMANDS_S = 180.0
_END_S = 10.0
_tick = threading.Event()
_OURS = (
    "LEADCORE_",
    "TWILIO",
    "SENDGRID",
    "SHOPMONKEY",
    "HUBSPOT",
    "SHOPWARE",
    "ANTHROPIC",
    "OPENAI",
    "AI_",
    "DATABASE_",
    "TENANT_",
)
VAULT_KEY = "0" * 43 + "="


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on right now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class System:
    """Start it with `async with`; every process it started has ended when the block is left."""

    def __init__(self, folder: Path, *, database_url: str, **settings: str) -> None:
        self.folder = folder
        self.orchestrator_port, self.chat_port, self.scheduler_port = free_ports(3)
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(_OURS)},
            "DATABASE_URL": database_url,
            "LEADCORE_ENVIRONMENT": "test",
            "LEADCORE_DATA_DIR": str(folder / "data"),
            "LEADCORE_VAULT_KEY": VAULT_KEY,
            "LEADCORE_ORCHESTRATOR_PORT": str(self.orchestrator_port),
            "LEADCORE_CHAT_PORT": str(self.chat_port),
            "LEADCORE_SCHEDULER_PORT": str(self.scheduler_port),
            **settings,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.ports: dict[str, int] = {}
        self.operator_key = ""
        self.http = httpx.AsyncClient(timeout=30)
        self._desk = Desk(folder, self.environment)

    @property
    def hooks(self) -> str:
        """The orchestrator's origin."""
        return f"http://127.0.0.1:{self.orchestrator_port}"

    @property
    def chat(self) -> str:
        """The chat app's origin."""
        return f"http://127.0.0.1:{self.chat_port}"

    def sim(self, vendor: str) -> str:
        """A simulator's origin."""
        return f"http://127.0.0.1:{self.ports[vendor]}"

    async def __aenter__(self) -> Self:
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()
        await self._desk.close()
        await asyncio.gather(*(self.end(name) for name in list(self.processes)))

    async def start_simulators(self, *, only: str = "", name: str = "simulators", seed: int = 1) -> None:
        """Start simulators on free ports and learn them."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        (home / "ports.json").unlink(missing_ok=True)
        arguments = ["-m", "leadcore_simulators", "--data-dir", str(home), "--seed", str(seed)]
        vendors = only.split(",") if only else ["page", "shopmonkey", "twilio", "sendgrid", "anthropic", "openai"]
        for vendor in vendors:
            arguments += [f"--{vendor}-port", str(self.ports.get(vendor, 0))]
        if only:
            arguments += ["--only", only]
        self._spawn(name, arguments)
        await self._until((home / "ports.json").exists, what=name)
        self.ports |= json.loads((home / "ports.json").read_text())

    async def start_apps(self, *names: str) -> None:
        """Start `orchestrator`, `chat`, `scheduler` and wait until each is ready."""
        commands = {
            "orchestrator": (["serve", "orchestrator"], self.hooks),
            "chat": (["serve", "chat"], self.chat),
            "scheduler": (["scheduler"], f"http://127.0.0.1:{self.scheduler_port}"),
        }
        for name in names:
            self._spawn(name, ["-m", "leadcore_cli", *commands[name][0]])
        await asyncio.gather(*(self._ready(name, commands[name][1]) for name in names))

    async def leadcore(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a `leadcore` command to its end."""
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "leadcore_cli", *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=_COMMANDS_S,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"leadcore {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    async def by_desk(self, *lines: list[str]) -> Answer:
        """Run `leadcore` command lines one after the other, as an operator at a desk; return the last one's answer."""
        answer = Answer(0, "", "")
        for words in lines:
            answer = await self._desk.run(*words)
            if answer.code:
                raise AssertionError(f"leadcore {' '.join(words)}: {answer.code}\n{answer.out}\n{answer.err}")
        return answer

    async def read(self, *arguments: str) -> Any:
        """Run a read command with --json and return what it says."""
        return json.loads((await self.by_desk([*arguments, "--json"])).out)

    async def open_shop(
        self, *more: list[str], slug: str = "austin", sms: str = "+15125550100", connect: str = ""
    ) -> None:
        """Add a tenant and connect it to the simulators, by command, as an operator would; then run *more* commands."""
        vendors = (connect or "shopmonkey,twilio,sendgrid,anthropic,openai").split(",")
        await self.by_desk(
            [
                "tenants", "add", "--slug", slug, "--brand", "Hill Country Tint", "--zone", "America/Chicago",
                "--phone", "+15125550199", "--address", "100 Congress Ave, Austin TX 78701",
                "--postal-address", "100 Congress Ave, Austin TX 78701", "--sms", sms, "--email", "shop@example.com",
                "--staff-phone", "+15125550177", "--staff-email", "staff@example.com",
            ],
            *(self.connecting(vendor, tenant=slug) for vendor in vendors),
            ["catalog", "sync", "--yes", "--tenant", slug],
            *more,
        )  # fmt: skip

    async def connect(
        self, vendor: str, *, tenant: str, check: bool = True, **values: str
    ) -> subprocess.CompletedProcess[str]:
        """Connect one vendor with the simulators' credentials."""
        return await self.leadcore(*self.connecting(vendor, tenant=tenant, **values), check=check)

    def connecting(self, vendor: str, *, tenant: str, **values: str) -> list[str]:
        """The command line that connects one vendor with the simulators' credentials."""
        known = {
            "shopmonkey": {"api_key": "sim-shopmonkey-key", "base_url": "{}/v3"},
            "twilio": {
                "account_sid": "AC00000000000000000000000000000001",
                "auth_token": "sim-twilio-token",
                "sender": "+15125550100",
                "base_url": "{}",
            },
            "sendgrid": {"api_key": "sim-sendgrid-key", "sender": "shop@example.com", "base_url": "{}"},
            "anthropic": {"api_key": "sim-anthropic-key", "base_url": "{}"},
            "openai": {"api_key": "sim-openai-key", "base_url": "{}/v1"},
            "hubspot": {"access_token": "pat-sim-hubspot", "opt_in_property": "sms_opt_in", "base_url": "{}"},
            "shopware": {
                "partner_id": "71",
                "api_secret": "sim-shopware-secret",
                "tenant_id": "1",
                "opt_in_field": "marketing_ok",
                "base_url": "{}",
            },
        }[vendor] | values
        settings = [f"{key}={value.format(self.sim(vendor))}" for key, value in known.items()]
        flags = [part for setting in settings for part in ("--set", setting)]
        return ["connect", vendor, "--tenant", tenant, *flags]

    async def post(self, url: str, body: object, **headers: str) -> Any:
        """POST JSON and return what comes back, which must be a success."""
        answer = await self.http.post(url, json=body, headers=headers)
        assert answer.is_success, f"{url}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    async def get(self, url: str, **params: str) -> Any:
        """GET JSON, which must be a success."""
        answer = await self.http.get(url, params=params)
        assert answer.is_success, f"{url}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    async def get_as_operator(self, path: str) -> Any:
        """GET from the operator API, with a key that is made at the first call."""
        if not self.operator_key:
            made = await self.read("api-keys", "create", "test", "--tenant", "austin", "--scope", "operate")
            self.operator_key = made["key"]
        answer = await self.http.get(self.hooks + path, headers={"authorization": f"Bearer {self.operator_key}"})
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    async def new_lead(self, phone: str, *, crm: str = "shopmonkey", **more: object) -> Any:
        """Ask for a quote on the website, as the simulator of the shop's CRM plays it."""
        wish: dict[str, Any] = {
            "first_name": "Pat", "last_name": "Sample", "phone": phone, "email": f"pat{phone[-4:]}@example.com",
            "vehicle": {"year": 2022, "make": "Tesla", "model": "Model Y", "type": "SUV", "size": "LightDuty"},
            "service": "Ceramic tint", "message": "How much for all windows?", "sms_opt_in": True,
            "fire_webhooks": True,
        } | more  # fmt: skip
        if crm != "shopmonkey":  # its vehicles alone have a size
            wish["vehicle"] = {name: value for name, value in wish["vehicle"].items() if name != "size"}
        return await self.post(f"{self.sim(crm)}/_sim/leads", wish)

    async def configuration_is_read(self) -> None:
        """Let the two seconds pass after which every app has read a tenant's configuration anew."""
        await asyncio.get_running_loop().run_in_executor(None, _tick.wait, 2.1)

    def kill(self, name: str, sig: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to one of our processes."""
        self.processes[name].send_signal(sig)

    async def end(self, name: str) -> int | None:
        """End one of our processes and return its exit code."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            return await asyncio.to_thread(process.wait, _END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return await asyncio.to_thread(process.wait)

    def output(self, name: str) -> str:
        """What a process has printed so far."""
        return (self.folder / f"{name}.log").read_text()

    async def _ready(self, name: str, origin: str) -> None:
        async def asked() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return (await self.http.get(f"{origin}/readyz")).status_code == 200
            return False

        await self.wait_for(asked, what=name)

    async def wait_for(self, asked: Any, *, what: str, within_s: float = _READY_S) -> None:
        """Ask until it is true; the error shows the processes' last words."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        while not await asked():
            if loop.time() > deadline:
                tails = "\n".join(f"--- {name}\n{self.output(name)[-1500:]}" for name in self.processes)
                raise AssertionError(f"{what} did not happen within {within_s} s\n{tails}")
            dead = [name for name, process in self.processes.items() if process.poll() is not None]
            if what in dead:
                raise AssertionError(f"{what} ended: {self.output(what)[-3000:]}")
            await _pause()

    async def _until(self, asked: Any, *, what: str) -> None:
        async def wrapped() -> bool:
            return bool(asked())

        await self.wait_for(wrapped, what=what)

    def _spawn(self, name: str, arguments: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *arguments],
                env=self.environment,
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


async def _pause() -> None:
    """Let other processes work between two looks (polling an outside process; nothing is asserted on time)."""
    await asyncio.get_running_loop().run_in_executor(None, _tick.wait, 0.02)
