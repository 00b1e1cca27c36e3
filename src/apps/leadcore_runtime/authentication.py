"""Who calls: an API key in `Authorization: Bearer`, turned into the tenant it belongs to."""

from typing import Any

import msgspec
from litestar.connection import ASGIConnection

from leadcore.flows.api_keys import Scope, authenticate
from leadcore.flows.work import Store
from leadcore.kernel.errors import LeadcoreError
from leadcore.kernel.ids import TenantId

_SCHEME = "bearer "


class UnauthorizedError(LeadcoreError):
    """No key, a wrong key, or a revoked one: all look the same from outside."""

    code = "unauthorized"


class MissingScopeError(LeadcoreError):
    """The key is good, but not for this."""

    code = "missing_scope"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated caller. `name` is written beside what they do."""

    tenant_id: TenantId
    key_id: str
    name: str


def bearer(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the presented key, or an empty string."""
    header = connection.headers.get("authorization", "")
    return header[len(_SCHEME) :].strip() if header.lower().startswith(_SCHEME) else ""


async def caller_of(connection: ASGIConnection[Any, Any, Any, Any], store: Store, *, scope: Scope) -> Caller:
    """Return who calls, if their key is good for *scope*. Raises `UnauthorizedError` or `MissingScopeError`."""
    key = await authenticate(store, bearer(connection))
    if key is None:
        raise UnauthorizedError(
            "a valid API key is needed", field="Authorization", fix="send `Authorization: Bearer lc_live_…`"
        )
    if scope not in key.scopes:
        raise MissingScopeError(
            f"this key lacks the scope `{scope}`", field="Authorization", fix=f"create one with the scope `{scope}`"
        )
    return Caller(tenant_id=key.tenant_id, key_id=key.key_id, name=key.label or key.key_id)
