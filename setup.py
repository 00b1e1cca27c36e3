"""Which packages ship, and from which of the three source roots.

`src/adapters` and `src/apps` are folders, not packages, so discovery by one `where` cannot find them. The list is
explicit on purpose; tests/architecture/test_packages.py compares it with the disk.
"""

from pathlib import Path

from setuptools import setup

ROOTS = {
    "src": ("leadcore",),
    "src/adapters": (
        "leadcore_adf",
        "leadcore_anthropic",
        "leadcore_filevault",
        "leadcore_googleads",
        "leadcore_httpkit",
        "leadcore_hubspot",
        "leadcore_localpg",
        "leadcore_meta",
        "leadcore_openai",
        "leadcore_postgres",
        "leadcore_sendgrid",
        "leadcore_shopmonkey",
        "leadcore_shopware",
        "leadcore_twilio",
        "leadcore_webform",
    ),
    "src/apps": (
        "leadcore_chat",
        "leadcore_cli",
        "leadcore_orchestrator",
        "leadcore_runtime",
        "leadcore_scheduler",
        "leadcore_simulators",
    ),
}
# Folders outside their package's own, shipped inside it.
ELSEWHERE = {"leadcore_postgres.migrations": "migrations"}
DATA = (
    "py.typed",
    "*.toml",
    "*.sql",
    "*.json",
    "*.html",
    "*.css",
    "*.js",
    "*.svg",
    "*.png",
    "*.ico",
    "*.txt",
    "*.mako",
)
SKIPPED = {"__pycache__", "node_modules"}


def folders_of_packages(project: Path) -> dict[str, str]:
    """Dotted package name -> folder, for every listed package and what lies below it.

    A folder without Python files (a built page, sample data) belongs to the package above it.
    """
    tops = {name: f"{root}/{name}" for root, names in ROOTS.items() for name in names}
    found: dict[str, str] = {}
    for name, folder in (tops | ELSEWHERE).items():
        top = project / folder
        for path in [top, *sorted(top.rglob("*"))]:
            below = path.relative_to(top).parts
            if SKIPPED.isdisjoint(below) and path.is_dir() and any(path.glob("*.py")):
                found[".".join((name, *below))] = path.relative_to(project).as_posix()
    return found


def data_of_packages(folders: dict[str, str], project: Path) -> dict[str, list[str]]:
    """Data files of each package, also from its folders that are no packages themselves."""
    taken = {project / folder for folder in folders.values()}
    return {name: sorted(_data_below(project / folder, taken)) for name, folder in folders.items()}


def _data_below(package: Path, taken: set[Path]) -> set[str]:
    patterns = [package.glob(pattern) for pattern in DATA]
    for sub in package.rglob("*"):
        owners = {sub, *sub.parents} & taken
        if sub.is_dir() and SKIPPED.isdisjoint(sub.parts) and max(owners, key=lambda path: len(path.parts)) == package:
            patterns.append(sub.glob("*.*"))
    return {path.relative_to(package).as_posix() for paths in patterns for path in paths if path.is_file()}


if __name__ == "__main__":
    here = Path(__file__).parent
    packages = folders_of_packages(here)
    setup(packages=sorted(packages), package_dir=packages, package_data=data_of_packages(packages, here))
