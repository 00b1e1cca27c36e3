"""The contract's bench over a simulator: mishaps as fault orders."""

from leadcore.ports.ai import LanguageModel
from leadcore.testing.contracts.language_model import Mishap
from tests.apps.simulators.model_server import Simulator

_FAULTS: dict[Mishap, dict[str, object]] = {
    "overloaded": {"kind": "status", "status": 503, "times": 1},
    "rate_limited": {"kind": "status", "status": 429, "retry_after_s": 7},
    "broken_before": {"kind": "error_event_after_tokens", "tokens": 0},
    "broken_midway": {"kind": "error_event_after_tokens", "tokens": 3},
    "cut_midway": {"kind": "cut_after_tokens", "tokens": 4},
    "declines": {"kind": "refuse"},
}


class SimulatedBench:
    """A model whose vendor is a simulator."""

    def __init__(self, *, model: LanguageModel, stranger: LanguageModel, simulator: Simulator) -> None:
        self.model = model
        self.stranger = stranger
        self._simulator = simulator

    async def arrange(self, mishap: Mishap) -> None:
        if mishap.endswith("midway"):
            await self._simulator.set(thinking=False)
        await self._simulator.misbehave(_FAULTS[mishap])
