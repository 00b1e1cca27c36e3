"""A vault for tests: honest about owners and tampering, but its key is in the source, so it keeps no real secret."""

import hashlib
import hmac
from itertools import count

from leadcore.ports.vault import SealBrokenError

_MAC = 32
_NONCE = 8


class MemoryVault:
    """`Vault` from SHA-256 as a stream and HMAC over owner, nonce and ciphertext."""

    def __init__(self, key: bytes = b"memory") -> None:
        self._key = key
        self._nonces = count(1)

    def seal(self, plain: bytes, *, owner: str) -> bytes:
        """Return *plain* sealed for *owner*; never the same bytes twice."""
        nonce = next(self._nonces).to_bytes(_NONCE)
        hidden = self._mixed(plain, nonce)
        return self._mac(nonce + hidden, owner) + nonce + hidden

    def unseal(self, sealed: bytes, *, owner: str) -> bytes:
        """Return what was sealed for *owner*. Raises `SealBrokenError`."""
        mac, rest = sealed[:_MAC], sealed[_MAC:]
        if len(rest) < _NONCE or not hmac.compare_digest(mac, self._mac(rest, owner)):
            raise SealBrokenError("the seal does not fit its owner, or was altered")
        return self._mixed(rest[_NONCE:], rest[:_NONCE])

    def fingerprints(self, plain: bytes, *, owner: str) -> tuple[bytes, ...]:
        """Return the one HMAC of *plain* for *owner*."""
        return (self._mac(b"fingerprint\0" + plain, owner),)

    def _mac(self, content: bytes, owner: str) -> bytes:
        return hmac.new(self._key, owner.encode() + b"\0" + content, hashlib.sha256).digest()

    def _mixed(self, content: bytes, nonce: bytes) -> bytes:
        stream = b"".join(
            hashlib.sha256(self._key + nonce + block.to_bytes(8)).digest() for block in range(len(content) // 32 + 1)
        )
        return bytes(left ^ right for left, right in zip(content, stream, strict=False))
