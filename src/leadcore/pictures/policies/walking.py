"""What goes wrong while a picture's container is walked, and numbers of any width."""


class DamagedPictureError(Exception):
    """The container cannot be walked to its end, so it cannot be said what is in it."""


class Cursor:
    """Reads big-endian numbers one after the other. Raises `DamagedPictureError` at the end of the bytes."""

    def __init__(self, content: bytes, at: int = 0, end: int | None = None) -> None:
        self.content = content
        self.at = at
        self.end = len(content) if end is None else end

    def number(self, width: int) -> int:
        """Return the next number of *width* bytes; 0 bytes are the number 0."""
        return int.from_bytes(self.take(width), "big")

    def take(self, width: int) -> bytes:
        """Return the next *width* bytes."""
        if width < 0 or self.at + width > self.end:
            raise DamagedPictureError("the file is cut")
        self.at += width
        return self.content[self.at - width : self.at]
