"""Who calls: an API key in `Authorization: Bearer`, turned into the tenant it belongs to."""

from typing import Any

import msgspec
from litestar.connection import ASGIConnection

from leadcore.flows.api_keys import authenticate
from leadcore.flows.work import Store
from leadcore.kernel.errors import LeadcoreError
from leadcore.kernel.ids import TenantId

_SCHEME = "bearer "


class UnauthorizedError(LeadcoreError):
    """No key, a wrong key, or a revoked one: all look the same from outside."""

    code = "unauthorized"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated caller. `name` is written beside what they do."""

    tenant_id: TenantId
    key_id: str
    name: str


def bearer(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the presented key, or an empty string."""
    header = connection.headers.get("authorization", "")
    return header[len(_SCHEME) :].strip() if header.lower().startswith(_SCHEME) else ""


async def caller_of(connection: ASGIConnection[Any, Any, Any, Any], store: Store) -> Caller:
    """Return who calls. Raises `UnauthorizedError`."""
    key = await authenticate(store, bearer(connection))
    if key is None:
        raise UnauthorizedError(
            "a valid API key is needed", field="Authorization", fix="send `Authorization: Bearer lc_live_…`"
        )
    return Caller(tenant_id=key.tenant_id, key_id=key.key_id, name=key.label or key.key_id)
