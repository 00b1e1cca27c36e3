"""Links lead somewhere, examples run, and no page names a place of somebody's machine."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, Block, anchors_of, blocks_of, links_of, name_of

_ABSOLUTE = re.compile(r"^(?:[a-z]+:|//)")
_PLACE = re.compile(r"(?<![\w./:~])/(?:home|root|Users|work|tmp|mnt)/\w")
_RUNNABLE = [
    pytest.param(page, block, id=f"{name_of(page)}:{block.line}")
    for page in PAGES
    for block in blocks_of(page.read_text("utf-8"))
    if block.language == "python"
]


def _dead_links(page: Path) -> list[str]:
    return [link for link in links_of(page.read_text("utf-8")) if not _ABSOLUTE.match(link) and not _leads(page, link)]


def _leads(page: Path, link: str) -> bool:
    path, _, fragment = link.partition("#")
    target = page.parent / path if path else page
    if not target.exists():
        return False
    return not fragment or target.suffix != ".md" or fragment in anchors_of(target.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    assert _dead_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_a_place_of_somebodys_machine(page: Path) -> None:
    assert _PLACE.findall(page.read_text("utf-8")) == []


@pytest.mark.parametrize(("page", "block"), _RUNNABLE)
def test_a_python_example_runs_as_printed(page: Path, block: Block) -> None:
    program = compile("\n" * (block.line - 1) + block.code, str(page), "exec")
    namespace: dict[str, object] = {"__name__": "example"}

    exec(program, namespace)  # noqa: S102 - the page's own example, asserts included

    assert "assert " in block.code


def test_the_readme_has_an_example_that_is_run() -> None:
    assert any(
        name_of(page) == "README.md" for page, _ in (each.values for each in _RUNNABLE) if isinstance(page, Path)
    )


def test_a_dead_link_and_a_dead_heading_are_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Some place\n")
    page = tmp_path / "page.md"

    page.write_text(
        "[a](other.md#some-place) [b](other.md#elsewhere) [c](gone.md) `[d](code.md)` [e](https://x.test)\n"
    )

    assert _dead_links(page) == ["other.md#elsewhere", "gone.md"]
