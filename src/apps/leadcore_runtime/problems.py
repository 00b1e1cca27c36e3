"""RFC 9457: one table from refusal to status, one function that renders it."""

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, NotAuthorizedException, ValidationException
from litestar.types import ExceptionHandlersMap

from leadcore.conversations.model import NotTheSpeakerError
from leadcore.kernel.errors import ConflictError, InvalidInputError, LeadcoreError, NotFoundError, RefusedError
from leadcore.ports.crm import CrmRefusedError
from leadcore.ports.inbound import ForgedRequestError, StaleRequestError
from leadcore_runtime.authentication import MissingScopeError, UnauthorizedError

MEDIA_TYPE = "application/problem+json"
_BASE = "https://leadcore.dev/problems/"
_STATUS: tuple[tuple[type[LeadcoreError], int], ...] = (
    (InvalidInputError, 422),
    (NotFoundError, 404),
    (UnauthorizedError, 401),
    (MissingScopeError, 403),
    (ForgedRequestError, 401),
    (StaleRequestError, 401),
    (NotTheSpeakerError, 409),
    (ConflictError, 409),
    (RefusedError, 409),
    (CrmRefusedError, 409),
)


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document. `code` is stable; `errors` lists fields with what to do."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    field: str | None = None
    fix: str | None = None
    errors: tuple[dict[str, str], ...] = ()
    request_id: str = ""
    extra: dict[str, object] = {}


def problem(
    status: int,
    code: str,
    title: str,
    *,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    field: str | None = None,
    fix: str | None = None,
    errors: tuple[dict[str, str], ...] = (),
    extra: Mapping[str, object] | None = None,
) -> Response[bytes]:
    """Render one problem document; `extra` adds members of its own."""
    document = Problem(
        type=_BASE + code, title=title, status=status, code=code, detail=detail, field=field, fix=fix, errors=errors
    )
    body = {**msgspec.to_builtins(document), **(extra or {})}
    return Response(msgspec.json.encode(body), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def from_domain(_: Request[Any, Any, State], error: LeadcoreError) -> Response[bytes]:
    """A domain refusal: expected, so never logged as an error."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 503)
    headers = {"Retry-After": "5"} if status == 503 else {}  # noqa: PLR2004 - the HTTP status itself
    return problem(status, error.code, error.message, field=error.field, fix=error.fix, headers=headers)


def from_validation(_: Request[Any, Any, State], error: ValidationException) -> Response[bytes]:
    """A body or parameter of the wrong shape: every mistake with its path."""
    items = error.extra if isinstance(error.extra, list) else []
    errors = tuple(
        {"field": str(item.get("key", "")), "message": str(item.get("message", ""))}
        for item in items
        if isinstance(item, dict)
    )
    return problem(422, "invalid_input", "the request has the wrong shape", detail=str(error.detail), errors=errors)


def from_http(_: Request[Any, Any, State], error: HTTPException) -> Response[bytes]:
    """What the framework itself refuses."""
    code = "unauthorized" if isinstance(error, NotAuthorizedException) else f"http_{error.status_code}"
    return problem(error.status_code, code, str(error.detail), headers=error.headers or {})


def from_surprise(request: Request[Any, Any, State], error: Exception) -> Response[bytes]:
    """Our own fault. The customer's request may be tried again; the operator finds type and place in the log."""
    structlog.get_logger().error("request.failed", path=request.url.path, method=request.method, exc_info=error)
    return problem(
        503, "unavailable", "something went wrong on our side, please try again", headers={"Retry-After": "5"}
    )


HANDLERS: ExceptionHandlersMap = {
    LeadcoreError: from_domain,
    ValidationException: from_validation,
    HTTPException: from_http,
    Exception: from_surprise,
}
