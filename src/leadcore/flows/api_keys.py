"""API keys: made once and shown once, remembered only as a digest, revoked for good."""

import hashlib
import hmac
import string
from typing import Literal, get_args

from msgspec.structs import replace

from leadcore.flows.work import Store
from leadcore.kernel.chance import Chance
from leadcore.kernel.errors import InvalidInputError, NotFoundError
from leadcore.kernel.ids import TenantId
from leadcore.ports.storage import ApiKey

Scope = Literal["chat", "operate", "deployment"]
"""`chat` speaks for a customer (chat API); `operate` reads leads and answers as staff (operator API).

`deployment` acts on what all shops share, such as a hold of all sending: a key has it only when it is asked for.
"""
SCOPES: tuple[Scope, ...] = get_args(Scope)
USUAL_SCOPES: tuple[Scope, ...] = ("chat", "operate")

_PREFIX = "lc_live"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_LENGTH = 8
_SECRET_BYTES = 32
_SECRET_LENGTH = 43  # base 62 of 32 bytes
_MAX_LABEL = 80
_NOBODY = bytes(_SECRET_BYTES)


async def create_api_key(
    store: Store, chance: Chance, *, tenant_id: TenantId, label: str, scopes: tuple[str, ...] = USUAL_SCOPES
) -> tuple[str, ApiKey]:
    """Make a key; the text returned is the only copy of its secret. Raises `InvalidInputError`, `NotFoundError`."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise InvalidInputError(f"no such scope: {', '.join(unknown) or '(none)'}", field="scopes", fix=_scopes_fix())
    if not label.strip() or len(label) > _MAX_LABEL:
        raise InvalidInputError("a label has 1 to 80 characters", field="label", fix="say who will use the key")
    key_id = _base62(chance.token(_ID_LENGTH), length=_ID_LENGTH)
    secret = _base62(chance.token(_SECRET_BYTES), length=_SECRET_LENGTH)
    async with store.begin(tenant_id) as uow:
        await uow.tenants.get(tenant_id)
        key = ApiKey(
            key_id=key_id,
            tenant_id=tenant_id,
            digest=_digest(secret),
            label=label.strip(),
            scopes=tuple(sorted(set(scopes))),
            created_at=await uow.now(),
        )
        await uow.tenants.put_api_key(key)
        await uow.commit()
    return f"{_PREFIX}_{key_id}_{secret}", key


async def list_api_keys(store: Store, *, tenant_id: TenantId) -> list[ApiKey]:
    """Return the tenant's keys, newest first, revoked ones too."""
    async with store.begin(tenant_id) as uow:
        return await uow.tenants.api_keys(tenant_id)


async def revoke_api_key(store: Store, key_id: str, *, tenant_id: TenantId) -> ApiKey:
    """Make the key worthless from the next request on; revoking twice changes nothing. Raises `NotFoundError`."""
    async with store.begin(tenant_id) as uow:
        key = next((each for each in await uow.tenants.api_keys(tenant_id) if each.key_id == key_id), None)
        if key is None:
            raise NotFoundError(f"no API key {key_id}", field="key_id", fix="list them: `leadcore api-keys list`")
        if key.revoked_at is None:
            key = replace(key, revoked_at=await uow.now())
            await uow.tenants.put_api_key(key)
            await uow.commit()
    return key


async def authenticate(store: Store, presented: str) -> ApiKey | None:
    """Return the live key behind *presented* (`lc_live_<id>_<secret>`), None for anything else.

    The answer takes as long for an unknown id as for a wrong secret.
    """
    parts = presented.split("_")
    if len(parts) != 4 or "_".join(parts[:2]) != _PREFIX or not _is_key(parts[2], parts[3]):  # noqa: PLR2004 - see format
        return None
    key = await store.directory.api_key(parts[2])
    fits = hmac.compare_digest(_digest(parts[3]), key.digest if key else _NOBODY)
    return key if key is not None and fits and key.revoked_at is None else None


def _is_key(key_id: str, secret: str) -> bool:
    return len(key_id) == _ID_LENGTH and len(secret) == _SECRET_LENGTH and set(key_id + secret) <= set(_ALPHABET)


def _digest(secret: str) -> bytes:
    # 256 random bits need no slow hash.
    return hashlib.sha256(secret.encode()).digest()


def _base62(content: bytes, *, length: int) -> str:
    number, digits = int.from_bytes(content), ""
    while len(digits) < length:
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    return digits


def _scopes_fix() -> str:
    return f"choose from {', '.join(SCOPES)}"
