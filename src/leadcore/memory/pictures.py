"""Pictures and their shelf in memory."""

from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import LeadId, PictureId, TenantId
from leadcore.memory.database import Changes, seen
from leadcore.pictures.model import Picture


class MemoryPictures:
    """`PictureRepository` of one unit of work."""

    _pictures = seen(lambda tables: tables.pictures)
    _keys = seen(lambda tables: tables.picture_keys)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def add(self, picture: Picture) -> bool:
        """Store it; False when (source_ref, number) is there already. Raises `NotFoundError` for a foreign lead."""
        tables = self._changes.database
        self._changes.must_exist(tables.leads, picture.lead_id)
        self._changes.must_exist(tables.conversations, picture.conversation_id)
        if not self._keys.insert(picture.id, picture.tenant_id, picture.source_ref, picture.number):
            return False
        self._pictures.put(picture, picture.tenant_id, picture.id)
        return True

    async def get(self, picture_id: PictureId, *, tenant_id: TenantId) -> Picture:
        """Return one. Raises `NotFoundError`."""
        found = self._pictures.get(tenant_id, picture_id)
        if found is None:
            raise NotFoundError(f"no picture {picture_id}")
        return found

    async def save(self, picture: Picture) -> None:
        """Replace it. Raises `NotFoundError`."""
        await self.get(picture.id, tenant_id=picture.tenant_id)
        self._pictures.put(picture, picture.tenant_id, picture.id)

    async def of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Picture]:
        """Return the lead's pictures in the order they came."""
        found = self._pictures.where("lead", tenant_id, lead_id)
        return sorted(found, key=lambda each: (each.received_at, each.source_ref, each.number))


class MemoryShelf:
    """`PictureShelf` in a dictionary."""

    def __init__(self) -> None:
        self._contents: dict[tuple[TenantId, str], bytes] = {}

    async def put(self, digest: str, content: bytes, *, tenant_id: TenantId) -> None:
        """Keep it; twice is once."""
        self._contents.setdefault((tenant_id, digest), content)

    async def fetch_content(self, digest: str, *, tenant_id: TenantId) -> bytes:
        """Return what was put. Raises `NotFoundError`."""
        found = self._contents.get((tenant_id, digest))
        if found is None:
            raise NotFoundError("no such picture on the shelf")
        return found

    async def discard(self, digest: str, *, tenant_id: TenantId) -> None:
        """Destroy what was put."""
        self._contents.pop((tenant_id, digest), None)
