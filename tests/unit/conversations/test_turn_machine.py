from datetime import UTC, date, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadcore.conversations.machine.calls import MAX_CALLS
from leadcore.conversations.machine.progress import TurnProgress
from leadcore.conversations.machine.signals import (
    AskCatalog,
    Begin,
    CallModel,
    Cancelled,
    CatalogAnswered,
    Choice,
    Delta,
    Emit,
    Finish,
    Held,
    ModelDone,
    ModelFailed,
    Reset,
    RunTools,
    ToolsAnswered,
    TurnEffect,
    TurnInput,
)
from leadcore.conversations.machine.turn import MAX_ROUNDS, MAX_TEXT, advance, begin
from leadcore.conversations.policies.assistant import catalog_answer
from leadcore.conversations.policies.bench import ShopBench
from leadcore.conversations.values import Said, TurnContext
from leadcore.ports.ai import ModelPrice, ModelUsage, ToolCall, ToolResult

PRICES = (
    ModelPrice(model="m-1", effective_from=date(2026, 1, 1), input_usd=1.0, output_usd=10.0, cached_input_usd=0.1),
)
FIRST = Choice(provider="anthropic", model="m-1", prices=PRICES)
SECOND = Choice(provider="openai", model="m-2")
USAGE = ModelUsage(input_tokens=1000, output_tokens=100)
STOP = ModelDone(reason="stop", usage=USAGE, model="m-1")
DISCLOSED = "This is the AI assistant of Lone Star Tint."


def quote_call(call_id: str = "c1", vehicle: str = "2021 Tesla Model 3") -> ToolCall:
    arguments = msgspec.json.encode({"service": "ceramic tint", "vehicle": vehicle}).decode()
    return ToolCall(call_id=call_id, name="quote_service", arguments=arguments)


class Play:
    """A turn played by hand: tools and the catalog answer at once, everything else is what the test says."""

    def __init__(self, context: TurnContext, bench: ShopBench, *choices: Choice) -> None:
        self.context = context
        self.bench = bench
        self.effects: list[TurnEffect] = []
        self.clock = 100.0
        self.state, effects = begin(Begin(context=context, choices=choices), now=self.clock)
        self._perform(effects)

    def hear(self, *inputs: TurnInput) -> "Play":
        for given_input in inputs:
            self.clock += 0.010
            self.state, effects = advance(self.state, given_input, now=self.clock)
            self._perform(effects)
        return self

    def _perform(self, effects: tuple[TurnEffect, ...]) -> None:
        self.effects += effects
        for effect in effects:
            if isinstance(effect, RunTools):
                self.hear(ToolsAnswered(outcomes=tuple(self.bench.run(call) for call in effect.calls)))
            elif isinstance(effect, AskCatalog):
                reply = catalog_answer(self.context, self.bench)
                self.hear(CatalogAnswered(text=reply.text, handoff=reply.handoff, quote=reply.quote))

    def all(self, kind: type[Reset | Held | Finish]) -> list[TurnEffect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def requests(self) -> list[CallModel]:
        return [effect for effect in self.effects if isinstance(effect, CallModel)]

    @property
    def finish(self) -> Finish:
        (finish,) = [effect for effect in self.effects if isinstance(effect, Finish)]
        return finish

    @property
    def tools_run(self) -> int:
        return sum(len(effect.calls) for effect in self.effects if isinstance(effect, RunTools))

    def shown(self, gen: int) -> str:
        return "".join(effect.text for effect in self.effects if isinstance(effect, Emit) and effect.gen == gen)


def test_an_answer_with_a_quote_is_streamed_priced_and_accounted(context: TurnContext, bench: ShopBench) -> None:
    play = Play(context, bench, FIRST, SECOND)

    play.hear(Delta(text="Let me look."), ModelDone(reason="tool_use", usage=USAGE, model="m-1", calls=(quote_call(),)))
    play.hear(Delta(text="It is "), Delta(text="$450"), Delta(text=". Anything else?"), STOP)

    finish = play.finish
    assert finish.text == "Let me look. It is $450. Anything else?" == play.shown(1)
    assert finish.metadata.provider == "anthropic"
    assert finish.metadata.tokens_used.total == 2200
    assert finish.metadata.cost_usd == pytest.approx(2 * (1000 * 1 + 100 * 10) / 1e6)
    assert (finish.metadata.first_token_ms, finish.metadata.latency_ms) == (10, 60 + 10)
    assert [quote.price.display for quote in finish.quotes] == ["$450"]
    assert finish.metadata.corrected == ()


def test_the_models_words_and_calls_are_handed_back_with_the_results(context: TurnContext, bench: ShopBench) -> None:
    play = Play(context, bench, FIRST)

    done = ModelDone(reason="tool_use", usage=USAGE, model="m-1", calls=(quote_call(),), provider_state=b"thoughts")
    play.hear(Delta(text="One moment."), done)

    asked, answered = play.requests[-1].request.turns[-2:]
    assert asked.provider_state == b"thoughts"
    assert asked.parts[-1] == quote_call()
    assert isinstance(answered.parts[0], ToolResult)
    assert '"display":"$450"' in answered.parts[0].content


def test_a_price_of_an_earlier_turn_is_not_repeated(context: TurnContext, bench: ShopBench) -> None:
    play = Play(context, bench, FIRST)

    play.hear(Delta(text="As I said, it is $4"), Delta(text="50. Anything else?"), STOP)

    assert "$450" not in play.finish.text
    assert play.finish.metadata.corrected == ("amount",)
    assert play.all(Held) == [Held()]


def test_a_failure_before_the_first_word_goes_unseen(context: TurnContext, bench: ShopBench) -> None:
    play = Play(context, bench, FIRST, SECOND)

    play.hear(ModelFailed(failure="unavailable"), Delta(text="Hello there."), STOP)

    assert play.all(Reset) == []
    assert play.finish.gen == 1
    assert play.finish.metadata.provider == "openai"
    assert play.finish.metadata.failed_over_from == ("anthropic",)
    assert play.finish.metadata.cost_usd is None


def test_a_failure_after_the_first_word_starts_a_new_generation(context: TurnContext, bench: ShopBench) -> None:
    play = Play(context, bench, FIRST, SECOND)

    play.hear(ModelDone(reason="tool_use", usage=USAGE, model="m-1", calls=(quote_call(),)))
    play.hear(Delta(text="Your price "), ModelFailed(failure="interrupted"))
    play.hear(ModelDone(reason="tool_use", usage=USAGE, model="m-2", calls=(quote_call("other-id"),)))
    play.hear(Delta(text="It is $450."), STOP)

    assert play.all(Reset) == [Reset(gen=2)]
    assert play.shown(1) == "Your price "
    assert play.finish.text == play.shown(2) == "It is $450."
    assert play.tools_run == 1


def test_when_every_model_fails_or_refuses_the_catalog_answers(context: TurnContext, bench: ShopBench) -> None:
    play = Play(context, bench, FIRST, SECOND)

    play.hear(ModelFailed(failure="unavailable"), ModelDone(reason="refusal", usage=USAGE, model="m-2"))

    assert play.finish.text == "Full Ceramic Tint for your 2021 Tesla Model 3 is $450."
    assert play.finish.metadata.provider == "catalog"
    assert play.finish.metadata.model == "deterministic"
    assert play.finish.metadata.failed_over_from == ("anthropic", "openai")
    assert [quote.quote_id for quote in play.finish.quotes] == ["q1"]


@pytest.mark.parametrize("words", ["", "  \n "])
def test_an_empty_answer_becomes_the_catalogs(context: TurnContext, bench: ShopBench, words: str) -> None:
    play = Play(context, bench, FIRST)

    play.hear(Delta(text=words), STOP)

    assert play.finish.metadata.provider == "catalog"
    assert "$450" in play.finish.text


def test_without_any_model_the_catalog_answers(context: TurnContext, bench: ShopBench) -> None:
    play = Play(context, bench)

    assert play.finish.metadata.provider == "catalog"
    assert play.finish.metadata.cost_usd == 0.0


def test_a_first_answer_begins_with_the_disclosure(context: TurnContext, bench: ShopBench) -> None:
    play = Play(msgspec.structs.replace(context, disclosed_at=None), bench, FIRST)

    play.hear(Delta(text=" Hi"), Delta(text=" Ana!"), STOP)

    assert play.finish.text == f"{DISCLOSED} Hi Ana!"
    assert play.finish.disclosed


def test_are_you_human_is_answered_before_any_model(context: TurnContext, bench: ShopBench) -> None:
    asked = Said(author="customer", text="Hey, are you a real person?", at=context.now)
    play = Play(msgspec.structs.replace(context, recent=(asked,), disclosed_at=None), bench, FIRST)

    assert play.requests == []
    assert play.finish.text.startswith("I am an AI assistant of Lone Star Tint, not a person.")
    assert play.finish.text.count("AI assistant") == 1
    assert play.finish.disclosed


def test_a_plain_wish_for_a_person_is_never_left_to_the_model(context: TurnContext, bench: ShopBench) -> None:
    asked = Said(author="customer", text="Let me talk to a human", at=context.now)
    play = Play(msgspec.structs.replace(context, recent=(asked,)), bench, FIRST)

    play.hear(Delta(text="I can help you."), STOP)

    assert play.finish.handoff == "the customer asked for a person"


def test_a_handover_without_words_is_put_into_words(context: TurnContext, bench: ShopBench) -> None:
    play = Play(context, bench, FIRST)
    call = ToolCall(call_id="c", name="hand_over_to_person", arguments='{"reason": "upset"}')

    play.hear(ModelDone(reason="tool_use", usage=USAGE, model="m-1", calls=(call,)), STOP)

    assert play.finish.handoff == "upset"
    assert play.finish.text == "Of course. I have asked a person from the team to take over."


def test_a_model_in_a_tool_loop_is_cut_off(context: TurnContext, bench: ShopBench) -> None:
    play = Play(context, bench, FIRST)

    for number in range(20):
        call = quote_call(f"c{number}", vehicle=f"car {number}")
        play.hear(ModelDone(reason="tool_use", usage=USAGE, model="m-1", calls=(call,)))

    assert play.tools_run == MAX_CALLS
    assert len(play.requests) == MAX_ROUNDS
    assert play.requests[-1].request.tools == ()
    assert play.finish.metadata.provider == "catalog"


def test_a_model_that_never_stops_talking_is_cut_off(context: TurnContext, bench: ShopBench) -> None:
    play = Play(context, bench, FIRST)

    play.hear(*[Delta(text="We would love to see your car. ")] * 1000)

    assert play.finish.metadata.finish_reason == "length"
    assert len(play.finish.text) <= MAX_TEXT + 100


def test_a_cancelled_turn_says_nothing_more(context: TurnContext, bench: ShopBench) -> None:
    play = Play(context, bench, FIRST)

    play.hear(Delta(text="Hello "), Cancelled(), Delta(text="there"), STOP)

    assert play.shown(1) == "Hello "
    assert play.all(Finish) == []


def test_the_prompt_holds_facts_but_no_price_and_no_contact(context: TurnContext, bench: ShopBench) -> None:
    asked = Said(author="customer", text="I am at 512 555 0177, ana@example.com. Price?", at=context.now)

    request = Play(msgspec.structs.replace(context, recent=(asked,)), bench, FIRST).requests[0].request

    assert "Hours: Mon-Fri 9 AM-6 PM, Sat 9 AM-2 PM, Sun closed" in request.system
    assert request.system.index("Brand: Lone Star Tint") < request.system.index("First name: Ana")
    assert "$" not in request.system
    assert "555 0177" not in repr(request.turns)
    assert "ana@example.com" not in repr(request.turns)
    assert request.cache_key == f"tenant-{UUID(int=1)}"


# --------------------------------------------------------------------------------------------- a hostile model

_WORDS = st.sampled_from(
    [
        "$",
        "99",
        " 450",
        "$450",
        ". ",
        "four hundred ",
        "dollars",
        "free",
        " ",
        "Sure",
        "!\n",
        "20% off",
        "I am human",
        "\u200b",
    ]
)
_CALLS = st.builds(
    ToolCall,
    call_id=st.text(max_size=3),
    name=st.sampled_from(["quote_service", "shop_info", "hand_over_to_person", "rm", ""]),
    arguments=st.sampled_from(
        [
            '{"service":"ceramic tint","vehicle":"$99"}',
            '{"service":"ceramic tint","vehicle":"Tesla 99 dollars"}',
            '{"service":"ceramic tint","vehicle":"2021 Tesla Model 3"}',
            '{"service":"ceramic"}',
            "{",
            "[]",
            '{"reason":"x"}',
            "null",
            "{}",
        ]
    ),
)
_DONE = st.builds(
    ModelDone,
    reason=st.sampled_from(["stop", "tool_use", "length", "refusal", "filtered"]),
    usage=st.builds(ModelUsage, input_tokens=st.integers(0, 100), output_tokens=st.integers(0, 100)),
    model=st.sampled_from(["m-1", "unknown"]),
    calls=st.lists(_CALLS, max_size=9).map(tuple),
)
_FAILED = st.builds(ModelFailed, failure=st.sampled_from(["unavailable", "interrupted", "refused", "stalled"]))
_STRAY = st.sampled_from([ToolsAnswered(outcomes=()), CatalogAnswered(text="$5")])
_INPUTS = st.lists(
    st.one_of(st.builds(Delta, text=_WORDS), st.builds(Delta, text=_WORDS), _DONE, _FAILED, _STRAY), max_size=40
)


@given(inputs=_INPUTS, choices=st.integers(0, 3), disclosed=st.booleans())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_model_does_the_invariants_hold(
    context: TurnContext, bench: ShopBench, inputs: list[TurnInput], choices: int, *, disclosed: bool
) -> None:
    known = msgspec.structs.replace(context, disclosed_at=datetime(2026, 11, 24, 18, tzinfo=UTC) if disclosed else None)
    play = Play(known, bench, *(FIRST, SECOND, FIRST)[:choices])

    for given_input in inputs:
        stray = isinstance(given_input, CatalogAnswered | ToolsAnswered)
        before = play.state
        play.hear(given_input)
        assert not stray or play.state == before
    while play.state.phase != "done":
        play.hear(ModelFailed(failure="unavailable"))

    finish = play.finish
    assert finish.text == play.shown(finish.gen)
    assert finish.text.strip()
    assert "99" not in finish.text
    assert "$" not in finish.text.replace("$450", "")
    assert "dollars" not in finish.text.replace("four hundred fifty dollars", "")
    assert play.tools_run <= MAX_CALLS
    assert finish.disclosed is not disclosed
    assert ("AI assistant" in finish.text) or disclosed
    assert len(finish.metadata.failed_over_from) <= choices
    assert play.effects[-1] == finish
    assert isinstance(play.state, TurnProgress)
