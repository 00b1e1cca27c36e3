"""Seeded faults: the n-th request of an operation fails the same way in every run of a seed."""

import random
from collections.abc import Callable
from hashlib import blake2b
from typing import Literal, get_args

import msgspec
from msgspec import Struct

RequestFault = Literal[
    "delay",
    "lost_answer",
    "drop_before",
    "status",
    "status_after",
    "list_lag_s",
    "shuffle",
    "ignore_filters",
    "swallow",
]
CallbackFault = Literal["duplicate_callback", "reorder_callbacks", "callback_delay"]
_REQUEST_KINDS = frozenset(get_args(RequestFault))
_CALLBACK_KINDS = frozenset(get_args(CallbackFault))


class FaultRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to misbehave.

    `op` is an operation name as it appears in the log, or `*`. `rate` is the share of its requests;
    `times` stops the rule after so many. `match` narrows it to requests whose fields have these values.
    `ms` belongs to delay, reorder_callbacks and callback_delay; `s` to list_lag_s; `keep` (share of
    rows still shown) to shuffle; `status`, `retry_after` and `html` to status and status_after; `names` (fields of a
    JSON body, or of its `properties`, that are dropped although the answer is a success) to swallow.
    """

    op: str
    kind: RequestFault | CallbackFault
    rate: float = 1.0
    times: int | None = None
    match: dict[str, str] = {}
    ms: int = 300
    s: float = 2.0
    keep: float = 0.6
    copies: int = 1
    names: tuple[str, ...] = ()
    status: int = 503
    retry_after: int | None = None
    html: bool = False


class FiredFaults(Struct, frozen=True, kw_only=True):
    """The rules that struck one request, and a number to seed whatever they shuffle."""

    rules: tuple[FaultRule, ...] = ()
    draw: int = 0

    def first(self, kind: str) -> FaultRule | None:
        """Give the first struck rule of a kind."""
        return next((rule for rule in self.rules if rule.kind == kind), None)

    def delay_s(self, kind: str) -> float:
        """Add up the delays of a kind, in seconds."""
        return sum(rule.ms for rule in self.rules if rule.kind == kind) / 1000

    def chance(self) -> random.Random:
        """Give a generator that depends on the seed and the request's ordinal only."""
        return random.Random(self.draw)


NO_FAULTS = FiredFaults()


class FaultSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/faults` takes; without a seed the launcher's is used."""

    seed: int | None = None
    rules: tuple[FaultRule, ...] = ()


class _Counters(Struct, kw_only=True):
    settings: FaultSettings
    seen: list[int]
    struck: list[int]


class FaultPlan:
    """Decides which rules strike. Counters survive a restart, so a killed run goes on where it was."""

    def __init__(self, *, seed: int, saved: bytes | None, save: Callable[[bytes], None]) -> None:
        self._save = save
        self._seed = seed
        if saved is None:
            self._state = _Counters(settings=FaultSettings(seed=seed), seen=[], struck=[])
        else:
            self._state = msgspec.json.decode(saved, type=_Counters)

    @property
    def settings(self) -> FaultSettings:
        """The rules in force."""
        return self._state.settings

    @property
    def struck(self) -> list[int]:
        """How often each rule has struck."""
        return list(self._state.struck)

    def replace(self, settings: FaultSettings) -> None:
        """Put new rules in force and start counting from zero."""
        zeros = [0] * len(settings.rules)
        if settings.seed is None:
            settings = msgspec.structs.replace(settings, seed=self._seed)
        self._state = _Counters(settings=settings, seen=zeros, struck=list(zeros))
        self._save(msgspec.json.encode(self._state))

    def for_request(self, op: str, fields: dict[str, str]) -> FiredFaults:
        """Decide for a request that arrives."""
        return self._decide({op, "*"}, fields, _REQUEST_KINDS)

    def for_callback(self, op: str, *, cause: str, fields: dict[str, str]) -> FiredFaults:
        """Decide for a callback that leaves; a rule may name it or the operation that caused it."""
        return self._decide({op, cause, "*"}, fields, _CALLBACK_KINDS)

    def _decide(self, ops: set[str], fields: dict[str, str], kinds: frozenset[str]) -> FiredFaults:
        state, struck, draw = self._state, [], 0
        for index, rule in enumerate(state.settings.rules):
            if rule.op not in ops or rule.kind not in kinds:
                continue
            if any(fields.get(name) != value for name, value in rule.match.items()):
                continue
            if rule.times is not None and state.struck[index] >= rule.times:
                continue
            state.seen[index] += 1
            number = _number(state.settings.seed, index, state.seen[index])
            if number / 2**64 < rule.rate:
                state.struck[index] += 1
                struck.append(rule)
                draw ^= number
        if state.settings.rules:
            self._save(msgspec.json.encode(state))
        return FiredFaults(rules=tuple(struck), draw=draw)


def _number(seed: int | None, rule: int, ordinal: int) -> int:
    return int.from_bytes(blake2b(f"{seed}:{rule}:{ordinal}".encode(), digest_size=8).digest(), "big")
