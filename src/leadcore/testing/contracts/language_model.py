"""What every `LanguageModel` promises. Subclass it and supply the fixture `bench`."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Literal, Protocol

import msgspec
import pytest

from leadcore.ports.ai import (
    LanguageModel,
    ModelError,
    ModelEvent,
    ModelFinished,
    ModelInterruptedError,
    ModelRefusedError,
    ModelRequest,
    ModelTurn,
    ModelUnavailableError,
    TextDelta,
    TextPart,
    ToolCall,
    ToolCallReady,
    ToolResult,
    ToolSpec,
)
from leadcore.testing.contracts.contract import Contract

Mishap = Literal["overloaded", "rate_limited", "broken_before", "broken_midway", "cut_midway", "declines"]

CHAT = "Hi there"
PRICE_QUESTION = "How much for ceramic tint on my 2021 Tesla Model 3?"
QUOTE_TOOL = ToolSpec(
    name="quote_service",
    description="The shop's price for a service on a vehicle. The only source of prices.",
    parameters={
        "type": "object",
        "properties": {"service": {"type": "string"}, "vehicle": {"type": ["string", "null"]}},
        "required": ["service", "vehicle"],
    },
)
QUOTE = (
    '{"quote_id":"q1","service":"Ceramic tint","vehicle_class":"sedan",'
    '"price":{"amount_minor":45000,"currency":"USD","display":"$450"}}'
)


class Bench(Protocol):
    """A model and the power over what its vendor does next."""

    @property
    def model(self) -> LanguageModel:
        """Answers `CHAT` with a few words, `PRICE_QUESTION` by calling the tool it is offered, then with its price."""
        ...

    @property
    def stranger(self) -> LanguageModel:
        """The same vendor reached with a wrong key."""
        ...

    async def arrange(self, mishap: Mishap) -> None:
        """Make the vendor fail the next call.

        `overloaded`, `rate_limited` (asking for 7 s): refused before anything. `broken_before`: an error report in the
        stream before the first word. `broken_midway`, `cut_midway`: after some words an error report, or nothing more.
        `declines`: the model will not answer that.
        """
        ...


def asking(
    text: str, *, tools: tuple[ToolSpec, ...] = (), then: tuple[ModelTurn, ...] = (), model: str = ""
) -> ModelRequest:
    """A request in which the customer said *text*, followed by the turns *then*."""
    said = ModelTurn(role="user", parts=(TextPart(text=text),))
    system = "You are the assistant of Lone Star Tint. Prices come from the tool only."
    return ModelRequest(model=model, system=system, turns=(said, *then), tools=tools)


async def heard(events: AsyncIterator[ModelEvent]) -> tuple[list[ModelEvent], ModelError | None]:
    """All events up to the end or the failure."""
    found: list[ModelEvent] = []
    try:
        async for event in events:
            found.append(event)  # noqa: PERF401 - what came before a failure counts
    except ModelError as failure:
        return found, failure
    return found, None


class LanguageModelContract(Contract, port="LanguageModel"):
    """A stream is whole or it failed, and a failure says whether trying elsewhere, later or never can help."""

    async def test_an_answer_is_streamed_and_ends_with_its_terminal_event(self, bench: Bench) -> None:
        """Several deltas, then exactly one `ModelFinished`, last."""
        events, failure = await heard(bench.model.stream(asking(CHAT)))

        assert failure is None
        assert len([event for event in events if isinstance(event, TextDelta) and event.text]) > 1
        assert [isinstance(event, ModelFinished) for event in events] == [False] * (len(events) - 1) + [True]
        assert _finish(events).reason == "stop"

    async def test_usage_and_the_model_are_reported(self, bench: Bench) -> None:
        """What cost is computed from is there, and the default model has a price."""
        finish = _finish((await heard(bench.model.stream(asking(CHAT))))[0])

        assert finish.usage.input_tokens > 0
        assert finish.usage.output_tokens > 0
        assert finish.model == bench.model.default_model
        assert finish.model in {price.model for price in bench.model.prices}

    async def test_a_tool_call_is_whole_and_its_result_leads_to_the_answer(self, bench: Bench) -> None:
        """The whole loop: call, result, answer; opaque state handed back unchanged."""
        first, failure = await heard(bench.model.stream(asking(PRICE_QUESTION, tools=(QUOTE_TOOL,))))
        answered = _with_result(first, provider=bench.model.provider, state=_finish(first).provider_state)
        second, second_failure = await heard(
            bench.model.stream(asking(PRICE_QUESTION, tools=(QUOTE_TOOL,), then=answered))
        )

        call = _call(first)
        assert (failure, second_failure) == (None, None)
        assert _finish(first).reason == "tool_use"
        assert isinstance(first[-1], ModelFinished)
        assert call.name == QUOTE_TOOL.name
        assert "tint" in str(msgspec.json.decode(call.arguments)["service"])
        assert _finish(second).reason == "stop"
        assert "$450" in _text(second)

    async def test_another_providers_turn_is_understood_without_its_state(self, bench: Bench) -> None:
        """Failover in the middle of a tool loop: foreign call ids and foreign state do no harm."""
        call = ToolCall(call_id="call|foreign:1", name=QUOTE_TOOL.name, arguments='{"service":"x","vehicle":null}')
        called = ModelTurn(role="assistant", parts=(call,), provider="somebody-else", provider_state=b"\x00secret")
        result = ModelTurn(role="user", parts=(ToolResult(call_id=call.call_id, content=QUOTE),))

        events, failure = await heard(
            bench.model.stream(asking(PRICE_QUESTION, tools=(QUOTE_TOOL,), then=(called, result)))
        )

        assert failure is None
        assert "$450" in _text(events)

    async def test_a_conversation_may_begin_with_our_own_words_and_hold_empty_turns(self, bench: Bench) -> None:
        """The first text of a thread is usually the shop's."""
        ours = ModelTurn(role="assistant", parts=(TextPart(text="Thanks for your request!"),))
        empty = ModelTurn(role="assistant", parts=(TextPart(text=""),))
        theirs = ModelTurn(role="user", parts=(TextPart(text=CHAT),))
        request = ModelRequest(model="", system="Be kind.", turns=(ours, theirs, empty, theirs))

        events, failure = await heard(bench.model.stream(request))

        assert failure is None
        assert _finish(events).reason == "stop"

    @pytest.mark.parametrize("mishap", ["overloaded", "broken_before"])
    async def test_before_the_first_word_a_failure_says_try_another(self, bench: Bench, mishap: Mishap) -> None:
        """Nothing was produced, so another model may take over."""
        await bench.arrange(mishap)

        events, failure = await heard(bench.model.stream(asking(CHAT)))

        assert events == []
        assert isinstance(failure, ModelUnavailableError)

    async def test_a_rate_limit_says_how_long_to_wait(self, bench: Bench) -> None:
        """The vendor's own figure, in seconds."""
        await bench.arrange("rate_limited")

        _, failure = await heard(bench.model.stream(asking(CHAT)))

        assert isinstance(failure, ModelUnavailableError)
        assert failure.retry_after_s == 7  # noqa: PLR2004 - as arranged

    @pytest.mark.parametrize("mishap", ["broken_midway", "cut_midway"])
    async def test_after_the_first_word_a_failure_is_an_interruption(self, bench: Bench, mishap: Mishap) -> None:
        """A stream without its terminal event is no answer, however much came."""
        await bench.arrange(mishap)

        events, failure = await heard(bench.model.stream(asking(CHAT)))

        assert _text(events)
        assert not any(isinstance(event, ModelFinished) for event in events)
        assert isinstance(failure, ModelInterruptedError)

    async def test_a_cut_tool_call_is_never_handed_up(self, bench: Bench) -> None:
        """Half a call would run with half its arguments."""
        await bench.arrange("cut_midway")

        events, failure = await heard(bench.model.stream(asking(PRICE_QUESTION, tools=(QUOTE_TOOL,))))

        assert not any(isinstance(event, ToolCallReady) for event in events)
        assert isinstance(failure, ModelUnavailableError | ModelInterruptedError)

    async def test_a_failure_is_not_repeated_behind_the_callers_back(self, bench: Bench) -> None:
        """One call is one call; the next one works."""
        await bench.arrange("overloaded")

        _, failure = await heard(bench.model.stream(asking(CHAT)))
        events, second_failure = await heard(bench.model.stream(asking(CHAT)))

        assert isinstance(failure, ModelUnavailableError)
        assert second_failure is None
        assert _text(events)

    async def test_a_refusal_is_an_answer_with_its_own_reason(self, bench: Bench) -> None:
        """The model declined; nothing is broken."""
        await bench.arrange("declines")

        events, failure = await heard(bench.model.stream(asking(CHAT)))

        assert failure is None
        assert _finish(events).reason == "refusal"

    async def test_a_wrong_key_cannot_be_cured_by_trying_again(self, bench: Bench) -> None:
        """It is our configuration's fault, and the error says what to do."""
        events, failure = await heard(bench.stranger.stream(asking(CHAT)))

        assert events == []
        assert isinstance(failure, ModelRefusedError)
        assert failure.fix

    async def test_an_unknown_model_cannot_be_cured_by_trying_again(self, bench: Bench) -> None:
        """Retired and misspelt ids alike."""
        events, failure = await heard(bench.model.stream(asking(CHAT, model="no-such-model-1")))

        assert events == []
        assert isinstance(failure, ModelRefusedError)

    async def test_closing_the_iterator_stops_it_and_the_model_stays_usable(self, bench: Bench) -> None:
        """A customer who leaves costs no more tokens."""
        stream = bench.model.stream(asking(CHAT))
        first = await anext(stream)
        assert isinstance(stream, AsyncGenerator)
        await stream.aclose()
        again, failure = await heard(bench.model.stream(asking(CHAT)))

        assert isinstance(first, TextDelta)
        assert failure is None
        assert _finish(again).reason == "stop"

    async def test_closing_twice_is_closing_once(self, bench: Bench) -> None:
        """`aclose` is idempotent."""
        await bench.model.aclose()
        await bench.model.aclose()

        assert bench.model.provider


def _text(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def _finish(events: list[ModelEvent]) -> ModelFinished:
    return next(event for event in events if isinstance(event, ModelFinished))


def _call(events: list[ModelEvent]) -> ToolCall:
    return next(event.call for event in events if isinstance(event, ToolCallReady))


def _with_result(events: list[ModelEvent], *, provider: str, state: bytes) -> tuple[ModelTurn, ...]:
    call, text = _call(events), _text(events)
    said = (TextPart(text=text),) if text else ()
    return (
        ModelTurn(role="assistant", parts=(*said, call), provider=provider, provider_state=state),
        ModelTurn(role="user", parts=(ToolResult(call_id=call.call_id, content=QUOTE),)),
    )
