import ast
import importlib
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.architecture import rules
from tests.architecture.project import CORE, ROOT, SOURCE_ROOTS, python_files

SRC = SOURCE_ROOTS[0]
APPS = ROOT / "src" / "apps"
GATE = CORE / "compliance" / "policies" / "gate.py"
SOFT_LINES, HARD_LINES = 300, 500
# Path below src -> why it is one thought.
LONG_FOR_A_REASON: dict[str, str] = {}

# The test kit builds what it likes, and may use chance and the clock.
_core = [path for path in python_files(CORE) if CORE / "testing" not in path.parents]


def _findings(rule: Callable[[ast.AST], list[str]], paths: Iterable[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} {finding}"
        for path in paths
        for finding in rule(ast.parse(path.read_text("utf-8"), filename=str(path)))
    ]


@pytest.mark.parametrize(
    ("rule", "paths"),
    [
        (rules.impure_imports, _core),
        (rules.clock_readings, _core),
        (rules.permits_made, [path for path in python_files(SRC) if path != GATE]),
        (rules.adapter_imports, python_files(APPS)),
        (rules.vendor_calls_in_transactions, python_files(SRC)),
        (rules.leads_saved, [path for path in python_files(CORE / "flows") if path.name != "lead_changes.py"]),
        (rules.long_functions, python_files(SRC)),
        (rules.empty_words, python_files(SRC)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_no_file_breaks(rule: Callable[[ast.AST], list[str]], paths: list[Path]) -> None:
    assert _findings(rule, paths) == []


@pytest.mark.parametrize("path", sorted(CORE.glob("*/repository.py")), ids=lambda path: path.parent.name)
def test_every_repository_method_says_for_which_tenant(path: Path) -> None:
    module = importlib.import_module(f"leadcore.{path.parent.name}.repository")
    repositories = [
        kind
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and getattr(kind, "_is_protocol", False) and not name.endswith("Work")
    ]

    findings = [finding for repository in repositories for finding in rules.methods_without_tenant(repository)]

    assert repositories
    assert findings == []


def test_files_are_short_enough_to_be_read() -> None:
    pages = [
        path
        for pattern in ("*.ts", "*.tsx")
        for path in (APPS / "web").rglob(pattern)
        if "node_modules" not in path.parts
    ]
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in [*python_files(SRC), *pages]}

    too_long = [
        f"{path.relative_to(SRC)} has {count} lines"
        for path, count in lines.items()
        if count > (HARD_LINES if str(path.relative_to(SRC)) in LONG_FOR_A_REASON else SOFT_LINES)
    ]

    assert too_long == []


def test_no_module_is_named_for_nothing() -> None:
    vague = [
        str(path.relative_to(SRC)) for path in python_files(SRC) if rules.VAGUE_NAMES & {path.stem, path.parent.name}
    ]

    assert vague == []
