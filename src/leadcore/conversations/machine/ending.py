"""How a turn ends: the transcript's text and how it came about."""

from leadcore.catalog.model import Quote
from leadcore.conversations.machine.progress import TurnProgress
from leadcore.conversations.machine.signals import CatalogAnswered, Emit, Finish
from leadcore.conversations.policies.assistant import asks_for_person
from leadcore.conversations.values import ReplyMetadata, TokensUsed

_ASKED = "the customer asked for a person"

Ending = tuple[TurnProgress, tuple[Emit | Finish, ...]]


def finish_by_model(state: TurnProgress, *, reason: str, model: str, now: float) -> Ending:
    """Keep what the model said."""
    choice = state.choices[state.choice]
    metadata = _metadata(state, provider=choice.provider, model=model or choice.model, reason=reason, now=now)
    return state, (_ended(state, state.text, metadata, handoff=state.handoff),)


def finish_by_catalog(state: TurnProgress, reply: CatalogAnswered, *, now: float) -> Ending:
    """Say what the rules say, in one piece."""
    is_truth = reply.text.startswith(state.opening)  # the question was who we are: saying it twice would be odd
    text = reply.text if is_truth or not state.opening else f"{state.opening} {reply.text}"
    metadata = _metadata(state, provider="catalog", model="deterministic", reason="stop", now=now)
    quotes = (reply.quote,) if reply.quote else ()
    handoff = state.handoff or reply.handoff
    return state, (Emit(gen=state.gen, text=text), _ended(state, text, metadata, handoff=handoff, more=quotes))


def _ended(
    state: TurnProgress, text: str, metadata: ReplyMetadata, *, handoff: str | None, more: tuple[Quote, ...] = ()
) -> Finish:
    quotes = (*(outcome.quoted for outcome in state.outcomes if isinstance(outcome.quoted, Quote)), *more)
    return Finish(
        gen=state.gen,
        text=text,
        metadata=metadata,
        handoff=handoff or (_ASKED if asks_for_person(state.context) else None),
        disclosed=bool(state.opening),
        quotes=quotes,
        corrections=state.corrections,
    )


def _metadata(state: TurnProgress, *, provider: str, model: str, reason: str, now: float) -> ReplyMetadata:
    elapsed = round((now - state.started_at) * 1000)
    usage = state.usage
    return ReplyMetadata(
        provider=provider,
        model=model,
        tokens_used=TokensUsed(
            input=usage.input_tokens, output=usage.output_tokens, total=usage.input_tokens + usage.output_tokens
        ),
        latency_ms=elapsed,
        finish_reason=reason,
        cost_usd=None if state.cost_usd is None else round(state.cost_usd, 8),
        first_token_ms=elapsed if state.first_token_ms is None else state.first_token_ms,
        failed_over_from=state.failed,
        corrected=tuple(correction.kind for correction in state.corrections),
    )
