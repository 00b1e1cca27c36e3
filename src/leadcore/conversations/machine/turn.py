"""The turn: which model speaks, what of it is shown, when tools run, and how it ends. Total: no input raises.

Text is shown only after the guard let it pass. A failure before anything was shown goes unseen; after that, a new
generation begins from scratch. Tools run only after a terminal event, at most `MAX_CALLS` of them in a turn.
"""

from msgspec.structs import replace

from leadcore.conversations.guardrails.allowed import allowed_by
from leadcore.conversations.guardrails.stream import GuardState, Release, fed, finished
from leadcore.conversations.machine.calls import (
    assistant_and_results,
    questions_in,
    request_of,
    with_answers,
    within_limit,
)
from leadcore.conversations.machine.ending import finish_by_catalog, finish_by_model
from leadcore.conversations.machine.grounds import facts_of
from leadcore.conversations.machine.progress import TurnProgress
from leadcore.conversations.machine.signals import (
    AskCatalog,
    Begin,
    CallModel,
    Cancelled,
    CatalogAnswered,
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
from leadcore.conversations.policies.assistant import answer_language, asks_identity, asks_only_identity
from leadcore.conversations.policies.disclosure import disclosure, identity_answer, needs_disclosure
from leadcore.conversations.policies.phrases import Voice
from leadcore.conversations.values import TurnContext
from leadcore.ports.ai import cost_usd

MAX_ROUNDS = 7
"""Model calls of one generation: six tool calls one by one, and the answer."""
MAX_TEXT = 4000
"""Characters shown or kept back of one answer; a model that goes on is cut off."""

Step = tuple[TurnProgress, tuple[TurnEffect, ...]]


def begin(given: Begin, *, now: float) -> Step:
    """Start a turn at *now* (seconds of a monotonic clock)."""
    state = TurnProgress(
        context=given.context,
        choices=given.choices,
        opening=_opening(given.context),
        started_at=now,
        gen=given.gen,
        allowed=allowed_by(facts_of(given.context)),
    )
    if asks_only_identity(given.context) or not given.choices:
        return _ask_catalog(state)
    return _call_model(state)


def advance(state: TurnProgress, given: TurnInput, *, now: float) -> Step:
    """Take *given* in at *now*. What comes too late, such as words of a stream given up, changes nothing."""
    match state.phase, given:
        case ("done", _) | (_, Begin()):
            return state, ()
        case _, Cancelled():
            return replace(state, phase="done"), ()
        case "model", Delta(text=text):
            return _heard(state, text, now=now)
        case "model", ModelDone() as done:
            return _answered(state, done, now=now)
        case "model", ModelFailed():
            return _gave_up(state)
        case "tools", ToolsAnswered() as answers:
            return _call_model(assistant_and_results(with_answers(state, answers.outcomes)))
        case "catalog", CatalogAnswered() as reply:
            return _finish(*finish_by_catalog(state, reply, now=now))
    return state, ()


def _opening(context: TurnContext) -> str:
    language = answer_language(context)
    if asks_identity(context):
        return identity_answer(context.shop.brand, language)
    before = context.recent[: len(context.recent) - _waiting(context)]
    last_said_at = before[-1].at if before else None
    if needs_disclosure(context.disclosed_at, context.now, last_said_at=last_said_at):
        return disclosure(context.shop.brand, language)
    return ""


def _waiting(context: TurnContext) -> int:
    """How many of the last entries are the question."""
    count = 0
    for said in reversed(context.recent):
        if said.author != "customer":
            break
        count += 1
    return count


def _call_model(state: TurnProgress) -> Step:
    fresh = replace(
        state,
        phase="model",
        rounds=state.rounds + 1,
        heard=0,
        said_from=len(state.text),
        guard=GuardState(said=state.guard.said),
        allowed=allowed_by(facts_of(state.context, state.outcomes)),
    )
    may_call = within_limit(fresh) and fresh.rounds < MAX_ROUNDS
    return fresh, (CallModel(choice=fresh.choice, request=request_of(fresh, with_tools=may_call)),)


def _ask_catalog(state: TurnProgress) -> Step:
    return replace(state, phase="catalog"), (AskCatalog(),)


def _heard(state: TurnProgress, text: str, *, now: float) -> Step:
    guard, releases = fed(state.guard, text, allowed=state.allowed)
    began_to_hold = guard.is_holding and not state.guard.is_holding
    state, shown = _show(replace(state, guard=guard, heard=state.heard + len(text)), releases, now=now)
    if state.heard > MAX_TEXT or len(state.text) > MAX_TEXT:
        return _settle(state, "length", model="", now=now, shown=shown)
    return state, (*shown, Held()) if began_to_hold else shown


def _show(state: TurnProgress, releases: tuple[Release, ...], *, now: float) -> Step:
    if not releases:
        return state, ()
    corrections = tuple(release.correction for release in releases if release.correction)
    if corrections:
        state = replace(state, corrections=state.corrections + corrections)
    text = "".join(release.text for release in releases)
    if not state.text:
        text = text.lstrip()
        if text and state.opening:
            text = f"{state.opening} {text}"
    elif text and len(state.text) == state.said_from and not (state.text[-1].isspace() or text[0].isspace()):
        text = f" {text}"
    if not text:
        return state, ()
    first = state.first_token_ms if state.first_token_ms is not None else round((now - state.started_at) * 1000)
    return replace(state, text=state.text + text, first_token_ms=first), (Emit(gen=state.gen, text=text),)


def _answered(state: TurnProgress, done: ModelDone, *, now: float) -> Step:
    state = _charged(state, done)
    if done.reason in {"refusal", "filtered"}:
        return _gave_up(state)
    guard, releases = finished(state.guard, allowed=state.allowed)
    state, shown = _show(replace(state, guard=guard), releases, now=now)
    if done.reason == "tool_use" and done.calls and state.rounds < MAX_ROUNDS:
        state, new = questions_in(replace(state, asked_state=done.provider_state), done.calls)
        if new:
            return replace(state, phase="tools"), (*shown, RunTools(calls=new))
        state, effects = _call_model(assistant_and_results(state))
        return state, (*shown, *effects)
    return _settle(state, done.reason, model=done.model, now=now, shown=shown)


def _settle(state: TurnProgress, reason: str, *, model: str, now: float, shown: tuple[TurnEffect, ...]) -> Step:
    """The model has nothing more to say: keep its answer, or answer without it if it said nothing."""
    if state.text.strip():
        state, effects = _finish(*finish_by_model(state, reason=reason, model=model, now=now))
    elif state.handoff:
        said = CatalogAnswered(text=Voice(answer_language(state.context)).say("handed"), handoff=state.handoff)
        state, effects = _finish(*finish_by_catalog(_blamed(state), said, now=now))
    else:
        state, effects = _ask_catalog(_blamed(state))
    return state, (*shown, *effects)


def _gave_up(state: TurnProgress) -> Step:
    """The next choice begins from scratch; tool answers of this turn are kept, for they were not the model's."""
    was_seen = bool(state.text)
    fresh = replace(
        _blamed(state),
        choice=state.choice + 1,
        gen=state.gen + 1 if was_seen else state.gen,
        rounds=0,
        text="",
        said_from=0,
        guard=GuardState(),
        turns=(),
        asked=(),
        asked_state=b"",
        corrections=(),
        first_token_ms=None,
    )
    fresh, effects = _call_model(fresh) if fresh.choice < len(fresh.choices) else _ask_catalog(fresh)
    return fresh, (Reset(gen=fresh.gen), *effects) if was_seen else effects


def _blamed(state: TurnProgress) -> TurnProgress:
    provider = state.choices[state.choice].provider
    return replace(state, failed=(*state.failed, provider))


def _charged(state: TurnProgress, done: ModelDone) -> TurnProgress:
    choice = state.choices[state.choice]
    on = state.context.now.date()
    cost = cost_usd(done.usage, choice.prices, model=done.model, on=on)
    if cost is None:
        cost = cost_usd(done.usage, choice.prices, model=choice.model, on=on)
    total = None if cost is None or state.cost_usd is None else state.cost_usd + cost
    return replace(state, usage=state.usage + done.usage, cost_usd=total)


def _finish(state: TurnProgress, effects: tuple[Emit | Finish, ...]) -> Step:
    return replace(state, phase="done"), effects
