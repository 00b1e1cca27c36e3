import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from leadcore_cli.main import run
from leadcore_runtime.database import ReadyDatabase, join
from leadcore_runtime.settings import Settings
from tests.conftest import scratch_folder

Variables = Callable[..., None]


class Said(msgspec.Struct, frozen=True):
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output read as JSON."""
        return msgspec.json.decode(self.out)


Leadcore = Callable[..., Said]


@contextmanager
def only_these(variables: dict[str, str]) -> Iterator[None]:
    """The environment without any setting of ours but these."""
    ours = ("LEADCORE_", "DATABASE_", "TENANT_ID", "AI_PROVIDER", "LOG_LEVEL", "TWILIO_")
    before = dict(os.environ)
    for name in before:
        if name.startswith(ours) and not name.startswith(("LEADCORE_TEST_", "LEADCORE_REQUIRE", "LEADCORE_PG_")):
            del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def deployment() -> Generator[tuple[Path, ReadyDatabase]]:
    """A data folder with a migrated embedded database that stays awake for all tests."""
    with scratch_folder("leadcore-cli-") as folder, only_these({}):
        assert run(["migrate", "--data-dir", str(folder)]) == 0
        database = join(Settings(data_dir=str(folder)))
        try:
            yield folder, database
        finally:
            database.stop()


@pytest.fixture
def data_dir(deployment: tuple[Path, ReadyDatabase]) -> Path:
    return deployment[0]


@pytest.fixture
def leadcore(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Leadcore:
    """Runs a command line in this process, in an environment of its own."""

    def call(*words: str | Path, env: dict[str, str] | None = None) -> Said:
        capsys.readouterr()
        with only_these({"LEADCORE_DATA_DIR": str(tmp_path / "nothing"), **(env or {})}):
            code = run([str(word) for word in words])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


@pytest.fixture
def shop(leadcore: Leadcore, data_dir: Path, request: pytest.FixtureRequest) -> str:
    """A shop of this test's own."""
    slug = f"shop-{abs(hash(request.node.nodeid)) % 10**10}"
    said = leadcore(
        *("tenants", "add", "--slug", slug, "--brand", "Hill Country Tint", "--zone", "America/Chicago"),
        *("--sms", "(512) 555-0100", "--data-dir", data_dir),
    )
    assert said.code == 0, said.err
    return slug
