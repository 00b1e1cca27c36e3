"""Pictures, and the shelf that keeps their bytes in a table."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from sqlalchemy import text

from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import LeadId, PictureId, TenantId
from leadcore.pictures.model import Picture
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_PICTURE = Rows(Picture, "picture")

_ADD = text(f"{_PICTURE.insert} ON CONFLICT (tenant_id, source_ref, number) DO NOTHING")
_GET = text(f"{_PICTURE.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_SAVE = text(_PICTURE.replace)
_OF_LEAD = text(f"""
    {_PICTURE.select} WHERE tenant_id = :tenant_id AND lead_id = :lead_id
    ORDER BY received_at, source_ref COLLATE "C", number""")

_PUT = text("""
    INSERT INTO picture_content (tenant_id, digest, content) VALUES (:tenant_id, :digest, :content)
    ON CONFLICT (tenant_id, digest) DO NOTHING""")
_CONTENT = text("SELECT content FROM picture_content WHERE tenant_id = :tenant_id AND digest = :digest")

_DISCARD = text("DELETE FROM picture_content WHERE tenant_id = :tenant_id AND digest = :digest")


class PostgresPictures:
    """`PictureRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def add(self, picture: Picture) -> bool:
        """Store it; False when (source_ref, number) is there already."""
        return await self._db.count(_ADD, **_PICTURE.params(picture)) == 1

    async def get(self, picture_id: PictureId, *, tenant_id: TenantId) -> Picture:
        """Return one, locked. Raises `NotFoundError`."""
        row = await self._db.row(_GET, tenant_id=tenant_id, id=picture_id)
        if row is None:
            raise NotFoundError(f"no picture {picture_id}")
        return _PICTURE.item(row)

    async def save(self, picture: Picture) -> None:
        """Replace it. Raises `NotFoundError`."""
        if not await self._db.count(_SAVE, **_PICTURE.params(picture)):
            raise NotFoundError(f"no picture {picture.id}")

    async def of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Picture]:
        """Return the lead's pictures in the order they came."""
        return _PICTURE.items(await self._db.rows(_OF_LEAD, tenant_id=tenant_id, lead_id=lead_id))


class PostgresShelf:
    """`PictureShelf` in the table `picture_content`: one short transaction per call."""

    def __init__(self, transaction_of: Callable[[TenantId], AbstractAsyncContextManager[Transaction]]) -> None:
        self._transaction_of = transaction_of

    async def put(self, digest: str, content: bytes, *, tenant_id: TenantId) -> None:
        """Keep it; twice is once."""
        async with self._transaction_of(tenant_id) as transaction:
            await transaction.run(_PUT, tenant_id=tenant_id, digest=digest, content=content)
            await transaction.commit()

    async def fetch_content(self, digest: str, *, tenant_id: TenantId) -> bytes:
        """Return what was put. Raises `NotFoundError`."""
        async with self._transaction_of(tenant_id) as transaction:
            row = await transaction.row(_CONTENT, tenant_id=tenant_id, digest=digest)
        if row is None:
            raise NotFoundError("no such picture on the shelf")
        return bytes(row[0])

    async def discard(self, digest: str, *, tenant_id: TenantId) -> None:
        """Destroy what was put; nothing there is fine."""
        async with self._transaction_of(tenant_id) as transaction:
            await transaction.run(_DISCARD, tenant_id=tenant_id, digest=digest)
            await transaction.commit()
