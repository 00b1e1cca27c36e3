from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.catalog.model import NotSold, QuoteOutcome, WhichService
from leadcore.conversations.policies.assistant import catalog_answer
from leadcore.conversations.policies.bench import ShopBench
from leadcore.conversations.policies.disclosure import disclosure, needs_disclosure
from leadcore.conversations.values import Said, ShopFacts, TurnContext
from leadcore.ports.ai import ToolCall

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)  # a Tuesday, noon in Austin


def asking(context: TurnContext, *texts: str, now: datetime = NOW) -> TurnContext:
    """The customer wrote the odd ones of *texts*, counted from the last; the assistant the others."""
    said = [
        Said(author="customer" if (len(texts) - at) % 2 else "assistant", text=text, at=now)
        for at, text in enumerate(texts)
    ]
    return replace(context, recent=tuple(said), now=now)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "How much is ceramic tint for my 2021 Tesla Model 3?",
            "Full Ceramic Tint for your 2021 Tesla Model 3 is $450.",
        ),
        (
            "¿Cuánto cuesta el ceramic para mi Tesla Model 3?",
            "Full Ceramic Tint para su 2021 Tesla Model 3 cuesta $450.",
        ),
        ("Are you open now?", "We are open right now. Our hours: Mon-Fri 9 AM-6 PM, Sat 9 AM-2 PM, Sun closed."),
        (
            "are you open Saturday?",
            "On Saturday we are open 9 AM-2 PM. Our hours: Mon-Fri 9 AM-6 PM, Sat 9 AM-2 PM, Sun closed.",
        ),
        (
            "¿Abren el domingo?",
            "El domingo estamos cerrados. Nuestro horario: Lun-Vie 9 AM-6 PM, Sáb 9 AM-2 PM, Dom cerrado.",
        ),
        ("where are you located", "You can find us at 123 Main St, Austin, TX 78701."),
        ("What is your phone number", "You can call us at +1 512 555 0142."),
        ("thanks!", "You are welcome! Let me know if anything else comes up."),
        ("Are you a bot?", "I am an AI assistant of Lone Star Tint, not a person."),
    ],
)
def test_it_answers_from_facts(context: TurnContext, bench: ShopBench, question: str, answer: str) -> None:
    reply = catalog_answer(asking(context, question), bench)

    assert reply.text.startswith(answer)
    assert reply.handoff is None


def test_closed_is_what_the_shops_own_clock_says(context: TurnContext, bench: ShopBench) -> None:
    late = NOW + timedelta(hours=6)  # six in the evening in Austin: closed at that very minute

    reply = catalog_answer(asking(context, "Are you open now?", now=late), bench)

    assert reply.text.startswith("We are closed right now.")


def test_it_asks_for_the_vehicle_and_then_knows_what_was_asked(context: TurnContext, bench: ShopBench) -> None:
    first = catalog_answer(asking(context, "how much is ceramic?"), bench)
    then = catalog_answer(asking(context, "how much is ceramic?", first.text, "2021 Tesla Model 3"), bench)

    assert "year, make and model" in first.text
    assert then.quote is not None
    assert "$450" in then.text


def test_a_person_is_asked_when_one_is_wanted(context: TurnContext, bench: ShopBench) -> None:
    reply = catalog_answer(asking(context, "Are you a bot? Let me talk to a person please"), bench)

    assert reply.handoff == "the customer asked for a person"


def test_what_is_not_sold_is_not_priced(context: TurnContext, bench: ShopBench) -> None:
    reply = catalog_answer(asking(replace(context, interest=""), "price for an oil change?"), bench)

    assert reply.quote is None
    assert "Full Ceramic Tint" in reply.text


@pytest.mark.parametrize(
    ("outcome", "answer", "handoff"),
    [
        (WhichService(choices=("Full Tint", "Half Tint")), "Which of these do you have in mind: Full Tint, Half", None),
        (NotSold(asked="x", choices=()), "I could not find that price", "a price we could not find"),
    ],
)
def test_a_price_that_is_not_settled_is_asked_back_or_handed_over(
    context: TurnContext, shop: ShopFacts, outcome: QuoteOutcome, answer: str, handoff: str | None
) -> None:
    def price(*, service: str, vehicle: str | None) -> QuoteOutcome:
        return outcome

    reply = catalog_answer(asking(context, "how much is tint and film?"), ShopBench(shop, quote=price))

    assert reply.text.startswith(answer)
    assert reply.handoff == handoff


@pytest.mark.parametrize("question", ["when are you open?", "what is your address?", "your phone number?"])
def test_a_fact_the_shop_never_gave_is_not_invented(context: TurnContext, bench: ShopBench, question: str) -> None:
    bare = replace(context, shop=ShopFacts(brand="Lone Star Tint", zone="America/Chicago"))

    reply = catalog_answer(asking(bare, question), bench)

    assert reply.text.startswith("I do not have that at hand.")


def test_tomorrow_is_counted_from_the_shops_today(context: TurnContext, bench: ShopBench) -> None:
    friday_night = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)  # Saturday in UTC, still Friday in Austin

    reply = catalog_answer(asking(context, "are you open tomorrow?", now=friday_night), bench)

    assert reply.text.startswith("On Saturday we are open 9 AM-2 PM.")


@given(question=st.text(max_size=60))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_always_says_something(context: TurnContext, bench: ShopBench, question: str) -> None:
    reply = catalog_answer(asking(context, question), bench)

    assert reply.text.strip()
    assert "$" not in reply.text or reply.quote is not None


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("quote_service", "{"),
        ("quote_service", '{"service": ""}'),
        ("quote_service", '{"service": "tint", "price": 1}'),
        ("shop_info", '{"topic": "secrets"}'),
        ("hand_over_to_person", "{}"),
        ("drop_table", "{}"),
    ],
)
def test_a_bad_call_becomes_an_error_the_model_can_read(bench: ShopBench, tool: str, arguments: str) -> None:
    outcome = bench.run(ToolCall(call_id="c", name=tool, arguments=arguments))

    assert outcome.is_error
    assert '"error"' in outcome.content_json


def test_bounds_of_an_open_price_are_kept_from_the_model(bench: ShopBench) -> None:
    outcome = bench.run(ToolCall(call_id="c", name="quote_service", arguments='{"service": "ceramic"}'))

    assert "needs_vehicle" in outcome.content_json
    assert "300" not in outcome.content_json


def test_shop_info_answers_one_topic(bench: ShopBench, shop: ShopFacts) -> None:
    outcome = bench.run(ToolCall(call_id="c", name="shop_info", arguments='{"topic": "location"}'))

    assert outcome.content_json == f'{{"brand":"{shop.brand}","address":"{shop.address}"}}'


@pytest.mark.parametrize(
    ("disclosed_ago", "silent_for", "due"),
    [(None, None, True), (1, 1, False), (23, 23, False), (24, 24, True), (48, 1, False), (48, 30, True)],
)
def test_the_disclosure_is_repeated_after_a_day_of_silence(
    disclosed_ago: int | None, silent_for: int | None, due: bool
) -> None:
    disclosed_at = None if disclosed_ago is None else NOW - timedelta(hours=disclosed_ago)
    last_said_at = None if silent_for is None else NOW - timedelta(hours=silent_for)

    assert needs_disclosure(disclosed_at, NOW, last_said_at=last_said_at) is due
    assert "AI" in disclosure("Lone Star Tint")
