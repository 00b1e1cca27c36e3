"""Keeping secrets: sealed bytes that open only for the tenant and field they were sealed for."""

from typing import Protocol

from leadcore.kernel.errors import LeadcoreError


class SealBrokenError(LeadcoreError):
    """The sealed bytes were altered, moved to another tenant or field, or sealed under a lost key."""

    code = "seal_broken"


class Fingerprints(Protocol):
    """Keyed hashes: nobody without the vault's key can tell by trying what was hashed."""

    def fingerprints(self, plain: bytes, *, owner: str) -> tuple[bytes, ...]:
        """Return the HMACs of *plain* for *owner*, one per key the vault has, the one to store first.

        After a rotation the older ones still recognise what was stored before.
        """
        ...


class Vault(Fingerprints, Protocol):
    """Authenticated encryption whose associated data names the owner: `tenant|connection|field`."""

    def seal(self, plain: bytes, *, owner: str) -> bytes:
        """Return *plain* sealed for *owner*."""
        ...

    def unseal(self, sealed: bytes, *, owner: str) -> bytes:
        """Return what was sealed for *owner*. Raises `SealBrokenError`."""
        ...
