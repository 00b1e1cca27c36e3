"""The page on writing an adapter, followed to the letter in an empty folder."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

PAGE = ROOT / "docs/howto/write-an-adapter.md"
_FILE = re.compile(r"^```(?:py|toml) (?P<path>\S+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMISES = 22
_CARELESS = {
    'opt_in=row["agreed_to_texts"] == "yes"': 'opt_in=bool(row["phone"])',
    "FROM prices ORDER BY name, id": "FROM prices LIMIT 3",
    "WHERE changed_at >= ?": "WHERE changed_at <> ?",
    "WHERE customer_id = ? AND": "WHERE customer_id <> ? AND",
    "return _order(rows[0]) if rows else None": "return _order(rows[0])",
}
"""What an author may get wrong, by the sound line of the page."""
_BUILD = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"


def run(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's files, built into a wheel, the wheel unpacked into `site` as an installer would."""
    folder = tmp_path_factory.mktemp("adapter")
    for found in _FILE.finditer(PAGE.read_text("utf-8")):
        file = folder / found["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(found["code"])
    built = run("-c", _BUILD, folder=folder)
    assert built.returncode == 0, built.stderr
    [wheel] = (folder / "dist").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder


def outcome_of(package: Path) -> subprocess.CompletedProcess[str]:
    """Run the page's tests as its reader would, with the one plugin its `test` extra brings."""
    return run(
        *("-m", "pytest", "-q", "-p", "pytest_asyncio.plugin"),
        folder=package,
        PYTHONPATH=str(package / "site"),
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
    )


def test_the_page_leads_from_an_empty_folder_to_a_passing_contract(package: Path) -> None:
    done = outcome_of(package)

    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= _PROMISES
    assert "skipped" not in done.stdout


def test_a_broken_adapter_is_told_which_promises_of_which_port_it_breaks(package: Path) -> None:
    module = package / "site/leadcore_shopbook/shopbook.py"
    code = broken = module.read_text()
    for sound, careless in _CARELESS.items():
        assert sound in broken
        broken = broken.replace(sound, careless)

    module.write_text(broken)
    try:
        done = outcome_of(package)
    finally:
        module.write_text(code)

    told = set(re.findall(r"broken promise of (.+)", done.stdout))
    assert done.returncode == 1
    assert told == {
        "CustomerBook: who did not opt in is not opted in",
        "CatalogSource: the catalog is complete",
        "WorkOrders: what did not change since is not shown",
        "WorkOrders: an unknown order is none",
        "WorkOrders: a customers second request is among their orders",
    }
