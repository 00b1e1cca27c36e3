"""What a tenant tells us of those who send ADF."""

import msgspec


class AdfSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`secret` is shown by the sender as a bearer token, or as the password of HTTP Basic.

    `previous_secret` keeps senders believed while it is rotated. `label` is for people who list connections.
    """

    secret: str = ""
    previous_secret: str = ""
    label: str = "ADF"

    def __repr__(self) -> str:
        """Leave the secrets out: settings end up in tracebacks and logs."""
        return f"AdfSettings(label={self.label!r})"
