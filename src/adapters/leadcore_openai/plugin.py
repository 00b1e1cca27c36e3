"""How the registry finds OpenAI's models."""

from leadcore.ports.ai import LanguageModel
from leadcore.ports.plugin import Plugin
from leadcore_openai.settings import OpenAISettings


def open_model(settings: OpenAISettings) -> LanguageModel:
    """Open the models of one connection; nothing is sent yet."""
    from leadcore_openai.model import OpenAIModel

    return OpenAIModel(settings)


PLUGIN = Plugin(
    name="openai",
    port="ai",
    settings=OpenAISettings,
    open=open_model,
    secrets=frozenset({"api_key"}),
    env={"api_key": "OPENAI_API_KEY", "base_url": "OPENAI_BASE_URL", "model": "OPENAI_MODEL"},
)
