"""Where pictures come from and where their bytes lie. The shelf may be a table, or an object store."""

from typing import Protocol, runtime_checkable

from leadcore.kernel.errors import LeadcoreError
from leadcore.kernel.ids import TenantId


class PictureGoneError(LeadcoreError):
    """It will never be handed out: deleted, too large, or at an address that we do not call."""

    code = "picture_gone"


class PictureUnavailableError(LeadcoreError):
    """It is not handed out now. It is asked for again later."""

    code = "picture_unavailable"


class PictureShelf(Protocol):
    """Bytes by their digest, per tenant. Outside any unit of work: what is put stays, even if nothing refers to it."""

    async def put(self, digest: str, content: bytes, *, tenant_id: TenantId) -> None:
        """Keep *content* durably under *digest* (hex SHA-256). Twice is once."""
        ...

    async def fetch_content(self, digest: str, *, tenant_id: TenantId) -> bytes:
        """Return what was put. Raises `NotFoundError`, also for another tenant's digest."""
        ...

    async def discard(self, digest: str, *, tenant_id: TenantId) -> None:
        """Destroy what was put; nothing there is fine."""
        ...


@runtime_checkable
class PictureSource(Protocol):
    """A connection whose vendor keeps the pictures that customers send, and hands them out to us alone."""

    async def fetch_picture(self, url: str, *, max_bytes: int) -> bytes:
        """Return the bytes at *url*. Raises only `PictureGoneError` and `PictureUnavailableError`."""
        ...
