"""Commands that the pages name exist, with the options they are given."""

import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from cyclopts import App

from leadcore_cli.main import build
from tests.docs.pages import PAGES, ROOT, blocks_of, code_spans_of, name_of

_CALL = re.compile(r"(?:^|[\s;(])(?:\.venv/bin/)?leadcore (?P<rest>[a-z][^;|)]*)")
_SHELL = {"sh", "console", "bash"}
_MAKE = re.compile(r"(?:^|\s)make (?P<target>[a-z][a-z-]*)(?!\w)")
_TARGET = re.compile(r"^([a-z][a-z-]*):.*##", re.MULTILINE)
_GROUPS = {
    *("tenants", "connect", "api-keys", "catalog", "leads", "conversations", "staff", "inbox", "write-backs", "people"),
    *("consent", "rules", "decisions", "cadence", "touch", "hold", "serve", "config", "privacy", "messages"),
}
_NESTED = {("cadence", "rollout")}
_HELP = {"--help", "-h", "--version"}


def _spoken(page: Path) -> list[str]:
    """Everything a reader may type: inline code, and the lines of shell blocks with their continuations joined."""
    text = page.read_text("utf-8")
    lines = [line for block in blocks_of(text) if block.language in _SHELL for line in _joined(block.code)]
    return [*code_spans_of(text), *lines]


def _joined(code: str) -> list[str]:
    return [line.partition(" #")[0] for line in code.replace("\\\n", " ").splitlines()]


def _calls(page: Path) -> list[list[str]]:
    found = [call["rest"] for text in _spoken(page) for call in _CALL.finditer(text)]
    return [shlex.split(rest.replace("'", "")) for rest in found]


@cache
def _top() -> App:
    return build()


@cache
def _command(words: tuple[str, ...]) -> App | None:
    app = _top()
    for word in words:
        if word not in list(app):
            return None
        app = app[word]
    return app


def _commands() -> list[str]:
    """Every command as it is typed; of a group, those in it."""
    top = [name for name in _top() if not name.startswith("-")]
    found = [
        words
        for name in top
        for words in ([f"{name} {each}" for each in _top()[name] if each[0] != "-"] if name in _GROUPS else [name])
    ]
    nested = [f"{group} {name} {each}" for group, name in _NESTED for each in _top()[group][name] if each[0] != "-"]
    return [words for words in found if tuple(words.split()) not in _NESTED] + nested


@cache
def _options(words: tuple[str, ...]) -> frozenset[str]:
    app = _command(words)
    assert app is not None
    arguments = app.assemble_argument_collection()
    return frozenset(name for each in arguments for name in each.names if name.startswith("-")) | _HELP


def _mistakes(call: list[str]) -> list[str]:
    depth = 2 if call[0] in _GROUPS and len(call) > 1 and re.fullmatch(r"[a-z][a-z-]+", call[1]) else 1
    depth += tuple(call[:depth]) in _NESTED and len(call) > depth
    words = tuple(call[:depth])
    if _command(words) is None:
        return [f"no command {' '.join(words)}"]
    used = {word.partition("=")[0] for word in call[depth:] if re.match(r"--?[a-z]", word)}
    known = _options(words) if words[0] not in _GROUPS or depth > 1 else _HELP
    return [f"{' '.join(words)} has no option {option}" for option in sorted(used - known)]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_a_page_names_exists_with_its_options(page: Path) -> None:
    assert [mistake for call in _calls(page) for mistake in _mistakes(call)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_a_page_names_exists(page: Path) -> None:
    known = set(_TARGET.findall((ROOT / "Makefile").read_text("utf-8")))

    named = {found["target"] for text in _spoken(page) for found in _MAKE.finditer(text)}

    assert named - known == set()


def test_the_command_reference_names_every_command() -> None:
    page = (ROOT / "docs/reference/cli.md").read_text("utf-8")

    missing = [words for words in _commands() if not re.search(rf"`leadcore {words}[` ]", page)]

    assert missing == []


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("frobnicate", "no command frobnicate"),
        ("leads paint", "no command leads paint"),
        ("cadence rollout undo", "no command cadence rollout undo"),
        ("cadence rollout plan FILE --colour", "cadence rollout plan has no option --colour"),
        ("leads list --colour", "leads list has no option --colour"),
    ],
)
def test_a_mistake_is_found(line: str, mistake: str) -> None:
    assert _mistakes(shlex.split(line)) == [mistake]
