"""Where things lie, for the tests of this folder."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "src" / "leadcore"
SOURCE_ROOTS = (ROOT / "src", ROOT / "src" / "adapters", ROOT / "src" / "apps")


def python_files(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py") if "node_modules" not in path.parts)


def our_packages() -> set[str]:
    """Import packages on disk, in all three source roots."""
    return {path.parent.name for root in SOURCE_ROOTS for path in root.glob("leadcore*/__init__.py")}


def shipped_files() -> list[Path]:
    """What a commit of everything here would hold."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return sorted(path for name in set(listing.stdout.split("\0")) if name and (path := ROOT / name).is_file())
