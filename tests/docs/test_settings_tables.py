"""The settings tables say what the settings are."""

import re
from pathlib import Path

import msgspec
import pytest

from leadcore_runtime.settings import SECRETS, Settings, layered
from tests.docs.pages import ROOT, rows_between

TABLES = [ROOT / "README.md", ROOT / "docs/reference/configuration.md"]


def _code(cell: str) -> str:
    return cell.strip("`")


def _default(field: msgspec.structs.FieldInfo) -> str:
    return f"`{field.default}`" if field.default != "" else ""


@pytest.mark.parametrize("page", TABLES, ids=lambda page: page.name)
def test_the_table_lists_every_setting_with_its_default_and_nothing_else(page: Path) -> None:
    rows = rows_between(page.read_text("utf-8"), "settings")

    listed = [(_code(row[0]), row[2]) for row in rows]

    assert listed == [(field.name, _default(field)) for field in msgspec.structs.fields(Settings)]


@pytest.mark.parametrize("page", TABLES, ids=lambda page: page.name)
def test_each_environment_variable_of_the_table_sets_its_setting(page: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "empty.toml"
    nothing.touch()

    for name, variable, *_ in rows_between(page.read_text("utf-8"), "settings"):
        found = layered(env={_code(variable): "1"}, file=nothing)
        assert list(found) == [_code(name)]


@pytest.mark.parametrize("page", TABLES, ids=lambda page: page.name)
def test_the_secrets_are_marked(page: Path) -> None:
    rows = rows_between(page.read_text("utf-8"), "settings")

    assert {_code(row[0]) for row in rows if re.search(r"\(secret\)", row[3])} == SECRETS
