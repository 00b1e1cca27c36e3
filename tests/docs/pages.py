"""The pages people read, and what tests look for in them."""

import re
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")],
    key=lambda page: page.as_posix(),
)
_FENCE = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)|(?:src|href)=\"(?P<attribute>[^\"]+)\"")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A fenced block and the line its code starts on."""

    language: str
    code: str
    line: int


def name_of(page: Path) -> str:
    """The page as a reader would call it."""
    return page.relative_to(ROOT).as_posix()


def blocks_of(text: str) -> list[Block]:
    """Every fenced block."""
    return [
        Block(language=found["language"], code=found["code"], line=text.count("\n", 0, found.start("code")) + 1)
        for found in _FENCE.finditer(text)
    ]


def prose_of(text: str) -> str:
    """What is left without fenced blocks."""
    return _FENCE.sub("", text)


def links_of(text: str) -> list[str]:
    """Targets of links and pictures, outside code."""
    plain = _CODE_SPAN.sub("", prose_of(text))
    return [found["target"] or found["attribute"] for found in _LINK.finditer(plain)]


def anchors_of(text: str) -> set[str]:
    """The fragments that headings answer to."""
    titles = [re.sub(r"[^\w\- ]", "", title.lower()) for title in _HEADING.findall(prose_of(text))]
    return {title.strip().replace(" ", "-") for title in titles}


def code_spans_of(text: str) -> list[str]:
    """Inline code."""
    return _CODE_SPAN.findall(prose_of(text))


def rows_between(text: str, mark: str) -> list[list[str]]:
    """Cells of the table between `<!-- mark -->` and `<!-- /mark -->`, heading left out."""
    _, _, rest = text.partition(f"<!-- {mark} -->")
    table, ended, _ = rest.partition(f"<!-- /{mark} -->")
    lines = [line for line in table.splitlines() if line.startswith("|")] if ended else []
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
