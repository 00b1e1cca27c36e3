"""The witness note on disk: outside the database, replaced as a whole, shared by the processes of one data folder."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from leadcore.kernel.errors import RefusedError
from leadcore.messaging.policies.witnesses import WitnessNote


class WitnessFile:
    """Keeps one `WitnessNote`. Blocks for milliseconds."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> WitnessNote | None:
        """Return the note, None when there is none. Raises `RefusedError` when it cannot be read."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=WitnessNote)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as cause:
            raise RefusedError(
                f"the witness note {self.path} cannot be read: {cause}",
                fix="let this user read it; if it is damaged, move it away: that is a hold, see `leadcore hold show`",
            ) from cause

    def change(self, change: Callable[[WitnessNote | None], WitnessNote | None]) -> None:
        """Replace the note by what *change* makes of it (None: leave it), one process at a time."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            before = self.read()
            after = change(before)
            if after is not None and after != before:
                self._write(msgspec.json.format(msgspec.json.encode(after), indent=2))

    def _write(self, content: bytes) -> None:
        partial = self.path.with_name(f"{self.path.name}.partial")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
