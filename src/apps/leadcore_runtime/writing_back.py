"""Performing what the shop's CRM shall be told: one call under a deadline, one settlement after it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import structlog

from leadcore.flows.seams import Crm, Seams
from leadcore.flows.tell_crm import Writing, tell
from leadcore.flows.write_back import open_write, settle_write
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import TenantId
from leadcore.ports.crm import CrmError, CrmOutcomeUnknownError, CrmUnavailableError
from leadcore.ports.storage import DueItem
from leadcore.write_back.machine import Failed, Outcome
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.sending import Fence
from leadcore_runtime.turn_breakers import BreakerRule, Breakers

_TOTAL_S = 25.0
"""Reading, writing and reading back. With the fence it must stay below `CALL_WINDOW`, after which another may try."""
_AT_ONCE = 2
"""Calls under way per shop and process: a CRM that hangs must not take the places of other shops."""
_SOON = timedelta(seconds=1)
_WHILE_DOWN = timedelta(seconds=20)
_NOT_CONNECTED = timedelta(minutes=5)
_DOUBLINGS, _LONGEST = 8, timedelta(minutes=5)
_RULE = BreakerRule(failures=3, open_s=20.0)


class Writer:
    """Performs due writes to CRMs."""

    def __init__(
        self, *, seams: Seams, metrics: Metrics, monotonic: Callable[[], float], total_s: float = _TOTAL_S
    ) -> None:
        self._seams = seams
        self._metrics = metrics
        self._total_s = total_s
        self._breakers = Breakers(monotonic=monotonic, rule=_RULE)
        self._under_way: Counter[TenantId] = Counter()
        self._log = structlog.get_logger()

    async def perform(self, item: DueItem) -> None:
        """Write ahead, call once, settle. A crash anywhere leaves a try that is looked up before it is repeated."""
        line = (item.tenant_id, "crm")
        if self._under_way[item.tenant_id] >= _AT_ONCE:
            await self._put_off(item, _SOON)
        elif not self._breakers.admits(line):
            await self._put_off(item, _WHILE_DOWN)
        else:
            self._under_way[item.tenant_id] += 1
            try:
                outcome = await self._write(item)
            except BaseException:
                self._breakers.abandoned(line)
                raise
            finally:
                self._under_way[item.tenant_id] -= 1
                self._under_way += Counter()  # forget shops at zero
            match outcome:
                case None:
                    self._breakers.abandoned(line)
                case Failed(error=CrmUnavailableError() | CrmOutcomeUnknownError()):
                    self._breakers.failed(line)
                case _:
                    self._breakers.succeeded(line)

    async def _write(self, item: DueItem) -> Outcome | None:
        try:
            crm = await self._seams.adapters.crm(item.tenant_id)
        except NotFoundError:
            await self._put_off(item, _NOT_CONNECTED)
            return None
        fence = Fence()
        writing = await open_write(self._seams, item)
        if writing is None:
            return None
        outcome = await self._call(crm, writing, fence)
        state = await settle_write(self._seams, writing, outcome)
        self._metrics.write_backs.labels(writing.row.what, state).inc()
        if state == "refused" and isinstance(outcome, Failed):
            self._log.warning(
                "write_back.refused",
                tenant_id=str(item.tenant_id), lead_id=str(writing.row.lead_id), kind=writing.row.what,
                code=outcome.error.code, fix=outcome.error.fix,
            )  # fmt: skip
        return outcome

    async def _call(self, crm: Crm, writing: Writing, fence: Fence) -> Outcome:
        if fence.is_over:
            return Failed(error=CrmUnavailableError("paused between decision and call"))
        try:
            async with asyncio.timeout(self._total_s):
                return await tell(crm, writing)
        except CrmError as refusal:
            return Failed(error=refusal)
        except TimeoutError:
            return Failed(error=CrmOutcomeUnknownError(f"no answer within {self._total_s:g} s"))
        except Exception as surprise:  # noqa: BLE001 - an adapter's bug must not look like "not written"
            self._log.error("crm.bug", lead_id=str(writing.row.lead_id), exc_info=surprise)
            return Failed(error=CrmOutcomeUnknownError(f"the adapter failed: {type(surprise).__name__}"))

    async def _put_off(self, item: DueItem, pause: timedelta) -> None:
        """Come back later, and ever later: a long queue at a slow CRM must not be claimed round and round."""
        longer = min(pause * 2 ** min(item.tries - 1, _DOUBLINGS), _LONGEST)
        spread = longer * (1 + self._seams.chance.fraction())
        async with self._seams.store.begin(item.tenant_id) as uow:
            await uow.due.postpone(item, at=await uow.now() + spread)
            await uow.commit()
