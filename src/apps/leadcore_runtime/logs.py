"""Structured JSON logs. Only allow-listed fields leave the process, so no personal data can slip in."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "app",
        "tenant_id",
        "connection_id",
        "lead_id",
        "message_id",
        "attempt_id",
        "turn_id",
        "touch_id",
        "conversation_id",
        "inbox_id",
        "kind",
        "outcome",
        "reason",
        "code",
        "vendor",
        "status",
        "method",
        "path",
        "request_id",
        "duration_ms",
        "count",
        "error",
        "error_type",
        "fix",
        "worker",
        "port",
        "attempts",
        "provider",
        "gen",
        "field",
        "pid",
        "signal",
        "url",
        "where",
    }
)
"""Everything else is dropped and named in `dropped`, so that a developer notices."""

_TALKATIVE = ("httpx", "httpx2", "httpcore", "httpcore2", "twilio", "python_http_client", "anthropic", "openai")


def configure_logs(*, level: str, app: str) -> None:
    """Send JSON lines to standard output."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _exception_type,
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(app=app)
    # libraries' own lines hold URLs and bodies (a phone number in a query): only their warnings, never their routine
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    for library in _TALKATIVE:
        logging.getLogger(library).setLevel(logging.WARNING)


def _exception_type(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    cause = event.pop("exc_info", None)
    if isinstance(cause, BaseException):  # the text of an exception may quote customers; its type and place do not
        event["error_type"] = type(cause).__name__
        trace = cause.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if trace is not None:
            event["where"] = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
    return event


def only_allowed(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop fields that are not on the list."""
    dropped = sorted(set(event) - ALLOWED)
    for key in dropped:
        del event[key]
    if dropped:
        event["dropped"] = dropped
    return event
