"""How the registry finds Anthropic's models."""

from leadcore.ports.ai import LanguageModel
from leadcore.ports.plugin import Plugin
from leadcore_anthropic.settings import AnthropicSettings


def open_model(settings: AnthropicSettings) -> LanguageModel:
    """Open the models of one connection; nothing is sent yet."""
    from leadcore_anthropic.model import AnthropicModel

    return AnthropicModel(settings)


PLUGIN = Plugin(
    name="anthropic",
    port="ai",
    settings=AnthropicSettings,
    open=open_model,
    secrets=frozenset({"api_key"}),
    env={"api_key": "ANTHROPIC_API_KEY", "base_url": "ANTHROPIC_BASE_URL", "model": "ANTHROPIC_MODEL"},
)
