"""Sealed secrets: only for their owner, only under a key of the ring."""

import base64
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.kernel.errors import InvalidInputError
from leadcore.ports.vault import SealBrokenError
from leadcore_filevault.plugin import PLUGIN
from leadcore_filevault.settings import FileVaultSettings
from leadcore_filevault.vault import FileVault

FIRST, SECOND = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
OWNER = "t1|c1|auth_token"


def vault(key: str = FIRST) -> FileVault:
    return FileVault(FileVaultSettings(key=key))


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_was_sealed_opens_for_its_owner_alone(plain: bytes, owner: str) -> None:
    sealed = vault().seal(plain, owner=owner)

    assert vault().unseal(sealed, owner=owner) == plain
    with pytest.raises(SealBrokenError):
        vault().unseal(sealed, owner=owner + "x")


def test_no_altered_or_cut_byte_goes_unnoticed() -> None:
    sealed = vault().seal(b"secret", owner=OWNER)
    altered = [sealed[:n] + bytes([sealed[n] ^ 1]) + sealed[n + 1 :] for n in range(len(sealed))]

    for broken in (*altered, *(sealed[:n] for n in range(len(sealed))), sealed + b"\0"):
        with pytest.raises(SealBrokenError):
            vault().unseal(broken, owner=OWNER)


def test_sealing_twice_shows_nothing_in_common_and_nothing_of_the_secret() -> None:
    first, second = (vault().seal(b"the same secret", owner=OWNER) for _ in range(2))

    assert first[12:] != second[12:]
    assert b"secret" not in first


def test_after_a_rotation_old_seals_open_and_new_ones_need_the_new_key() -> None:
    old = vault(FIRST).seal(b"old", owner=OWNER)
    rotated = vault(f"{SECOND}, {FIRST}")

    new = rotated.seal(b"new", owner=OWNER)

    assert rotated.unseal(old, owner=OWNER) == b"old"
    assert vault(SECOND).unseal(new, owner=OWNER) == b"new"
    with pytest.raises(SealBrokenError, match="not here"):
        vault(FIRST).unseal(new, owner=OWNER)


def test_the_key_file_is_made_on_first_use_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "vault.key"
    settings = FileVaultSettings(key_file=str(path))

    opened = FileVault(settings)
    absent = not path.exists()
    sealed = opened.seal(b"secret", owner=OWNER)

    assert absent
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert FileVault(settings).unseal(sealed, owner=OWNER) == b"secret"
    assert [child.name for child in path.parent.iterdir()] == ["vault.key"]


def test_many_first_uses_at_once_agree_on_one_key(tmp_path: Path) -> None:
    settings = FileVaultSettings(key_file=str(tmp_path / "vault.key"))
    sealed: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: sealed.append(FileVault(settings).seal(b"x", owner=OWNER))) for _ in range(16)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [FileVault(settings).unseal(one, owner=OWNER) for one in sealed] == [b"x"] * 16


def test_a_rotation_by_another_process_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    path.write_text(FIRST)
    path.chmod(0o600)
    running = FileVault(FileVaultSettings(key_file=str(path)))
    running.seal(b"x", owner=OWNER)

    path.write_text(f"{SECOND}\n{FIRST}\n")
    sealed = FileVault(FileVaultSettings(key_file=str(path))).seal(b"new", owner=OWNER)

    assert running.unseal(sealed, owner=OWNER) == b"new"


def test_a_lost_key_file_is_never_replaced_by_reading(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    sealed = vault().seal(b"x", owner=OWNER)

    with pytest.raises(SealBrokenError, match="gone"):
        FileVault(FileVaultSettings(key_file=str(path))).unseal(sealed, owner=OWNER)

    assert not path.exists()


def test_a_key_file_that_others_may_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    path.write_text(FIRST)
    path.chmod(0o644)

    with pytest.raises(InvalidInputError) as refusal:
        FileVault(FileVaultSettings(key_file=str(path))).seal(b"x", owner=OWNER)

    assert "chmod 600" in str(refusal.value.fix)


@pytest.mark.parametrize("key", ["short", "%%%", "   ,  ", FIRST + " nonsense"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        vault(key).seal(b"x", owner=OWNER)

    assert refusal.value.field == "key"


def test_the_plugin_opens_a_vault_and_asks_for_a_key_source() -> None:
    assert PLUGIN.open(FileVaultSettings(key=FIRST)).unseal(vault().seal(b"x", owner=OWNER), owner=OWNER) == b"x"
    with pytest.raises(InvalidInputError):
        PLUGIN.open(FileVaultSettings())
