"""Reading back what was written: a CRM's 200 says that it understood, not that it kept (providers.md 1.4)."""

from collections.abc import Awaitable, Callable, Mapping

from leadcore.ports.crm import (
    CrmAnswerError,
    CrmError,
    CrmNotKeptError,
    CrmOutcomeUnknownError,
    CrmRefusedError,
    CrmUnavailableError,
    CrmWriteRefusedError,
)
from leadcore_httpkit.fields import Fields


async def read_back(vendor: str, read: Callable[[], Awaitable[Fields | None]]) -> Fields:
    """Read the record that was just written. Raises `CrmOutcomeUnknownError` when it cannot be read."""
    try:
        record = await read()
    except (CrmUnavailableError, CrmRefusedError, CrmAnswerError) as cause:
        raise CrmOutcomeUnknownError(f"{vendor} took it, and it could not be read back: {cause.message}") from cause
    if record is None:
        raise CrmNotKeptError(f"{vendor} answered success and kept no record", field="id")
    return record


def must_keep(vendor: str, kept: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    """Compare what reads back with what was written. Raises `CrmNotKeptError` naming the first field that differs."""
    for name, value in wanted.items():
        if kept.get(name) != value:
            raise CrmNotKeptError(
                f"{vendor} answered success and did not keep {name}",
                field=name,
                fix=f"see whether {vendor} still has that field, and whether the key may change it",
            )


def gone(vendor: str, what: str, external_id: str) -> CrmError:
    """Return the refusal to write to something that is no longer there."""
    return CrmWriteRefusedError(f"{vendor} has no {what} {external_id} any more", field=what)


def no_column(vendor: str, column: str, known: list[str]) -> CrmError:
    """Return the refusal to move to a column that does not exist."""
    listed = ", ".join(sorted(set(known))) or "none"
    return CrmWriteRefusedError(
        f"{vendor} has no column {column!r}", field="column", fix=f"set write_back.columns to one of: {listed}"
    )
