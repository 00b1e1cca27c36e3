"""Sessions for people and for longer runs; `make check` and `make test` are the everyday door."""

from pathlib import Path

import nox

BENCH = Path(__file__).parent / "bench"

nox.needs_version = ">=2026.4"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "imports", "tests"]

IMPORT_EVERYTHING = """
import importlib, importlib.metadata, pathlib, pkgutil
tops = sorted({file.parts[0] for file in importlib.metadata.files("leadcore") if file.name == "__init__.py"})
names = list(tops)
for top in tops:
    package = importlib.import_module(top)
    assert "site-packages" in package.__file__, package.__file__
    found = pkgutil.walk_packages(package.__path__, top + ".")
    names += [module.name for module in found if ".migrations" not in module.name and "__main__" not in module.name]
for name in names:
    importlib.import_module(name)
print(f"imported {len(names)} modules of {len(tops)} packages")
"""


def _install(session: nox.Session) -> None:
    session.install("--require-hashes", "-r", "requirements-dev.lock")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")


def _pytest(session: nox.Session, *arguments: str) -> None:
    _install(session)
    session.run("python", "-m", "pytest", *arguments, *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Everything, with branch coverage of the core."""
    _pytest(session, "-n", "2", "--dist", "worksteal", "--cov", "--cov-report=term-missing:skip-covered")


@nox.session
def lint(session: nox.Session) -> None:
    """Format and lint."""
    _install(session)
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types strictly."""
    _install(session)
    session.run("mypy", *session.posargs)


@nox.session
def imports(session: nox.Session) -> None:
    """Import contracts and the rules no linter knows."""
    _pytest(session, "-q", "tests/architecture")


@nox.session
def unit(session: nox.Session) -> None:
    """The core alone, on memory."""
    _pytest(session, "tests/unit")


@nox.session
def integration(session: nox.Session) -> None:
    """Adapters and apps against PostgreSQL and the simulators."""
    _pytest(session, "-n", "2", "--dist", "worksteal", "tests/integration", "tests/contracts", "tests/apps")


@nox.session
def chaos(session: nox.Session) -> None:
    """Killed processes at full scale; `-- 7` replays the run with seed 7, other arguments are pytest's."""
    seeds = [argument for argument in session.posargs if argument.isdigit()]
    session.env.update({"LEADCORE_CHAOS": "full"} | ({"LEADCORE_CHAOS_SEED": seeds[-1]} if seeds else {}))
    _install(session)
    rest = [argument for argument in session.posargs if argument not in seeds]
    session.run("python", "-m", "pytest", "-m", "chaos", "-p", "no:randomly", "-o", "faulthandler_timeout=3600", *rest)


@nox.session
def properties(session: nox.Session) -> None:
    """Property tests with twenty times the examples."""
    session.env["LEADCORE_HYPOTHESIS"] = "thorough"
    _pytest(session, "tests/unit", "-n", "2")


@nox.session
def bench(session: nox.Session) -> None:
    """Run the scripts of bench/, or those named after `--`."""
    _install(session)
    for script in session.posargs or sorted(str(path) for path in BENCH.glob("*.py")):
        session.run("python", script)


@nox.session(reuse_venv=False)
def wheel(session: nox.Session) -> None:
    """Build the wheel, install it where no source is on the path, import all of it, run the unit tests on it."""
    folder = session.create_tmp()
    session.install("--require-hashes", "-r", "requirements-dev.lock")
    session.run("uv", "build", "--quiet", "--wheel", "--no-build-isolation", "--out-dir", folder)
    session.run("uv", "pip", "install", "--quiet", "--no-deps", "--no-index", "--find-links", folder, "leadcore")
    session.run("python", "-I", "-c", IMPORT_EVERYTHING)
    session.run("python", "-m", "pytest", "-o", "pythonpath=.", "tests/unit", *session.posargs)


@nox.session(reuse_venv=False)
def lowest(session: nox.Session) -> None:
    """The oldest versions that pyproject.toml admits."""
    session.install("--resolution", "lowest-direct", "-e", ".[server,simulators,testing]", "--group", "dev")
    session.run("python", "-m", "pytest", "tests/unit", *session.posargs)
