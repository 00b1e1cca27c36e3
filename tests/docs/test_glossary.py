"""The glossary holds one word per idea, and one idea per word."""

import re
from collections import Counter
from itertools import pairwise

from tests.docs.pages import ROOT

PAGE = ROOT / "docs/reference/glossary.md"
_ROW = re.compile(r"^\| (?P<words>\*\*.+?) \|", re.MULTILINE)
_WORD = re.compile(r"\*\*([^*]+)\*\*")


def _words() -> list[str]:
    return [word for row in _ROW.finditer(PAGE.read_text("utf-8")) for word in _WORD.findall(row["words"])]


def test_no_word_of_the_glossary_means_two_things() -> None:
    assert [word for word, times in Counter(_words()).items() if times > 1] == []


def test_every_row_of_the_glossary_stands_in_a_table() -> None:
    lines = PAGE.read_text("utf-8").splitlines()

    loose = [line for before, line in pairwise(lines) if line.startswith("| **") and before[:1] != "|"]

    assert loose == []
