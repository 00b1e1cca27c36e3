"""The `Vault` port on one key file: AES-256-GCM envelopes, the owner as associated data."""

from leadcore_filevault.settings import FileVaultSettings
from leadcore_filevault.vault import FileVault

__all__ = ["FileVault", "FileVaultSettings"]
