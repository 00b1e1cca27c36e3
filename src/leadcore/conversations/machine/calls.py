"""Model requests and tool calls of a turn."""

import msgspec
from msgspec.structs import replace

from leadcore.conversations.machine.progress import Answered, TurnProgress
from leadcore.conversations.policies.bench import failed
from leadcore.conversations.prompts import TOOLS, system_prompt, turns_of
from leadcore.conversations.values import ToolOutcome
from leadcore.ports.ai import ModelRequest, ModelTurn, TextPart, ToolCall, ToolResult

MAX_CALLS = 6
"""Tool calls of one turn (OWASP LLM06, unbounded consumption)."""


def request_of(state: TurnProgress, *, with_tools: bool) -> ModelRequest:
    """The request for the current choice. Tools stay declared for the cache's sake until they may not be used."""
    return ModelRequest(
        model=state.choices[state.choice].model,
        system=system_prompt(state.context),
        turns=(*turns_of(state.context.recent), *state.turns),
        tools=TOOLS if with_tools else (),
        cache_key=f"tenant-{state.context.tenant_id}",
    )


def within_limit(state: TurnProgress) -> bool:
    """Whether a tool may still be called in this turn."""
    return len(state.answered) < MAX_CALLS


def questions_in(state: TurnProgress, calls: tuple[ToolCall, ...]) -> tuple[TurnProgress, tuple[ToolCall, ...]]:
    """Note *calls* as asked, and return those whose answer is not known yet; what exceeds the limit is refused."""
    new: dict[str, ToolCall] = {}
    known = {answer.key for answer in state.answered}
    for call in calls:
        key = key_of(call)
        if key not in known and key not in new and len(state.answered) + len(new) < MAX_CALLS:
            new[key] = call
    return replace(state, asked=calls), tuple(new.values())


def with_answers(state: TurnProgress, outcomes: tuple[ToolOutcome, ...]) -> TurnProgress:
    """Remember *outcomes*, in the order of the questions that `questions_in` returned."""
    _, new = questions_in(state, state.asked)
    answers = tuple(Answered(key=key_of(call), outcome=outcome) for call, outcome in zip(new, outcomes, strict=False))
    return replace(state, answered=state.answered + answers)


def assistant_and_results(state: TurnProgress) -> TurnProgress:
    """Put the model's calls and their answers into the conversation, the way the customer saw its words."""
    said = state.text[state.said_from :].strip()
    spoken = (TextPart(text=said),) if said else ()
    limit = failed("tool_limit", detail="no more tool calls in this answer; answer with what you know")
    results = []
    for call in state.asked:
        outcome = state.outcome_of(key_of(call)) or limit
        results.append(ToolResult(call_id=call.call_id, content=outcome.content_json, is_error=outcome.is_error))
    turns = (
        ModelTurn(
            role="assistant",
            parts=(*spoken, *state.asked),
            provider=state.choices[state.choice].provider,
            provider_state=state.asked_state,
        ),
        ModelTurn(role="user", parts=tuple(results)),
    )
    return replace(state, turns=state.turns + turns, asked=(), asked_state=b"")


def key_of(call: ToolCall) -> str:
    """What a call asks, however its JSON is laid out."""
    try:
        arguments = msgspec.json.encode(msgspec.json.decode(call.arguments or "{}"), order="sorted").decode()
    except msgspec.DecodeError:
        arguments = call.arguments
    return f"{call.name} {arguments}"
