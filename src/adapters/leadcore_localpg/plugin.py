"""How the registry finds the embedded server."""

from pathlib import Path

import msgspec

from leadcore.ports.plugin import Plugin
from leadcore_localpg import launcher
from leadcore_localpg.launcher import Progress, RunningServer


class LocalServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`port` 0 keeps the last one or takes a free one; `bin_dir` names another PostgreSQL than the packaged one."""

    data_dir: str
    port: int = 0
    durable: bool = True
    bin_dir: str | None = None


class LocalDatabase:
    """The embedded server of one data directory, not started yet."""

    def __init__(self, settings: LocalServerSettings) -> None:
        self._settings = settings

    def start(self, progress: Progress | None = None) -> RunningServer:
        """Blocks for up to a few seconds: call it in a thread from async code. See `leadcore_localpg.start`."""
        chosen = self._settings
        return launcher.start(
            Path(chosen.data_dir), port=chosen.port, durable=chosen.durable, bin_dir=chosen.bin_dir, progress=progress
        )


PLUGIN = Plugin(name="localpg", port="database", settings=LocalServerSettings, open=LocalDatabase)
