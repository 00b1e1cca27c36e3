"""`leadcore demo`: the whole story on one machine, with simulated vendors."""

import asyncio
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from time import monotonic
from typing import Annotated

import msgspec
from cyclopts import Parameter

from leadcore_cli.demo_clock import Moved, advance
from leadcore_cli.demo_place import DemoFolder, Memory, Ports, demo_environment, duration_of
from leadcore_cli.options import Json, Place, Quiet
from leadcore_cli.probing import status_of
from leadcore_cli.session import opened, settings_at
from leadcore_cli.stack import Stack, is_claimed, running
from leadcore_cli.supervisor import Member
from leadcore_cli.terminal import Progress, print_json, print_table, progress, say

_QUESTION = '{"message": "How much for ceramic tint?"}'
_LOOPBACK = "127.0.0.1"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class PortFlags:
    """Where the demo listens."""

    orchestrator_port: int = 3000
    "Port for webhooks and the operator API (default: 3000)."
    chat_port: int = 3001
    "Port of the chat API and page (default: 3001)."
    scheduler_port: int = 3002
    "Port of the scheduler's health and metrics (default: 3002)."
    page_port: int = 4010
    "Port of the simulators' page (default: 4010)."
    shopmonkey_port: int = 4011
    "Port of the Shopmonkey simulator (default: 4011)."
    twilio_port: int = 4012
    "Port of the Twilio simulator (default: 4012)."
    sendgrid_port: int = 4013
    "Port of the SendGrid simulator (default: 4013)."
    anthropic_port: int = 4014
    "Port of the Claude simulator (default: 4014)."
    openai_port: int = 4015
    "Port of the OpenAI simulator (default: 4015)."

    def ports(self) -> Ports:
        """Return them by name."""
        return Ports(
            orchestrator=self.orchestrator_port,
            chat=self.chat_port,
            scheduler=self.scheduler_port,
            simulators={
                "page": self.page_port,
                "shopmonkey": self.shopmonkey_port,
                "twilio": self.twilio_port,
                "sendgrid": self.sendgrid_port,
                "anthropic": self.anthropic_port,
                "openai": self.openai_port,
            },
        )


_USUAL = PortFlags()


def demo(
    *,
    data_dir: Path = Path(".leadcore/demo"),
    reset: bool = False,
    by: Annotated[str | None, Parameter(name="--advance")] = None,
    flags: PortFlags = _USUAL,
    quiet: Quiet = False,
    json: Json = False,
) -> int:
    """Play the whole story on this machine until Ctrl-C. Nothing leaves it: vendors are simulated, on their own wire.

    The first start makes a shop, connects it, reads its prices and lets one customer ask for a quote; later starts
    find everything as it was. Open the page it prints to be the customer.

    Example: `leadcore demo`, and in a second terminal `leadcore demo --advance 3d`

    Parameters
    ----------
    data_dir
        Folder of the demo (default: .leadcore/demo).
    reset
        Begin anew: what the demo has stored is removed first.
    by
        Move the demo's clock by 3d, 12h or 1d12h and say what became due. A demo that runs goes on running; one that
        does not is started.
    """
    began = monotonic()
    folder = DemoFolder(data_dir)
    if by is not None:
        duration_of(by)
        if is_claimed(data_dir):
            _print_moved(asyncio.run(_moved(folder, by)), json=json)
            return 0
    if reset:
        folder.reset()
    asyncio.run(_play(folder, flags.ports(), by=by, began=began, report=progress(quiet=quiet), json=json))
    return 0


async def _play(
    folder: DemoFolder, ports: Ports, *, by: str | None, began: float, report: Progress, json: bool
) -> None:
    folder.write_settings(ports)
    place = Place(config=folder.settings_file, data_dir=folder.path)
    mine = {f"{name}_port": getattr(ports, name) for name in ("orchestrator", "chat", "scheduler")}
    settings = settings_at(place, environment="demo", **mine)
    settings = msgspec.structs.replace(settings, database_url="", database_admin_url="")
    environment = demo_environment() | {"LEADCORE_CONFIG": str(folder.settings_file.absolute())}
    simulators = _simulators(folder, ports, environment)
    async with running(
        settings, beside=(simulators,), beside_ports=ports.simulators, environment=environment, report=report
    ) as stack:
        from leadcore_cli.demo_story import tell

        memory = folder.remembered()
        if by is not None or memory is None or memory.ports != ports:
            async with opened(_reached(place, stack)) as session:
                memory = await tell(session, folder, ports, report)
                if by is not None:
                    _print_moved(await advance(session, duration_of(by), wait=True), json=json)
        _announce(folder, stack, memory, ports, json=json)
        say(f"ready after {monotonic() - began:.1f} s; Ctrl-C stops everything, `leadcore demo` brings it back")
        await stack.stop.wait()
        say("stopping")


def _reached(place: Place, stack: Stack) -> Place:
    return replace(place, database_url=stack.database.url)


async def _moved(folder: DemoFolder, by: str) -> Moved:
    async with opened(Place(data_dir=folder.path)) as session:
        return await advance(session, duration_of(by), wait=True)


def _simulators(folder: DemoFolder, ports: Ports, environment: dict[str, str]) -> Member:
    places = [word for name, port in ports.simulators.items() for word in (f"--{name}-port", str(port))]
    command = (sys.executable, "-P", "-m", "leadcore_simulators", "--data-dir", str(folder.path / "simulators"))

    async def ready() -> bool:
        asked = [status_of(_LOOPBACK, port, "/") for port in ports.simulators.values()]
        return None not in await asyncio.gather(*asked)  # any answer will do: they all start together

    return Member(name="simulators", command=(*command, *places), environment=environment, ready=ready)


def _announce(folder: DemoFolder, stack: Stack, memory: Memory, ports: Ports, *, json: bool) -> None:
    chat = f"{stack.settings.chat_origin}/api/chat/{memory.lead_id}/message"
    curl = (
        f"curl -sS {chat} -H 'Authorization: Bearer {folder.key()}' "
        f"-H 'Content-Type: application/json' -d {quote(_QUESTION)}"
    )
    links = {
        "play the customer": ports.of("page"),
        "chat page": memory.chat_link,
        "chat API": stack.settings.chat_origin,
        "operator API": f"{stack.settings.hooks_origin}/api/v1",
        "scheduler": f"http://{stack.settings.host}:{ports.scheduler}/health",
        "logs": str(folder.path / "logs"),
    }
    if json:
        print_json({"urls": links, "lead_id": memory.lead_id, "tenant": memory.tenant, "ask": curl})
        return
    for name, url in links.items():
        print(f"  {name.ljust(18)} {url}")
    print(f"\n  lead {memory.lead_id}  {memory.customer}  {memory.request}")
    print(f"\n  ask as the customer's website would:\n\n{curl}\n")
    where = "" if str(folder.path) == ".leadcore" else f" --data-dir {quote(str(folder.path))}"
    print(f"  look inside:  leadcore leads timeline {memory.lead_id}{where}")
    print(f"  move time:    leadcore demo --advance 3d{where}\n", flush=True)


def _print_moved(moved: Moved, *, json: bool) -> None:
    if json:
        print_json(moved)
        return
    print(f"the clock went from {moved.before:%Y-%m-%d %H:%M} to {moved.now:%Y-%m-%d %H:%M} UTC")
    rows = [(each.due_at, each.lead_id, each.step, each.state, each.reason or "-") for each in moved.due]
    print_table(("due", "lead", "step", "state", "reason"), rows, empty="nothing became due by that")
