"""What goes wrong while a picture's container is walked, and numbers of any width.

A stranger wrote the container, so the work is bounded by steps: a file made of millions of empty parts is damaged.
"""

MOST_STEPS = 20_000


class DamagedPictureError(Exception):
    """The container cannot be walked to its end, so it cannot be said what is in it."""


class Steps:
    """Counts steps. Raises `DamagedPictureError` when there are more than a real picture needs."""

    def __init__(self, most: int = MOST_STEPS) -> None:
        self._left = most

    def take(self) -> None:
        """Take one step."""
        self._left -= 1
        if self._left < 0:
            raise DamagedPictureError("the file has more parts than a picture needs")


class Cursor:
    """Reads big-endian numbers one after the other.

    Raises `DamagedPictureError` at the end of the bytes, and after more reads than a picture needs.
    """

    def __init__(self, content: bytes, at: int = 0, end: int | None = None) -> None:
        self.content = content
        self.at = at
        self.end = len(content) if end is None else end
        self._steps = Steps()

    def number(self, width: int) -> int:
        """Return the next number of *width* bytes; 0 bytes are the number 0."""
        return int.from_bytes(self.take(width), "big")

    def take(self, width: int) -> bytes:
        """Return the next *width* bytes."""
        self._steps.take()
        if width < 0 or self.at + width > self.end:
            raise DamagedPictureError("the file is cut")
        self.at += width
        return self.content[self.at - width : self.at]
