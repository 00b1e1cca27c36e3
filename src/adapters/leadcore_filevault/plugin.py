"""How the registry finds the vault."""

from leadcore.ports.plugin import Plugin
from leadcore.ports.vault import Vault
from leadcore_filevault.settings import FileVaultSettings


def open_vault(settings: FileVaultSettings) -> Vault:
    """Open the vault; the key is read, or made, when it is first needed."""
    from leadcore_filevault.vault import FileVault

    return FileVault(settings)


PLUGIN = Plugin(
    name="file",
    port="vault",
    settings=FileVaultSettings,
    open=open_vault,
    secrets=frozenset({"key"}),
    env={"key": "LEADCORE_VAULT_KEY", "key_file": "LEADCORE_VAULT_KEY_FILE"},
)
