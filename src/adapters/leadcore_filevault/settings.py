"""Where the key that seals all others comes from."""

import msgspec


class FileVaultSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`key` wins over `key_file`; both hold base64 keys of 32 bytes, separated by white space or commas.

    The first seals, the others only open what they sealed earlier: rotate by putting a new key in front.
    `key_file` is made on first use, readable by its owner alone. Whoever loses it loses every stored credential.
    """

    key: str = ""
    key_file: str = ""

    def __repr__(self) -> str:
        """Leave the secrets out: settings end up in tracebacks and logs."""
        return f"FileVaultSettings(key_file={self.key_file!r})"
