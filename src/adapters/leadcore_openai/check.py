"""Trying a connection without spending a token: the list of models tells a bad key, a bad address and a bad model."""

import asyncio

import openai

from leadcore.ports.plugin import Finding
from leadcore_openai.settings import OpenAISettings

_PATIENCE_S = 10.0
# What a timeout, a closed socket, or a server that speaks something else ends in.
_NONSENSE = (OSError, ValueError, TypeError, AttributeError)
_STATUS: dict[int, tuple[str, str]] = {
    401: ("bad_key", "copy the key again from platform.openai.com (it starts with sk-) and connect again"),
    403: ("forbidden", "let the key list models, and allow this country and project, on platform.openai.com"),
    404: ("not_found", "check `base_url`: it must include the version, as in https://api.openai.com/v1"),
    429: ("no_credit", "add credit on platform.openai.com, or try again in a minute"),
}


async def findings(client: openai.AsyncOpenAI, settings: OpenAISettings) -> tuple[Finding, ...]:
    """Never raises: a failure is a finding with its fix."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            usable = sorted([model.id async for model in client.models.list()])
    except openai.APIStatusError as cause:
        code, fix = _STATUS.get(cause.status_code, ("vendor_error", "OpenAI has a problem: try again in a minute"))
        return (Finding(ok=False, what=f"OpenAI answered {cause.status_code}", fix=fix, code=code),)
    except (openai.OpenAIError, *_NONSENSE) as cause:
        what = f"no answer from {settings.base_url} ({type(cause).__name__})"
        fix = "check `base_url`, the network and the firewall of this machine"
        return (Finding(ok=False, what=what, fix=fix, code="unreachable"),)
    accepted = Finding(ok=True, what=f"the key is accepted by {settings.base_url}")
    if settings.model not in usable:
        fix = f"set `model` to one of: {', '.join(usable[:20])}"
        return accepted, Finding(ok=False, what=f"there is no model {settings.model}", fix=fix, code="unknown_model")
    return accepted, Finding(ok=True, what=f"the model {settings.model} is available")
