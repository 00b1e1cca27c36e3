"""What tests and simulations lean on: time, chance and a driver that replay."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.kernel.errors import ConflictError, InvalidInputError
from leadcore.memory.carriers import MemoryCarrier
from leadcore.memory.chance import SeededChance, SeededIds
from leadcore.memory.clock import VirtualClock
from leadcore.memory.driver import SuspendedError, collect, run
from leadcore.memory.model import ScriptedModel, calls, says
from leadcore.memory.storage import MemoryStore
from leadcore.ports.ai import (
    ModelFinished,
    ModelInterruptedError,
    ModelRequest,
    ModelUnavailableError,
    TextDelta,
    ToolCall,
)
from leadcore.testing.builders import NOON, an_outbound_message
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import open_shop

_REQUEST = ModelRequest(model="script-1", system="", turns=())


def test_time_moves_only_when_told_to() -> None:
    clock = VirtualClock(NOON)

    clock.advance(timedelta(hours=2))

    assert clock.now() == clock.now() == NOON + timedelta(hours=2)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        VirtualClock().set(datetime(2026, 6, 1))  # noqa: DTZ001 - that is the point


@given(seed=st.integers(), sizes=st.lists(st.integers(0, 100), max_size=8))
def test_the_same_seed_gives_the_same_chance(seed: int, sizes: list[int]) -> None:
    once, again = SeededChance(seed), SeededChance(seed)

    drawn = [once.token(size) for size in sizes]

    assert [len(token) for token in drawn] == sizes
    assert drawn == [again.token(size) for size in sizes]
    assert 0 <= once.fraction() < 1


@given(steps=st.lists(st.integers(-(10**6), 10**9), min_size=1, max_size=50))
def test_ids_sort_in_the_order_they_were_made_even_if_the_clock_goes_back(steps: list[int]) -> None:
    clock = VirtualClock(NOON)
    ids, twin = SeededIds(7, clock=clock), SeededIds(7, clock=clock)

    made = []
    for step in steps:
        clock.set(NOON + timedelta(milliseconds=step))
        made.append(ids.new())
        assert made[-1] == twin.new()

    assert made == sorted(set(made))
    assert {each.version for each in made} == {7}


def test_a_coroutine_that_never_waits_is_driven_without_a_loop() -> None:
    store = MemoryStore()

    shop = run(open_shop(store))

    assert run(store.directory.tenant_ids()) == [shop.id]


def test_a_coroutine_that_waits_is_refused() -> None:
    with pytest.raises(SuspendedError, match="sleep"):
        run(asyncio.sleep(0))


def test_a_script_is_said_event_by_event_and_then_nothing_is_left() -> None:
    model = ScriptedModel([says("Hi", " Ana"), calls(ToolCall(call_id="1", name="quote", arguments="{}"))])

    first, second = collect(model.stream(_REQUEST)), collect(model.stream(_REQUEST))

    assert [event.text for event in first if isinstance(event, TextDelta)] == ["Hi", " Ana"]
    assert isinstance(second[-1], ModelFinished)
    with pytest.raises(ModelUnavailableError):
        collect(model.stream(_REQUEST))
    assert len(model.requests) == 3


def test_a_scripted_failure_cuts_the_stream() -> None:
    model = ScriptedModel([[TextDelta(text="Hi"), ModelInterruptedError("cut")]])
    heard = []

    async def listen() -> None:
        async for event in model.stream(_REQUEST):
            heard.append(event)  # noqa: PERF401 - what was heard before the failure counts

    with pytest.raises(ModelInterruptedError):
        run(listen())

    assert heard == [TextDelta(text="Hi")]


def test_a_carriers_list_may_lag() -> None:
    clock = VirtualClock(NOON)
    carrier = MemoryCarrier(clock, list_lag=timedelta(seconds=5))
    message = an_outbound_message()
    run(carrier.send(message))

    at_once = run(carrier.accepted_for(message.recipient, since=NOON))
    clock.advance(timedelta(seconds=5))

    assert at_once == ()
    assert len(run(carrier.accepted_for(message.recipient, since=NOON))) == 1


def test_of_two_overlapping_units_of_work_that_change_a_row_the_later_commit_is_refused() -> None:
    store = MemoryStore()
    shop = run(open_shop(store))

    async def overlap() -> None:
        async with store.begin(shop.id) as first, store.begin(shop.id) as second:
            await first.compliance.mark_inbound(shop.point.id, tenant_id=shop.id, at=NOON)
            await second.compliance.mark_inbound(shop.point.id, tenant_id=shop.id, at=NOON + timedelta(days=1))
            await first.commit()
            await second.commit()

    with pytest.raises(ConflictError):
        run(overlap())

    assert store.events == []
    assert store.now().tzinfo is UTC


def test_a_promise_cannot_be_rewritten() -> None:
    class Promise(Contract):
        def test_it_holds(self) -> None:
            assert self is not None

    with pytest.raises(TypeError, match="test_it_holds"):
        type("Softened", (Promise,), {"test_it_holds": lambda self: None})
