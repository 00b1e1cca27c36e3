"""What follows from one try to write."""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from leadcore.ports.crm import (
    CrmError,
    CrmNotKeptError,
    CrmRefusedError,
    CrmUnavailableError,
    CrmWriteRefusedError,
)
from leadcore.write_back.events import WriteBackRefused, WrittenBack
from leadcore.write_back.model import WriteBack, WriteBlock
from leadcore.write_back.values import HowWritten, WriteState

MAX_FAILURES = 14
"""About six hours of a CRM that is away."""
_NOT_KEPT = 3
_FIRST_S, _LONGEST_S = 5.0, 3600.0
_PERSON_S = 900.0
_RAREST_S = 86_400.0


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The CRM has it."""

    how: HowWritten


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """It was not written, or perhaps it was: the error's type says which."""

    error: CrmError


Outcome = Written | Failed


def settle(
    row: WriteBack, outcome: Outcome, *, now: datetime, fraction: float
) -> tuple[WriteBack, WrittenBack | WriteBackRefused | None]:
    """Return the write after the try and what there is to tell. *fraction* in [0, 1) spreads the next tries."""
    if isinstance(outcome, Written):
        told = WrittenBack(
            tenant_id=row.tenant_id, at=now, lead_id=row.lead_id, what=row.what, how=outcome.how, target=row.target
        )
        return replace(row, state="done", not_before=now, error="", fix=""), told
    error = outcome.error
    # what the CRM forbids is no failure of this lead's: it waits with all others
    counted = row.failures + (not isinstance(error, CrmRefusedError))
    failed = replace(row, failures=counted, error=error.message, fix=error.fix or "")
    if _is_final(failed, error):
        return replace(failed, state="refused", not_before=now), _refusal(failed, at=now)
    state: WriteState = "unknown" if _is_unsure(row, error) else "waiting"
    later = now + _pause(failed, error, fraction=fraction)
    return replace(failed, state=state, unsure=state == "unknown", not_before=later), None


def blocked(
    row: WriteBack, error: CrmRefusedError, known: WriteBlock | None, *, source: str, now: datetime, fraction: float
) -> WriteBlock:
    """Return the block that follows from a refused try: asked again ever more rarely, at most a day apart."""
    tries = known.tries + 1 if known is not None else 1
    return WriteBlock(
        tenant_id=row.tenant_id,
        source=source,
        what=row.what,
        since=known.since if known is not None else now,
        until=now + _probe_pause(tries) * (1 + fraction / 2),
        error=error.message,
        fix=error.fix or "",
        tries=tries,
    )


def probing(known: WriteBlock, *, now: datetime) -> WriteBlock:
    """Return the block while one lead tries: nobody else does meanwhile, also if that one is never heard of again."""
    return replace(known, until=now + _probe_pause(known.tries))


def _probe_pause(tries: int) -> timedelta:
    return timedelta(seconds=min(_RAREST_S, _PERSON_S * 2.0 ** min(tries - 1, 10)))


def reopened(row: WriteBack, *, now: datetime) -> WriteBack:
    """Return a refused write for another round, because a person asked for it. It is looked up first."""
    return replace(row, state="unknown", unsure=True, failures=0, not_before=now)


def _is_final(row: WriteBack, error: CrmError) -> bool:
    if isinstance(error, CrmWriteRefusedError):
        return True
    # staff may have written the same record in the same moment: that heals, a field that vanishes does not
    return row.failures >= (_NOT_KEPT if isinstance(error, CrmNotKeptError) else MAX_FAILURES)


def _is_unsure(row: WriteBack, error: CrmError) -> bool:
    """What perhaps happened once stays so: a look that failed has shown nothing."""
    return row.unsure or not isinstance(error, CrmUnavailableError | CrmRefusedError)


def _pause(row: WriteBack, error: CrmError, *, fraction: float) -> timedelta:
    if isinstance(error, CrmRefusedError):  # a key has to be changed: nothing heals in seconds
        return timedelta(seconds=_PERSON_S * (1 + fraction))
    backoff_s = min(_LONGEST_S, _FIRST_S * 2.0**row.failures) * (0.5 + 0.5 * fraction)
    asked_s = error.retry_after_s if isinstance(error, CrmUnavailableError) else None
    return timedelta(seconds=max(backoff_s, asked_s or 0.0))


def _refusal(row: WriteBack, *, at: datetime) -> WriteBackRefused:
    return WriteBackRefused(
        tenant_id=row.tenant_id, at=at, lead_id=row.lead_id, what=row.what, reason=row.error, fix=row.fix,
        target=row.target,
    )  # fmt: skip
