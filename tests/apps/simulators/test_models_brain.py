import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore_simulators.models import tokens
from leadcore_simulators.models.brain import think
from leadcore_simulators.models.lies import ALL_LIES, Lie, think_as_liar
from leadcore_simulators.models.talk import Prompt, ToolOffer, Turn

QUOTE_SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"service": {"type": "string"}, "vehicle": {"type": ["string", "null"]}},
    "required": ["service", "vehicle"],
}
TOOLS = (
    ToolOffer(name="quote_service", schema=QUOTE_SCHEMA),
    ToolOffer(name="shop_info", schema={"type": "object", "properties": {"topic": {"enum": ["hours", "address"]}}}),
    ToolOffer(name="hand_over_to_person", schema={"type": "object", "properties": {"reason": {"type": "string"}}}),
)
SYSTEM = "You are the assistant of Lone Star Tint. Never invent prices."
AMOUNT = re.compile(r"\$\s*\d|\d+\s*%|https?://|\bguarantee|\d{1,2}:\d\d")


def prompt(
    *said: str, results: tuple[str, ...] = (), system: str = SYSTEM, tools: tuple[ToolOffer, ...] = TOOLS
) -> Prompt:
    """A conversation whose turns alternate, the person first; then what tools answered."""
    kinds = ("user", "assistant")
    turns = [Turn(kind=kinds[index % 2], text=text) for index, text in enumerate(said)]  # type: ignore[arg-type]
    turns += [Turn(kind="result", text=result) for result in results]
    return Prompt(system=system, turns=tuple(turns), tools=tools)


def quote(display: str = "$450", amount: int = 45000) -> str:
    price = {"amount_minor": amount, "currency": "USD", "display": display}
    body = {"service": "Ceramic tint", "vehicle_class": "sedan", "price": price, "assumptions": ["All side windows."]}
    return msgspec.json.encode(body).decode()


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("How much for ceramic tint?", {"service": "ceramic tint", "vehicle": None}),
        (
            "how much would it cost to tint my 2021 tesla model 3",
            {"service": "tint", "vehicle": "2021 tesla model 3"},
        ),
        ("What's the price of a full PPF wrap on my truck please?", {"service": "full PPF wrap", "vehicle": "truck"}),
        (
            "I want pricing on ceramic coating, 2020 BMW X5",
            {"service": "ceramic coating", "vehicle": "2020 BMW X5"},
        ),
        ("¿Cuánto cuesta el polarizado para mi carro?", {"service": "polarizado", "vehicle": None}),
    ],
)
def test_a_price_question_becomes_a_call_with_the_service_and_the_vehicle(
    question: str, arguments: dict[str, object]
) -> None:
    thought = think(prompt(question), seed=1)

    assert [(call.name, call.arguments) for call in thought.calls] == [("quote_service", arguments)]
    assert thought.text == ""


def test_the_vehicle_noted_in_the_system_prompt_is_used_when_the_person_names_none() -> None:
    noted = prompt("How much for ceramic tint?", system=SYSTEM + "\nVehicle: 2021 Tesla Model 3\nLanguage: en")

    assert think(noted, seed=1).calls[0].arguments["vehicle"] == "2021 Tesla Model 3"


def test_a_missing_vehicle_is_asked_for_and_the_answer_leads_back_to_the_price() -> None:
    asked = prompt("How much for ceramic tint?", results=('{"error":"vehicle_needed","choices":["sedan","suv"]}',))

    question = think(asked, seed=1).text
    resumed = think(prompt("How much for ceramic tint?", question, "2019 Honda Civic"), seed=1)

    assert "?" in question
    assert "sedan, suv" in question
    assert resumed.calls[0].arguments == {"service": "ceramic tint", "vehicle": "2019 Honda Civic"}


def test_an_unclear_service_is_answered_with_the_choices() -> None:
    asked = prompt(
        "How much for tint?", results=('{"error":"ambiguous_service","choices":["Ceramic tint","Carbon tint"]}',)
    )

    assert "Ceramic tint, Carbon tint" in think(asked, seed=1).text


@pytest.mark.parametrize(
    ("question", "tool", "result", "expected"),
    [
        (
            "What are your hours?",
            "shop_info",
            '{"hours":"Mon-Fri 9:00-18:00","address":"1 Main St"}',
            "Mon-Fri 9:00-18:00",
        ),
        ("Where are you located?", "shop_info", '{"hours":"x","address":"1 Main St, Austin"}', "1 Main St, Austin"),
        ("Can I talk to a real person?", "hand_over_to_person", '{"ok":true}', "person"),
    ],
)
def test_other_wishes_find_their_tool_and_use_its_words(question: str, tool: str, result: str, expected: str) -> None:
    asked = think(prompt(question), seed=1)
    answered = think(prompt(question, results=(result,)), seed=1)

    assert [call.name for call in asked.calls] == [tool]
    assert expected in answered.text


@pytest.mark.parametrize("question", ["Are you a real person?", "am I talking to a bot?", "¿Eres una persona?"])
def test_it_never_claims_to_be_human(question: str) -> None:
    answers = {think(prompt(question), seed=seed).text for seed in range(8)}

    assert all(re.search("virtual|automated", answer) for answer in answers)


def test_spanish_is_answered_in_spanish_with_the_tools_amount() -> None:
    answer = think(prompt("¿Cuánto cuesta el polarizado?", results=(quote(),)), seed=1).text

    assert "$450" in answer
    assert "su sedan" in answer


def test_wording_varies_with_the_seed_but_not_with_repetition() -> None:
    asked = prompt("How much for ceramic tint?", results=(quote(),))

    answers = {think(asked, seed=seed).text for seed in range(12)}

    assert len(answers) > 1
    assert think(asked, seed=3) == think(asked, seed=3)


@given(st.text(max_size=80), st.integers(min_value=0, max_value=9))
def test_without_a_tool_result_an_honest_brain_says_no_amount_whatever_it_is_asked(question: str, seed: int) -> None:
    thought = think(prompt(question, tools=()), seed=seed)

    assert not AMOUNT.search(thought.text)


@given(st.integers(min_value=100, max_value=900_000), st.integers(min_value=0, max_value=9))
def test_every_amount_it_says_is_the_tools_amount(minor: int, seed: int) -> None:
    display = f"${minor / 100:,.2f}"

    answer = think(prompt("How much for ceramic tint?", results=(quote(display, minor),)), seed=seed).text

    assert display in answer
    assert not re.search(r"\d", answer.replace(display, ""))


@pytest.mark.parametrize(
    ("lie", "sign"),
    [
        ("discount", "20% off"),
        ("promise", "tomorrow at 9:00"),
        ("guarantee", "guaranteed"),
        ("link", "https://deals.example.net"),
    ],
)
def test_a_liar_adds_the_ordered_lie_to_small_talk(lie: Lie, sign: str) -> None:
    assert sign in think_as_liar(prompt("Thanks"), seed=1, lies=(lie,)).text


def test_a_liar_names_a_price_without_asking_or_another_than_the_tool_did() -> None:
    bare = think_as_liar(prompt("How much for ceramic tint?"), seed=1, lies=("price_without_tool",))
    wrong = think_as_liar(prompt("How much for ceramic tint?", results=(quote(),)), seed=1, lies=("wrong_price",))

    assert bare.calls == ()
    assert re.search(r"\$\d+", bare.text)
    assert "$450" not in wrong.text
    assert "$315" in wrong.text


def test_a_liar_with_all_lies_tells_every_kind_over_different_conversations() -> None:
    said = [think_as_liar(prompt(f"Hello, my name is number {n}"), seed=1, lies=ALL_LIES).text for n in range(40)]
    asked = [think_as_liar(prompt(f"How much for tint {n}?"), seed=1, lies=ALL_LIES) for n in range(40)]

    for sign in ("20% off", "tomorrow", "guaranteed", "example.net"):
        assert any(sign in text for text in said)
    assert {bool(thought.calls) for thought in asked} == {True, False}


@given(st.text())
def test_tokens_joined_are_the_text_and_none_is_longer_than_four_bytes(text: str) -> None:
    parts = list(tokens.pieces(text))

    assert "".join(parts) == text
    assert all(1 <= len(part.encode()) <= 4 for part in parts)
    assert tokens.count(text) == len(parts)


@given(st.text(), st.integers(min_value=0, max_value=99))
def test_odd_pieces_joined_are_the_text(text: str, seed: int) -> None:
    assert "".join(tokens.odd_pieces(text, seed=seed)) == text
