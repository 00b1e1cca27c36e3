import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any

import msgspec
import pytest

from leadcore.kernel.errors import InvalidInputError
from leadcore.ports.ai import (
    ModelFinished,
    ModelInterruptedError,
    ModelPrice,
    ModelRefusedError,
    ModelTurn,
    ModelUnavailableError,
    ModelUsage,
    TextDelta,
    TextPart,
    ToolCallReady,
    ToolResult,
    cost_usd,
)
from leadcore.testing.contracts.language_model import (
    CHAT,
    PRICE_QUESTION,
    QUOTE,
    QUOTE_TOOL,
    Bench,
    LanguageModelContract,
    asking,
    heard,
)
from leadcore_anthropic.model import AnthropicModel
from leadcore_anthropic.plugin import PLUGIN
from leadcore_anthropic.settings import AnthropicSettings
from leadcore_simulators.models.anthropic import create_app
from tests.apps.simulators.model_server import Simulator, connected, serving
from tests.integration.ai.bench import SimulatedBench


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(create_app, tmp_path_factory.mktemp("anthropic")) as address:
        yield address


@pytest.fixture
async def simulator(url: str) -> AsyncIterator[Simulator]:
    async with connected(url) as running:
        yield await running.fresh()


@pytest.fixture
async def claude(url: str) -> AsyncIterator[AnthropicModel]:
    model = opened(url)
    yield model
    await model.aclose()


def opened(url: str, **settings: Any) -> AnthropicModel:
    chosen = {"api_key": "sim-anthropic-key", "base_url": url, **settings}
    return AnthropicModel(msgspec.convert(chosen, AnthropicSettings))


class TestAnthropicModel(LanguageModelContract):
    @pytest.fixture
    async def bench(self, url: str, simulator: Simulator, claude: AnthropicModel) -> AsyncIterator[Bench]:
        await simulator.set(token_delay_ms=2)
        stranger = opened(url, api_key="sk-wrong")
        yield SimulatedBench(model=claude, stranger=stranger, simulator=simulator)
        await stranger.aclose()


async def test_thinking_goes_back_unchanged_and_the_text_as_the_customer_saw_it(
    simulator: Simulator, claude: AnthropicModel
) -> None:
    first, _ = await heard(claude.stream(asking(PRICE_QUESTION, tools=(QUOTE_TOOL,))))
    call = next(event.call for event in first if isinstance(event, ToolCallReady))
    state = next(event.provider_state for event in first if isinstance(event, ModelFinished))
    said = TextPart(text="What a guard made of it.")
    turns = (
        ModelTurn(role="assistant", parts=(said, call), provider="anthropic", provider_state=state),
        ModelTurn(role="user", parts=(ToolResult(call_id=call.call_id, content=QUOTE),)),
    )
    _, failure = await heard(claude.stream(asking(PRICE_QUESTION, tools=(QUOTE_TOOL,), then=turns)))

    assistant = (await simulator.log())[1]["request"]["messages"][1]["content"]
    assert failure is None
    assert [block["type"] for block in assistant] == ["thinking", "tool_use", "text"]
    assert assistant[0]["signature"].startswith("sim")
    assert assistant[2]["text"] == said.text


async def test_the_first_text_is_handed_up_before_the_next_token_is_generated(
    simulator: Simulator, claude: AnthropicModel
) -> None:
    await simulator.set(token_delay_ms=50, thinking=False)

    arrivals = [(time.time(), event) async for event in claude.stream(asking("Thanks"))]

    emitted = (await simulator.log())[0]["tokens"]
    assert isinstance(arrivals[0][1], TextDelta)
    assert emitted[0]["at"] < arrivals[0][0] < emitted[1]["at"]


async def test_no_sampling_parameter_and_the_newest_version_are_sent(
    simulator: Simulator, claude: AnthropicModel
) -> None:
    await heard(claude.stream(asking(CHAT)))

    sent = (await simulator.log())[0]
    assert sent["api_version"] == "2026-10-21"
    assert sent["request"].keys() == {"model", "max_tokens", "messages", "system", "cache_control", "stream"}


async def test_cached_input_is_counted_apart(simulator: Simulator, claude: AnthropicModel) -> None:
    request = msgspec.structs.replace(asking(CHAT), system="Lone Star Tint does everything to glass. " * 60)

    usages = [(await heard(claude.stream(request)))[0][-1] for _ in range(2)]

    written, read = [finish.usage for finish in usages if isinstance(finish, ModelFinished)]
    assert (written.cache_write_tokens, written.cached_input_tokens) == (615, 0)
    assert (read.cache_write_tokens, read.cached_input_tokens) == (0, 615)
    assert written.input_tokens == read.input_tokens > 615


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"status": 529}, ModelUnavailableError),
        ({"status": 500}, ModelUnavailableError),
        ({"status": 429, "code": "ramp_limit_exceeded"}, ModelUnavailableError),
        ({"status": 429, "code": "enforced_spend_limit_reached"}, ModelRefusedError),
        ({"status": 402}, ModelRefusedError),
        ({"status": 403}, ModelRefusedError),
        ({"status": 413}, ModelRefusedError),
    ],
)
async def test_each_status_says_whose_fault_it_is(
    simulator: Simulator, claude: AnthropicModel, rule: dict[str, object], error: type[Exception]
) -> None:
    await simulator.misbehave({"kind": "status", **rule})

    _, failure = await heard(claude.stream(asking(CHAT)))

    assert type(failure) is error
    assert "req_" in str(failure)


async def test_silence_before_the_first_token_is_cut_short(url: str, simulator: Simulator) -> None:
    await simulator.misbehave({"kind": "delay_first_token", "seconds": 20})
    model = opened(url, first_token_s=0.2)

    _, failure = await heard(model.stream(asking(CHAT)))
    await model.aclose()

    assert isinstance(failure, ModelUnavailableError)
    assert "no first token within 0.2 s" in str(failure)


async def test_silence_between_tokens_is_an_interruption(url: str, simulator: Simulator) -> None:
    await simulator.set(thinking=False)
    await simulator.misbehave({"kind": "stall_after_tokens", "tokens": 3, "seconds": 20})
    model = opened(url, idle_s=0.2)

    events, failure = await heard(model.stream(asking(CHAT)))
    await model.aclose()

    assert events
    assert isinstance(failure, ModelInterruptedError)
    assert "silent for 0.2 s" in str(failure)


async def test_an_endless_answer_is_cut_short(url: str, simulator: Simulator) -> None:
    await simulator.set(token_delay_ms=50, thinking=False)
    model = opened(url, total_s=0.3)

    events, failure = await heard(model.stream(asking(CHAT)))
    await model.aclose()

    assert events
    assert isinstance(failure, ModelInterruptedError)
    assert "not finished within 0.3 s" in str(failure)


async def test_a_caller_who_leaves_stops_the_generation(simulator: Simulator, claude: AnthropicModel) -> None:
    await simulator.set(token_delay_ms=30, thinking=False)
    stream = claude.stream(asking(CHAT))
    await anext(stream)

    await stream.aclose()
    await heard(claude.stream(asking(CHAT)))

    assert (await simulator.log())[0]["outcome"] == "caller_left"


async def test_a_cleanly_ended_stream_without_its_terminal_event_is_a_failure(
    simulator: Simulator, claude: AnthropicModel
) -> None:
    await simulator.set(thinking=False)
    await simulator.misbehave({"kind": "cut_after_tokens", "tokens": 4, "how": "clean"})

    _, failure = await heard(claude.stream(asking(CHAT)))

    assert isinstance(failure, ModelInterruptedError)
    assert "message_stop" in str(failure)


async def test_twenty_streams_at_once_do_not_mix(simulator: Simulator, claude: AnthropicModel) -> None:
    names = [f"¿Hola {n}?" for n in range(20)]

    answers = await asyncio.gather(*(heard(claude.stream(asking(name))) for name in names))

    assert all(failure is None for _, failure in answers)
    assert len(await simulator.log()) == 20


async def test_check_accepts_a_good_connection_without_spending_tokens(
    simulator: Simulator, claude: AnthropicModel
) -> None:
    findings = await claude.check()

    assert [finding.ok for finding in findings] == [True, True]
    assert await simulator.log() == []
    assert await claude.register(None) == ()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "code", "fix"),
    [
        ({"api_key": "sk-wrong"}, "bad_key", "copy the key again"),
        ({"model": "claude-sonnet-4-20250514"}, "unknown_model", "claude-haiku-5-5"),
        ({"base_url": "http://127.0.0.1:1"}, "unreachable", "base_url"),
    ],
)
async def test_check_tells_what_is_wrong_and_how_to_fix_it(
    url: str, settings: dict[str, str], code: str, fix: str
) -> None:
    model = opened(**{"url": url, **settings}) if "base_url" not in settings else opened(settings["base_url"])

    findings = await model.check()
    await model.aclose()

    assert findings[-1].ok is False
    assert findings[-1].code == code
    assert fix in (findings[-1].fix or "")


async def test_a_wrong_address_is_told_from_a_wrong_key(url: str, simulator: Simulator) -> None:
    model = opened(f"{url}/somewhere")

    findings = await model.check()
    await model.aclose()

    assert [finding.code for finding in findings] == ["not_found"]


def test_an_address_inside_the_network_is_refused() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        opened("http://169.254.169.254")

    assert refusal.value.field == "base_url"


def test_the_plugin_opens_the_adapter_from_its_settings() -> None:
    settings = msgspec.convert({"api_key": "k"}, PLUGIN.settings)

    model = PLUGIN.open(settings)

    assert (model.provider, model.default_model) == ("anthropic", "claude-haiku-5-5")
    assert {"api_key"} == PLUGIN.secrets


def test_a_long_prompt_costs_the_long_prompt_price() -> None:
    prices = opened("http://127.0.0.1:1").prices
    short = ModelUsage(input_tokens=100_000, output_tokens=1000)
    long = ModelUsage(input_tokens=100_001, output_tokens=1000)

    day = date(2026, 11, 22)

    assert cost_usd(short, prices, model="claude-haiku-5-5", on=day) == pytest.approx(0.0105)
    assert cost_usd(long, prices, model="claude-haiku-5-5", on=day) == pytest.approx(0.0525005)


def test_a_configured_price_overrides_the_shipped_one() -> None:
    mine = ModelPrice(
        model="claude-haiku-5-5",
        effective_from=date(2026, 1, 1),
        input_usd=1.0,
        output_usd=1.0,
        cached_input_usd=1.0,
    )
    prices = opened("http://127.0.0.1:1", prices=(msgspec.to_builtins(mine),)).prices

    cost = cost_usd(ModelUsage(input_tokens=1_000_000), prices, model="claude-haiku-5-5", on=date(2026, 11, 22))

    assert cost == pytest.approx(1.0)
