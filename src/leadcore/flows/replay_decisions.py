"""Trying recorded decisions again: the same facts under the same rules must give the same answer."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import msgspec

from leadcore.compliance.policies.gate import Decision, decide
from leadcore.compliance.policies.rulebook import UnknownRulesError
from leadcore.compliance.repository import RecordedDecision
from leadcore.flows.work import Store
from leadcore.kernel.ids import DecisionId, TenantId

_PAGE = 500


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that comes out differently now."""

    id: DecisionId
    at: datetime
    rules_version: str
    recorded: Decision
    replayed: Decision


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it. `unknown_rules` counts, by version, decisions under rules this program does not have."""

    since: datetime
    recorded: int
    same: int
    different: tuple[Difference, ...]
    unknown_rules: dict[str, int]

    @property
    def holds(self) -> bool:
        """True when every decision could be made again and came out the same."""
        return self.same == self.recorded


def again(decision: RecordedDecision) -> Decision:
    """Decide once more from what was stored. Raises `UnknownRulesError`."""
    return decide(decision.facts, version=decision.rules_version)


async def replay_decisions(
    store: Store, tenant_id: TenantId, *, since: datetime, progress: Callable[[int], None] = lambda _done: None
) -> Replay:
    """Decide everything recorded at *since* or later once more and compare. Reads in pages; changes nothing."""
    recorded, same = 0, 0
    different: list[Difference] = []
    unknown: Counter[str] = Counter()
    last: RecordedDecision | None = None
    while True:
        async with store.begin(tenant_id) as uow:
            page = await uow.compliance.decisions_since(since, tenant_id=tenant_id, after=last, limit=_PAGE)
        for each in page:
            recorded += 1
            try:
                replayed = again(each)
            except UnknownRulesError:
                unknown[each.rules_version] += 1
                continue
            if replayed == each.decision:
                same += 1
            else:
                different.append(_difference(each, replayed))
        if len(page) < _PAGE:
            return Replay(
                since=since, recorded=recorded, same=same, different=tuple(different), unknown_rules=dict(unknown)
            )
        last = page[-1]
        progress(recorded)


def _difference(recorded: RecordedDecision, replayed: Decision) -> Difference:
    return Difference(
        id=recorded.id,
        at=recorded.at,
        rules_version=recorded.rules_version,
        recorded=recorded.decision,
        replayed=replayed,
    )
