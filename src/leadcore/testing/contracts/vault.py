"""What every `Vault` promises. Subclass it and supply the fixture `vault`."""

import pytest

from leadcore.ports.vault import SealBrokenError, Vault
from leadcore.testing.contracts.contract import Contract

_OWNER = "tenant-a|connection-1|api_key"
_TIMES = 20
_HASH = 32


class VaultContract(Contract, port="Vault"):
    """Secrets come back for their owner only, and unaltered or not at all."""

    @pytest.mark.parametrize("plain", [b"", b"sk-live-42", bytes(range(256)) * 9])
    def test_what_was_sealed_comes_back(self, vault: Vault, plain: bytes) -> None:
        sealed = vault.seal(plain, owner=_OWNER)

        assert vault.unseal(sealed, owner=_OWNER) == plain

    def test_sealed_bytes_do_not_show_the_secret(self, vault: Vault) -> None:
        sealed = vault.seal(b"sk-live-42", owner=_OWNER)

        assert b"sk-live-42" not in sealed

    def test_sealing_twice_gives_different_bytes(self, vault: Vault) -> None:
        sealed = {vault.seal(b"sk-live-42", owner=_OWNER) for _ in range(_TIMES)}

        assert len(sealed) == _TIMES

    @pytest.mark.parametrize("thief", ["tenant-b|connection-1|api_key", "tenant-a|connection-1|secret", ""])
    def test_another_owner_cannot_open_it(self, vault: Vault, thief: str) -> None:
        sealed = vault.seal(b"sk-live-42", owner=_OWNER)

        with pytest.raises(SealBrokenError):
            vault.unseal(sealed, owner=thief)

    def test_a_changed_bit_anywhere_breaks_the_seal(self, vault: Vault) -> None:
        sealed = vault.seal(b"sk-live-42", owner=_OWNER)

        for place in range(len(sealed)):
            altered = bytearray(sealed)
            altered[place] ^= 1
            with pytest.raises(SealBrokenError):
                vault.unseal(bytes(altered), owner=_OWNER)

    @pytest.mark.parametrize("keep", [0, 1, 8, 20, -1])
    def test_a_shortened_seal_is_broken(self, vault: Vault, keep: int) -> None:
        sealed = vault.seal(b"sk-live-42", owner=_OWNER)

        with pytest.raises(SealBrokenError):
            vault.unseal(sealed[:keep], owner=_OWNER)

    def test_a_fingerprint_is_the_same_each_time_and_another_for_each_owner_and_content(self, vault: Vault) -> None:
        first = vault.fingerprints(b"+15125550142", owner=_OWNER)

        assert first == vault.fingerprints(b"+15125550142", owner=_OWNER)
        assert not set(first) & set(vault.fingerprints(b"+15125550142", owner="tenant-b|contact"))
        assert not set(first) & set(vault.fingerprints(b"+15125550143", owner=_OWNER))
        assert all(len(each) == _HASH and b"5550142" not in each for each in first)
