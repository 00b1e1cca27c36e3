import importlib.util
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture.project import ROOT, SOURCE_ROOTS, our_packages


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("leadcore_build", ROOT / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _project() -> dict[str, object]:
    return dict(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8")))


def test_the_listed_packages_are_those_on_disk(build: ModuleType) -> None:
    listed = {
        root: {name for name in names if (ROOT / root / name / "__init__.py").exists()}
        for root, names in build.ROOTS.items()
    }
    on_disk = {
        root.relative_to(ROOT).as_posix(): {path.parent.name for path in root.glob("*/__init__.py")}
        for root in SOURCE_ROOTS
    }

    assert listed == on_disk


def test_every_python_file_of_a_package_ships(build: ModuleType) -> None:
    folders = set(build.folders_of_packages(ROOT).values())

    left_out = [
        path
        for root in SOURCE_ROOTS
        for path in root.glob("leadcore*/**/*.py")
        if path.parent.relative_to(ROOT).as_posix() not in folders
    ]

    assert left_out == []


def test_a_folder_without_python_files_ships_with_the_package_above_it(build: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "src" / "apps" / "leadcore_chat" / "static" / "assets"
    page.mkdir(parents=True)
    (page.parents[1] / "__init__.py").touch()
    (page / "index-1a2b.js").touch()
    (page.parent / "index.html").touch()

    folders = build.folders_of_packages(tmp_path)
    data = build.data_of_packages(folders, tmp_path)

    assert folders == {"leadcore_chat": "src/apps/leadcore_chat"}
    assert data == {"leadcore_chat": ["static/assets/index-1a2b.js", "static/index.html"]}


def test_every_adapter_with_a_plugin_has_an_entry_point_and_an_extra() -> None:
    project = _project()["project"]
    assert isinstance(project, dict)
    targets = {target for group in project["entry-points"].values() for target in group.values()}
    with_plugin = {path.parent.name for path in (ROOT / "src" / "adapters").glob("*/plugin.py")}

    unreachable = {name for name in with_plugin if f"{name}.plugin:PLUGIN" not in targets}
    without_extra = {
        name for name in with_plugin if name.removeprefix("leadcore_") not in project["optional-dependencies"]
    }

    assert unreachable == set()
    assert without_extra == set()


def test_import_contracts_speak_of_every_package() -> None:
    tool = _project()["tool"]
    assert isinstance(tool, dict)

    forgotten = our_packages() - set(tool["importlinter"]["root_packages"])

    assert forgotten == set()


def test_the_core_promises_its_types() -> None:
    assert (ROOT / "src" / "leadcore" / "py.typed").exists()
