"""The ring of key-encryption keys: from a setting, or from a file only its owner can read."""

import base64
import binascii
import hashlib
import os
import re
import secrets
import stat
from pathlib import Path

import msgspec

from leadcore.kernel.errors import InvalidInputError

KEY_BYTES = 32
KEY_ID_BYTES = 8
_FIX = "put 32 random bytes there as base64, such as `openssl rand -base64 32` prints"
_TOO_OPEN = 0o037  # others must not even read it; a group may (mounted secrets), but not write


class KeyRing(msgspec.Struct, frozen=True, kw_only=True):
    """Keys by their id; `current` is the id of the one that seals."""

    current: bytes
    keys: dict[bytes, bytes]


def ring_of(text: str, *, field: str) -> KeyRing:
    """Read base64 keys, newest first. Raises `InvalidInputError` naming *field*."""
    keys = [_key(word, field) for word in re.split(r"[\s,]+", text.strip()) if word]
    if not keys:
        raise InvalidInputError("there is no key", field=field, fix=_FIX)
    return KeyRing(current=key_id(keys[0]), keys={key_id(key): key for key in keys})


def key_id(key: bytes) -> bytes:
    """Name a key without giving it away."""
    return hashlib.sha256(b"leadcore vault key\0" + key).digest()[:KEY_ID_BYTES]


def ring_in(path: Path) -> KeyRing:
    """Read the ring of a file. Raises `InvalidInputError`; `FileNotFoundError` when there is none."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _TOO_OPEN:
        raise InvalidInputError(
            f"the key file may be read by others (mode {mode:03o})", field="key_file", fix=f"chmod 600 {path}"
        )
    return ring_of(path.read_text("ascii", errors="replace"), field="key_file")


def make_key_file(path: Path) -> None:
    """Make *path* with one fresh key, whole or not at all; a file that another process made first is left alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(half, path)
        except FileExistsError:
            return
        _sync_folder(path.parent)
    finally:
        half.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _key(word: str, field: str) -> bytes:
    try:
        key = base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError) as cause:
        raise InvalidInputError("a key is not base64", field=field, fix=_FIX) from cause
    if len(key) != KEY_BYTES:
        raise InvalidInputError(f"a key has {len(key)} bytes instead of {KEY_BYTES}", field=field, fix=_FIX)
    return key
