import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from leadcore.conversations.policies.bench import ShopBench
from leadcore.conversations.values import TurnContext
from leadcore.ports.ai import (
    ModelEvent,
    ModelFinished,
    ModelInterruptedError,
    ModelPrice,
    ModelRefusedError,
    ModelRequest,
    ModelUnavailableError,
    ModelUsage,
    TextDelta,
    ToolCall,
    ToolCallReady,
)
from leadcore_runtime.turn_breakers import BreakerRule, Breakers
from leadcore_runtime.turn_streams import TurnLimits
from leadcore_runtime.turns import Candidate, TurnRunner

CATALOG_ANSWER = "Full Ceramic Tint for your sedan is $450."
QUICK = TurnLimits(first_event_s=0.05, idle_s=0.05, total_s=5)
Script = list[ModelEvent | Exception | asyncio.Event]


class Journal:
    """What happened, in order: what models generated and what the sink was given."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.gens: dict[int, str] = {}
        self.began = asyncio.Event()

    async def append(self, gen: int, text: str) -> None:
        self.lines.append(f"shown {text}")
        self.gens[gen] = self.gens.get(gen, "") + text
        self.began.set()

    async def reset(self, gen: int) -> None:
        self.lines.append(f"reset {gen}")

    async def held(self) -> None:
        self.lines.append("held")


class FakeModel:
    """Plays one script per call; an event in a script waits for ever (nobody sets it)."""

    def __init__(self, journal: Journal, *scripts: Script, provider: str = "anthropic") -> None:
        self.journal = journal
        self.scripts = list(scripts)
        self.provider = provider
        self.default_model = f"{provider}-1"
        self.prices: tuple[ModelPrice, ...] = ()
        self.calls = 0
        self.closed_streams = 0

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        self.calls += 1
        script = self.scripts.pop(0) if self.scripts else [ModelUnavailableError("down")]
        try:
            for item in script:
                if isinstance(item, Exception):
                    raise item
                if isinstance(item, asyncio.Event):
                    await item.wait()
                    continue
                if isinstance(item, TextDelta):
                    self.journal.lines.append(f"generated {item.text}")
                yield item
        finally:
            self.closed_streams += 1

    async def aclose(self) -> None:
        self.scripts.clear()


def text(*pieces: str) -> Script:
    return [TextDelta(text=piece) for piece in pieces]


def end(reason: str = "stop") -> ModelFinished:
    usage = ModelUsage(input_tokens=10, output_tokens=5)
    return ModelFinished(reason="tool_use" if reason == "tool_use" else "stop", usage=usage, model="m")


def runner(*, limits: TurnLimits = QUICK, monotonic: Callable[[], float] = time.monotonic) -> TurnRunner:
    return TurnRunner(breakers=Breakers(monotonic=monotonic), monotonic=monotonic, limits=limits)


@pytest.fixture
def journal() -> Journal:
    return Journal()


async def test_an_unheld_token_is_shown_before_the_next_is_generated(
    context: TurnContext, bench: ShopBench, journal: Journal
) -> None:
    model = FakeModel(journal, [*text("Sure", " thing", ", happy", " to"), end()])

    result = await runner().run(context, [Candidate(language_model=model)], bench=bench, sink=journal)

    assert journal.lines == [
        line for word in ("Sure", " thing", ", happy") for line in (f"generated {word}", f"shown {word}")
    ] + ["generated  to", "shown  ", "shown to"]  # "to" might have become "tomorrow"
    assert result.text == "Sure thing, happy to"


async def test_tools_run_after_the_terminal_event_and_the_quote_is_told(
    context: TurnContext, bench: ShopBench, journal: Journal
) -> None:
    call = ToolCallReady(call=ToolCall(call_id="c", name="quote_service", arguments='{"service": "ceramic tint"}'))
    model = FakeModel(journal, [call, end("tool_use")], [*text("It is ", "$4", "50", ". Bye"), end()])

    result = await runner().run(context, [Candidate(language_model=model, model="big")], bench=bench, sink=journal)

    assert result.text == "It is $450. Bye" == journal.gens[1]
    assert "held" in journal.lines
    assert result.metadata.tokens_used.total == 30
    assert model.closed_streams == 2


async def test_a_provider_that_is_down_is_replaced_unseen(
    context: TurnContext, bench: ShopBench, journal: Journal
) -> None:
    down = FakeModel(journal, [ModelUnavailableError("down")])
    other = FakeModel(journal, [*text("Hello!"), end()], provider="openai")

    result = await runner().run(
        context, [Candidate(language_model=down), Candidate(language_model=other)], bench=bench, sink=journal
    )

    assert (result.text, result.gen, result.metadata.provider) == ("Hello!", 1, "openai")
    assert "reset 2" not in journal.lines


@pytest.mark.parametrize(
    "breakage", [[ModelInterruptedError("cut")], [], [asyncio.Event()]], ids=["cut", "end", "stall"]
)
async def test_a_stream_that_breaks_mid_answer_is_replaced_without_a_repeated_word(
    context: TurnContext, bench: ShopBench, journal: Journal, breakage: Script
) -> None:
    broken = FakeModel(journal, [*text("Well hello"), *breakage])
    other = FakeModel(journal, [*text("Hello!"), end()], provider="openai")

    result = await runner().run(
        context, [Candidate(language_model=broken), Candidate(language_model=other)], bench=bench, sink=journal, gen=4
    )

    assert "reset 5" in journal.lines
    assert (result.gen, result.text) == (5, "Hello!")
    assert journal.gens == {4: "Well hello", 5: "Hello!"}
    assert broken.closed_streams == 1


async def test_a_model_that_says_nothing_in_time_is_replaced(
    context: TurnContext, bench: ShopBench, journal: Journal
) -> None:
    silent = FakeModel(journal, [asyncio.Event()])
    other = FakeModel(journal, [*text("Hello!"), end()], provider="openai")

    result = await runner().run(
        context, [Candidate(language_model=silent), Candidate(language_model=other)], bench=bench, sink=journal
    )

    assert result.metadata.failed_over_from == ("anthropic",)
    assert silent.closed_streams == 1


async def test_when_all_are_down_the_catalog_answers(context: TurnContext, bench: ShopBench, journal: Journal) -> None:
    models = [FakeModel(journal), FakeModel(journal, [ModelRefusedError("bad key")], provider="openai")]

    result = await runner().run(
        context, [Candidate(language_model=model) for model in models], bench=bench, sink=journal
    )

    assert result.text == CATALOG_ANSWER == journal.gens[1]
    assert result.metadata.provider == "catalog"


async def test_when_the_time_of_the_turn_is_up_the_catalog_answers(
    context: TurnContext, bench: ShopBench, journal: Journal
) -> None:
    models = [FakeModel(journal, [asyncio.Event()]), FakeModel(journal, [asyncio.Event()], provider="openai")]
    limits = TurnLimits(first_event_s=60, idle_s=60, total_s=0.05)

    result = await runner(limits=limits).run(
        context, [Candidate(language_model=model) for model in models], bench=bench, sink=journal
    )

    assert result.text == CATALOG_ANSWER
    assert models[1].calls == 0


async def test_a_cancelled_turn_closes_the_stream(context: TurnContext, bench: ShopBench, journal: Journal) -> None:
    model = FakeModel(journal, [*text("Hello"), asyncio.Event()])
    run = runner(limits=TurnLimits()).run(context, [Candidate(language_model=model)], bench=bench, sink=journal)

    task = asyncio.create_task(run)
    await journal.began.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.closed_streams == 1


async def test_a_sink_that_fails_closes_the_stream(context: TurnContext, bench: ShopBench, journal: Journal) -> None:
    class FullDisk(Journal):
        async def append(self, gen: int, text: str) -> None:
            raise TimeoutError("the database is slow")

    model = FakeModel(journal, [*text("Hello", " again"), end()])

    with pytest.raises(TimeoutError, match="database"):
        await runner().run(context, [Candidate(language_model=model)], bench=bench, sink=FullDisk())

    assert model.closed_streams == 1


async def test_a_provider_that_keeps_failing_is_left_alone_until_it_is_probed(
    context: TurnContext, bench: ShopBench, journal: Journal
) -> None:
    clock = [0.0]
    turns = TurnRunner(
        breakers=Breakers(monotonic=lambda: clock[0], rule=BreakerRule(failures=2, open_s=30)),
        monotonic=lambda: clock[0],
        limits=QUICK,
    )
    model = FakeModel(journal)
    candidates = [Candidate(language_model=model)]

    for _ in range(4):
        await turns.run(context, candidates, bench=bench, sink=journal)
    calls_while_open = model.calls
    clock[0] = 31.0
    model.scripts = [[*text("Back"), end()], [*text("Again"), end()]]
    results = [await turns.run(context, candidates, bench=bench, sink=journal) for _ in range(2)]

    assert calls_while_open == 2
    assert [result.text for result in results] == ["Back", "Again"]


def test_only_one_call_probes_an_open_breaker(context: TurnContext) -> None:
    clock = [0.0]
    breakers = Breakers(monotonic=lambda: clock[0], rule=BreakerRule(failures=1, open_s=30))
    line = (context.tenant_id, "anthropic")

    breakers.failed(line)
    while_open = breakers.admits(line)
    clock[0] = 30.0
    probes = [breakers.admits(line), breakers.admits(line)]
    breakers.abandoned(line)
    after_a_cancelled_probe = breakers.admits(line)
    breakers.failed(line)
    after_a_failed_probe = breakers.admits(line)

    assert not while_open
    assert probes == [True, False]
    assert after_a_cancelled_probe
    assert not after_a_failed_probe


async def test_latency_is_taken_from_the_clock_passed_in(
    context: TurnContext, bench: ShopBench, journal: Journal
) -> None:
    ticks = iter(range(100))
    model = FakeModel(journal, [*text("Hello", " you"), end()])

    result = await runner(monotonic=lambda: float(next(ticks))).run(
        context, [Candidate(language_model=model)], bench=bench, sink=journal
    )

    assert result.metadata.first_token_ms == 1000
    assert result.metadata.latency_ms == 3000
