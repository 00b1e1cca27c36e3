"""What is remembered of the CRM's price list, so that one short answer does not empty the catalog.

An entry stays sold for 48 hours after it was last seen. Then it is retired, unless the list just read was not complete,
or so many would go at once that a person should say whether that is meant.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from leadcore.catalog.model import CatalogEntry
from leadcore.kernel.ids import TenantId
from leadcore.ports.crm import CrmService

FORGOTTEN_AFTER = timedelta(hours=48)
_MANY = 2


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A price list as the CRM just showed it; not `complete` when entries may be missing from it."""

    services: tuple[CrmService, ...]
    complete: bool = True


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """All entries there ever were. `unseen` are sold although this list lacks them, `missed` wait for a person."""

    entries: tuple[CatalogEntry, ...]
    unseen: tuple[str, ...]
    missed: tuple[str, ...]

    @property
    def sold(self) -> tuple[CrmService, ...]:
        """What the catalog is made of."""
        return tuple(entry.listed for entry in self.entries if entry.state != "retired")


def remember(
    known: Iterable[CatalogEntry], listing: Listing, *, tenant_id: TenantId, now: datetime, accept: bool = False
) -> Remembered:
    """Return the entries after *listing* was read at *now*; with *accept*, however many are gone."""
    before = {entry.external_id: entry for entry in known}
    after = dict(before)
    for service in listing.services:
        after[service.external_id] = CatalogEntry(
            tenant_id=tenant_id, external_id=service.external_id, listed=service, seen_at=now
        )
    seen = {service.external_id for service in listing.services}
    lost = [entry for entry in after.values() if entry.external_id not in seen and entry.state != "retired"]
    gone = [entry for entry in lost if now - entry.seen_at >= FORGOTTEN_AFTER] if listing.complete else []
    sold_before = sum(entry.state != "retired" for entry in before.values())
    believed = accept or not _is_suspicious(len(gone), of=sold_before)
    for entry in gone:
        after[entry.external_id] = replace(entry, state="retired" if believed else "missed")
    entries = tuple(after[key] for key in sorted(after))
    return Remembered(
        entries=entries,
        unseen=_names([entry for entry in lost if after[entry.external_id].state == "live"]),
        missed=_names([entry for entry in entries if entry.state == "missed"]),
    )


def _is_suspicious(gone: int, *, of: int) -> bool:
    """Whether half the catalog or more would go, or all of it."""
    return gone > 0 and (gone == of or (gone >= _MANY and 2 * gone >= of))


def _names(entries: Sequence[CatalogEntry]) -> tuple[str, ...]:
    return tuple(sorted(entry.listed.name for entry in entries))
