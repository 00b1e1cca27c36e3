"""Runs import-linter on the contracts of pyproject.toml, over the packages that exist."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from tests.architecture.project import ROOT, SOURCE_ROOTS

ESSENTIAL = ("source_modules", "containers", "protected_modules", "ancestors")
MODULE_LISTS = (*ESSENTIAL, "forbidden_modules", "allowed_importers")

Settings = dict[str, object]


def _exists(module: str, roots: Iterable[Path]) -> bool:
    path = Path(*module.split("."))
    return any((root / path / "__init__.py").is_file() or (root / path).with_suffix(".py").is_file() for root in roots)


def _as_list(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(item) for item in value]


def _present(contract: Settings, roots: tuple[Path, ...]) -> Settings | None:
    """The contract without modules of ours that are not there; None if it has nothing left to speak of."""
    kept = dict(contract)
    for key in MODULE_LISTS:
        if key in kept:
            kept[key] = [
                module for module in _as_list(kept[key]) if not module.startswith("leadcore") or _exists(module, roots)
            ]
    return kept if all(kept[key] for key in ESSENTIAL if key in kept) else None


def _section(title: str, settings: Settings) -> str:
    lines = [f"[{title}]"]
    for key, value in settings.items():
        text = "\n    " + "\n    ".join(_as_list(value)) if isinstance(value, list) else str(value)
        lines.append(f"{key} = {text}")
    return "\n".join(lines) + "\n\n"


def _check(roots: tuple[Path, ...], workplace: Path) -> subprocess.CompletedProcess[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    contracts = [kept for contract in settings.pop("contracts") if (kept := _present(contract, roots))]
    settings["root_packages"] = [name for name in settings["root_packages"] if _exists(name, roots)]
    config = workplace / "contracts.ini"
    sections = [(f"importlinter:contract:{number}", contract) for number, contract in enumerate(contracts)]
    config.write_text("".join(_section(title, values) for title, values in [("importlinter", settings), *sections]))
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", config, "--no-cache"],
        cwd=workplace,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(str(root) for root in roots), "COLUMNS": "200"},
        capture_output=True,
        check=False,
        text=True,
    )


def test_the_import_contracts_hold(tmp_path: Path) -> None:
    checked = _check(SOURCE_ROOTS, tmp_path)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "kept" in checked.stdout


def test_the_import_contracts_break_when_violated(tmp_path: Path) -> None:
    wrong = {
        "leadcore/__init__.py": "",
        "leadcore/kernel/__init__.py": "import os\nfrom leadcore import leads",
        "leadcore/leads/__init__.py": "",
        "leadcore/leads/values.py": "from leadcore.leads import model",
        "leadcore/leads/model.py": "",
        "leadcore/leads/oddments.py": "",
        "leadcore_twilio/__init__.py": "import leadcore_sendgrid",
        "leadcore_sendgrid/__init__.py": "",
        "leadcore_simulators/__init__.py": "import leadcore",
        "leadcore_cli/__init__.py": "import leadcore_twilio, leadcore_simulators",
    }
    for name, text in wrong.items():
        path = tmp_path / "wrong" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    checked = _check((tmp_path / "wrong",), tmp_path)

    broken = {line.removesuffix(" BROKEN").strip() for line in checked.stdout.splitlines() if line.endswith("BROKEN")}
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert {name.partition(":")[0].partition(",")[0] for name in broken} == {
        "Outside in",
        "Adapters are reached by name",
        "Concepts",
        "Inside a concept",
        "The core is pure",
        "Simulators are a second opinion",
        "Nobody imports the simulators",
    }
