import re
from pathlib import Path

import pytest

from tests.architecture.project import ROOT, shipped_files

# Written so that this file does not contain what it looks for.
HOSTS = re.compile(
    r"py[p]i\.org|pythonh[o]sted\.org|registry\.n[p]mjs\.org|registry\.y[a]rnpkg\.com|deb\.deb[i]an\.org"
)
PLACES = re.compile(r"(?<![\w.])/(work|root|home|Users|farm)/[\w.-]|/tmp/b[a]sh_jobs|/opt/py[p]i")
RESOLVED = re.compile(r'"resolv[e]d"\s*:')
LOCK_URL = re.compile(r"https?://")


def _breaches(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    found = []
    for path in files:
        try:
            lines = path.read_text("utf-8").splitlines()
        except UnicodeDecodeError:  # pictures and the like
            continue
        found += [f"{path}:{number}: {line[:120]}" for number, line in enumerate(lines, 1) if pattern.search(line)]
    return found


@pytest.mark.parametrize("pattern", [HOSTS, PLACES, RESOLVED], ids=["registry hosts", "machine paths", "resolved urls"])
def test_no_committed_file_names(pattern: re.Pattern[str]) -> None:
    assert _breaches(pattern, shipped_files()) == []


def test_python_locks_name_no_address() -> None:
    locks = sorted(ROOT.glob("requirements*.lock"))

    assert len(locks) == 2
    assert _breaches(LOCK_URL, locks) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (HOSTS, "index = https://" + "pypi" + ".org/simple"),
        (PLACES, "cd /" + "work/main"),
        (PLACES, "cache: /" + "root/.cache"),
        (RESOLVED, '  "res' + 'olved": "https://example.com/x.tgz"'),
    ],
)
def test_a_breach_is_found(pattern: re.Pattern[str], line: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(f"fine\n{line}\n")

    assert len(_breaches(pattern, [tmp_path / "file"])) == 1
