"""Trying a connection without spending a token: the list of models tells a bad key, a bad address and a bad model."""

import asyncio

import anthropic

from leadcore.ports.plugin import Finding
from leadcore_anthropic.settings import AnthropicSettings

_PATIENCE_S = 10.0
# What a timeout, a closed socket, or a server that speaks something else ends in.
_NONSENSE = (OSError, ValueError, TypeError, AttributeError)
_STATUS: dict[int, tuple[str, str]] = {
    401: ("bad_key", "copy the key again from the Anthropic console (it starts with sk-ant-) and connect again"),
    403: ("forbidden", "give the key's workspace access to the API in the Anthropic console"),
    404: ("not_found", "check `base_url`: this server has no Messages API at that address"),
}


async def findings(client: anthropic.AsyncAnthropic, settings: AnthropicSettings) -> tuple[Finding, ...]:
    """Never raises: a failure is a finding with its fix."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            known = [model async for model in client.models.list(limit=1000)]
    except anthropic.APIStatusError as cause:
        code, fix = _STATUS.get(cause.status_code, ("vendor_error", "Anthropic has a problem: try again in a minute"))
        return (Finding(ok=False, what=f"Anthropic answered {cause.status_code}", fix=fix, code=code),)
    except (anthropic.AnthropicError, *_NONSENSE) as cause:
        what = f"no answer from {settings.base_url} ({type(cause).__name__})"
        fix = "check `base_url`, the network and the firewall of this machine"
        return (Finding(ok=False, what=what, fix=fix, code="unreachable"),)
    accepted = Finding(ok=True, what=f"the key is accepted by {settings.base_url}")
    usable = sorted(model.id for model in known if getattr(model, "lifecycle", None) != "retired")
    if settings.model not in usable:
        fix = f"set `model` to one of: {', '.join(usable)}"
        return accepted, Finding(ok=False, what=f"there is no model {settings.model}", fix=fix, code="unknown_model")
    return accepted, Finding(ok=True, what=f"the model {settings.model} is available")
