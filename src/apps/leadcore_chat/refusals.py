"""Refusals only the chat app makes, and how it words every refusal that should name the shop."""

import math
from collections.abc import Mapping

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.types import ExceptionHandlersMap

from leadcore.flows.chat_session import LinkExpiredError, LinkUnknownError, SessionRequiredError, ShopCard
from leadcore.kernel.errors import LeadcoreError
from leadcore_runtime.problems import HANDLERS, problem


class CrossSiteError(LeadcoreError):
    """Another site's page tried to use the customer's cookie."""

    code = "cross_site"


class MissingScopeError(LeadcoreError):
    """The API key is good, but not for this."""

    code = "missing_scope"


class RateLimitedError(LeadcoreError):
    """Too much from one address, link or conversation."""

    code = "rate_limited"

    def __init__(self, *, retry_after_s: float, shop: ShopCard | None = None) -> None:
        super().__init__("too many requests", fix="wait as long as Retry-After says")
        self.retry_after_s = retry_after_s
        self.shop = shop


class AnswerTimeoutError(LeadcoreError):
    """No answer in time; the message is kept, and the same client_message_id gets the answer when there is one."""

    code = "answer_timeout"

    def __init__(self) -> None:
        super().__init__(
            "no answer yet", fix="send the same message with the same client_message_id again: it is said only once"
        )


_STATUS: dict[type[LeadcoreError], int] = {
    LinkUnknownError: 404,
    LinkExpiredError: 410,
    SessionRequiredError: 401,
    CrossSiteError: 403,
    MissingScopeError: 403,
    RateLimitedError: 429,
    AnswerTimeoutError: 504,
}


def _refuse(_: Request[object, object, State], error: LeadcoreError) -> Response[bytes]:
    shop = getattr(error, "shop", None)
    extra: Mapping[str, object] = {"shop": msgspec.to_builtins(shop)} if shop is not None else {}
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, RateLimitedError):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    elif isinstance(error, AnswerTimeoutError):
        headers["Retry-After"] = "2"
    return problem(
        _STATUS[type(error)], error.code, error.message, field=error.field, fix=error.fix, headers=headers, extra=extra
    )


CHAT_HANDLERS: ExceptionHandlersMap = {**HANDLERS, **dict.fromkeys(_STATUS, _refuse)}
