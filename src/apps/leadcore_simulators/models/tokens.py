"""The token rule of the model simulators (they have no tokenizer): at most four UTF-8 bytes, characters kept whole."""

from collections.abc import Iterator

_BYTES_PER_TOKEN = 4


def count(text: str) -> int:
    """How many tokens *text* is; for ASCII that is ceil(bytes / 4)."""
    if text.isascii():
        return -(-len(text) // _BYTES_PER_TOKEN)
    return sum(1 for _ in pieces(text))


def pieces(text: str) -> Iterator[str]:
    """The tokens of *text* in order; joined they are *text* again."""
    piece, size = "", 0
    for character in text:
        width = len(character.encode())
        if piece and size + width > _BYTES_PER_TOKEN:
            yield piece
            piece, size = "", 0
        piece, size = piece + character, size + width
    if piece:
        yield piece


def odd_pieces(text: str, *, seed: int) -> Iterator[str]:
    """*text* cut where no reader expects it, as vendors stream the JSON of a tool call; the first piece is empty."""
    yield ""
    start, step = 0, seed
    while start < len(text):
        step = (step * 5 + 3) % 16
        length = step % 7 + 1
        yield text[start : start + length]
        start += length
