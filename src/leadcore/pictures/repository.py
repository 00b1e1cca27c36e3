"""Storing pictures. Their bytes lie on the shelf (`leadcore.ports.pictures`)."""

from typing import Protocol

from leadcore.kernel.ids import LeadId, PictureId, TenantId
from leadcore.pictures.model import Picture
from leadcore.ports.storage import UnitOfWork


class PictureRepository(Protocol):
    """What is known of pictures."""

    async def add(self, picture: Picture) -> bool:
        """Store it; False when (source_ref, number) is there already."""
        ...

    async def get(self, picture_id: PictureId, *, tenant_id: TenantId) -> Picture:
        """Return one, locked for this unit of work. Raises `NotFoundError`."""
        ...

    async def save(self, picture: Picture) -> None:
        """Replace it. Raises `NotFoundError`."""
        ...

    async def of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Picture]:
        """Return the lead's pictures in the order they came."""
        ...


class PictureWork(UnitOfWork, Protocol):
    """A unit of work that can reach pictures."""

    @property
    def pictures(self) -> PictureRepository:
        """Pictures."""
        ...
