"""Envelope encryption (NIST SP 800-38D AES-GCM): each secret under its own key, that key under the ring's.

Layout: magic (4) | key id (8) | nonce (12) | wrapped data key (48) | nonce (12) | ciphertext and tag.
Magic, key id and owner are associated data of both layers: an envelope moved to another owner does not open.
"""

import hmac
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from leadcore.kernel.errors import InvalidInputError
from leadcore.ports.vault import SealBrokenError
from leadcore_filevault.keys import KEY_BYTES, KEY_ID_BYTES, KeyRing, make_key_file, ring_in, ring_of
from leadcore_filevault.settings import FileVaultSettings

_MAGIC = b"LCV1"
_FINGERPRINT = b"leadcore fingerprint\0"
_NONCE = 12
_TAG = 16
_HEADER = len(_MAGIC) + KEY_ID_BYTES
_DATA = _HEADER + _NONCE + KEY_BYTES + _TAG


class FileVault:
    """`Vault` whose ring of keys lives in a file or a setting."""

    def __init__(self, settings: FileVaultSettings) -> None:
        """Raises `InvalidInputError` when no key source is named."""
        if not settings.key and not settings.key_file:
            raise InvalidInputError(
                "neither key nor key_file is set", field="key_file", fix="set LEADCORE_VAULT_KEY_FILE to a path"
            )
        self._settings = settings
        self._ring: KeyRing | None = None

    def seal(self, plain: bytes, *, owner: str) -> bytes:
        """Return *plain* sealed for *owner*. Raises `InvalidInputError` when the key cannot be read."""
        ring = self._ring or self._load(make=True)
        header = _MAGIC + ring.current
        about = header + owner.encode()
        data_key = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
        return header + _encrypted(ring.keys[ring.current], data_key, about) + _encrypted(data_key, plain, about)

    def unseal(self, sealed: bytes, *, owner: str) -> bytes:
        """Return what was sealed for *owner*. Raises `SealBrokenError`, or `InvalidInputError` for a bad key file."""
        if len(sealed) < _DATA + _NONCE + _TAG or not sealed.startswith(_MAGIC):
            raise SealBrokenError("this was not sealed by this vault")
        key = self._key(sealed[len(_MAGIC) : _HEADER])
        about = sealed[:_HEADER] + owner.encode()
        try:
            data_key = _decrypted(key, sealed[_HEADER:_DATA], about)
            return _decrypted(data_key, sealed[_DATA:], about)
        except InvalidTag as cause:
            raise SealBrokenError("the seal is broken: altered, or sealed for another owner") from cause

    def fingerprints(self, plain: bytes, *, owner: str) -> tuple[bytes, ...]:
        """Return HMAC-SHA256 of *plain* for *owner* under a key derived from each of the ring, the current one first.

        Raises as `seal` does.
        """
        ring = self._ring or self._load(make=True)
        keys = [ring.keys[ring.current], *(key for name, key in ring.keys.items() if name != ring.current)]
        about = owner.encode() + b"\0" + plain
        return tuple(hmac.digest(hmac.digest(key, _FINGERPRINT, "sha256"), about, "sha256") for key in keys)

    def _key(self, wanted: bytes) -> bytes:
        ring = self._ring or self._load(make=False)
        if wanted not in ring.keys:
            ring = self._load(make=False)  # another process may have rotated meanwhile
        key = ring.keys.get(wanted)
        if key is None:
            raise SealBrokenError(
                f"sealed under the key {wanted.hex()}, which is not here",
                fix="put the earlier key back into the key file, below the current one",
            )
        return key

    def _load(self, *, make: bool) -> KeyRing:
        if self._settings.key:
            self._ring = ring_of(self._settings.key, field="key")
            return self._ring
        path = Path(self._settings.key_file)
        try:
            if make and not path.exists():
                make_key_file(path)
            self._ring = ring_in(path)
        except FileNotFoundError as cause:
            raise SealBrokenError("the key file is gone", fix=f"bring back {path} from a backup") from cause
        except OSError as cause:
            raise InvalidInputError(
                f"the key file cannot be used: {cause.strerror}", field="key_file", fix=f"check the rights of {path}"
            ) from cause
        return self._ring


def _encrypted(key: bytes, plain: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def _decrypted(key: bytes, sealed: bytes, about: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
