"""One generation under way: its pace, its misfortunes, and its line in the journal."""

import asyncio
import time

from msgspec import structs

from leadcore_simulators.models import tokens
from leadcore_simulators.models.faults import Rule
from leadcore_simulators.models.journal import CalledTool, Facts, Token
from leadcore_simulators.models.stage import Stage
from leadcore_simulators.models.talk import Thought
from leadcore_simulators.models.wire import Answer


class BrokenOffError(Exception):
    """The stream must end here, in the way `how` says: reset, clean, or with an error event."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class CallerLeftError(Exception):
    """Nobody is listening any more; a real vendor stops generating then too."""


class Generation:
    """Paces the pieces of one answer and writes down each with the instant it was sent."""

    def __init__(self, *, stage: Stage, answer: Answer, facts: Facts, rule: Rule | None) -> None:
        self.facts = facts
        self.rule = rule
        self.settings = stage.settings
        self._journal = stage.journal
        self._answer = answer
        self._sent = 0
        self._began = asyncio.get_running_loop().time()
        facts.fault = rule.kind if rule else None
        self.serial = stage.journal.open(facts, at=time.time())

    async def piece(self, kind: str, text: str) -> None:
        """Waits until *text* is due, then notes it as sent; raises when the generation must not go on."""
        await self._misfortune()
        settings = self.settings
        due = self._began + (settings.first_token_ms + self._sent * settings.token_delay_ms) / 1000
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        if self._answer.gone:
            raise CallerLeftError
        self._journal.token(self.serial, self._sent, Token(kind=kind, text=text, at=time.time()))
        self._sent += 1

    async def before_end(self) -> None:
        """A fault that waits for more pieces than there were strikes now, before the terminal event."""
        if self.rule is not None and self.rule.kind.endswith("after_tokens") and self.rule.tokens >= self._sent:
            self.rule = structs.replace(self.rule, tokens=self._sent)
            await self._misfortune()

    @property
    def refuses(self) -> bool:
        return self.rule is not None and self.rule.kind == "refuse"

    async def silent_wait(self, thought: Thought) -> None:
        """The time an unstreamed answer takes, its text noted token by token."""
        for kind, text in (("thinking", thought.thinking), ("text", thought.text)):
            for text_piece in tokens.pieces(text):
                await self.piece(kind, text_piece)
        for call in thought.calls:
            await self.piece("tool", call.as_json())
        await self.before_end()

    def end(self, outcome: str, *, stop_reason: str | None = None) -> None:
        self.facts.outcome = outcome
        self.facts.stop_reason = stop_reason
        self.facts.ended_at = time.time()
        self._journal.close_entry(self.serial, self.facts)

    def said(self, thought: Thought) -> None:
        """Notes what the whole answer is; tool calls count as called once they were sent completely."""
        self.facts.text = thought.text
        self.facts.tools_called = [CalledTool(name=call.name, arguments=call.arguments) for call in thought.calls]

    async def _misfortune(self) -> None:
        rule = self.rule
        if rule is None:
            return
        if rule.kind == "delay_first_token" and self._sent == 0:
            await self._late_by(rule.seconds)
        if rule.tokens != self._sent:
            return
        if rule.kind == "stall_after_tokens":
            await self._late_by(rule.seconds)
        elif rule.kind == "cut_after_tokens":
            raise BrokenOffError(rule.how)
        elif rule.kind == "error_event_after_tokens":
            raise BrokenOffError("error_event")

    async def _late_by(self, seconds: float) -> None:
        self.rule = None
        await self._answer.pause(seconds)
        self._began += seconds


def within(thought: Thought, *, max_tokens: int | None) -> tuple[Thought, bool]:
    """*thought* cut to *max_tokens* tokens, thinking included; and whether anything was lost."""
    if max_tokens is None or spent(thought) <= max_tokens:
        return thought, False
    thinking = list(tokens.pieces(thought.thinking))[:max_tokens]
    text = list(tokens.pieces(thought.text))[: max_tokens - len(thinking)]
    return Thought(thinking="".join(thinking), text="".join(text)), True


def spent(thought: Thought) -> int:
    """Output tokens of *thought*: thinking, text, and the JSON of its calls."""
    return (
        tokens.count(thought.thinking)
        + tokens.count(thought.text)
        + sum(tokens.count(call.as_json()) for call in thought.calls)
    )
