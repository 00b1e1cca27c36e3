"""Where a demo lives: its folder, its settings file, its ports, and what it remembers from its first start."""

import os
import re
import shutil
from datetime import timedelta
from pathlib import Path

import msgspec

from leadcore.kernel.errors import InvalidInputError, RefusedError
from leadcore_cli.options import Place
from leadcore_cli.session import DEMO_FILE, settings_at
from leadcore_cli.stack import claimed
from leadcore_runtime.database import join

SIMULATORS = {"page": 4010, "shopmonkey": 4011, "twilio": 4012, "sendgrid": 4013, "anthropic": 4014, "openai": 4015}
_MEMORY = "demo.json"
_KEY = "api-key"
_DURATION = re.compile(r"(?:(?P<days>\d+)d)?\s*(?:(?P<hours>\d+)h)?\s*(?:(?P<minutes>\d+)m)?")
_UNSET = ("DATABASE_URL", "DATABASE_ADMIN_URL", "TENANT_ID", "LEADCORE_CONFIG")


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """The demo's own apps, and the simulators by name."""

    orchestrator: int
    chat: int
    scheduler: int
    simulators: dict[str, int]

    def of(self, simulator: str) -> str:
        """Return the simulator's address."""
        return f"http://127.0.0.1:{self.simulators[simulator]}"


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What the first start made. `ports` are those the vendors were connected with."""

    tenant: str
    lead_id: str
    customer: str
    request: str
    chat_link: str
    ports: Ports


class DemoFolder:
    """The folder of one demo. Only a folder with its settings file in it counts as one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings_file = path / DEMO_FILE
        self.key_file = path / _KEY

    def write_settings(self, ports: Ports) -> None:
        """Write the settings that every command given `--data-dir` of this demo reads."""
        self.path.mkdir(parents=True, exist_ok=True)
        lines = [
            "# Written by `leadcore demo`.",
            'environment = "demo"',
            f"data_dir = {msgspec.json.encode(str(self.path.absolute())).decode()}",
            f"orchestrator_port = {ports.orchestrator}",
            f"chat_port = {ports.chat}",
            f"scheduler_port = {ports.scheduler}",
            "safety_tick_s = 1.0  # --advance is noticed within a second",
        ]
        _replace(self.settings_file, "\n".join(lines) + "\n", mode=0o644)

    def remembered(self) -> Memory | None:
        """Return what the first start made, None before it was finished."""
        file = self.path / _MEMORY
        return msgspec.json.decode(file.read_bytes(), type=Memory) if file.exists() and self.key_file.exists() else None

    def remember(self, memory: Memory) -> None:
        """Keep it for later starts."""
        _replace(self.path / _MEMORY, msgspec.json.format(msgspec.json.encode(memory)).decode(), mode=0o644)

    def keep_key(self, key: str) -> None:
        """Keep the demo's API key, readable by its owner alone, so that the same line works after a restart."""
        _replace(self.key_file, f"{key}\n", mode=0o600)

    def key(self) -> str:
        """Return the demo's API key."""
        return self.key_file.read_text("ascii").strip()

    def reset(self) -> None:
        """Remove the demo with its database. Raises `RefusedError` for a folder that is none, or one in use."""
        if not self.path.exists():
            return
        if not self.settings_file.exists():
            if not any(self.path.iterdir()):
                return
            raise RefusedError(
                f"{self.path} is not empty and holds no demo", field="--data-dir", fix="name another folder"
            )
        with claimed(self.path):
            self._end_database()
            away = self.path / "postgres" / "cluster-location"
            if away.exists():
                shutil.rmtree(away.read_text("utf-8").strip(), ignore_errors=True)
            shutil.rmtree(self.path)

    def _end_database(self) -> None:
        """A demo that was killed may have left its server behind: the last to leave ends it."""
        if (self.path / "runtime-url").exists():
            join(settings_at(Place(data_dir=self.path))).stop()


def demo_environment() -> dict[str, str]:
    """Return this process's environment without what would lead the demo to other databases and real vendors."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _UNSET and name.removesuffix("_FILE") not in _UNSET
    }
    return {name: value for name, value in kept.items() if not name.startswith(("SHOPMONKEY_", "TWILIO_", "SENDGRID_"))}


def duration_of(text: str) -> timedelta:
    """Read `3d`, `12h`, `1d12h`, `90m`. Raises `InvalidInputError`."""
    found = _DURATION.fullmatch(text.strip())
    parts = {name: int(value) for name, value in (found.groupdict() if found else {}).items() if value}
    if not parts:
        raise InvalidInputError(f"{text!r} is no duration", field="--advance", fix="write 3d, 12h, 1d12h or 90m")
    return timedelta(**parts)


def _replace(path: Path, text: str, *, mode: int) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
    partial.rename(path)
