"""Progress bars of long work, on standard error, so that data can be piped."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Bar(Protocol):
    """What long work tells about itself."""

    def at(self, done: int, *, total: int | None = None, now: str | None = None) -> None:
        """Say how far it is, out of how much if that is known, and what is being done."""
        ...


@contextmanager
def bar(what: str, *, total: int | None = None, quiet: bool = False) -> Iterator[Bar]:
    """Show one bar while the work lasts; nothing when *quiet* or when nobody looks."""
    console = Console(stderr=True, quiet=quiet)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=False) as shown:
        task = shown.add_task(what, total=total)

        class _Shown:
            def at(self, done: int, *, total: int | None = None, now: str | None = None) -> None:
                shown.update(task, completed=done)
                if total is not None:
                    shown.update(task, total=total)
                if now is not None:
                    shown.update(task, description=now)

        yield _Shown()
