"""The suite's own promises: no network, and no skip that somebody has forbidden."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.project import ROOT
from tests.conftest import NetworkForbiddenError


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def test_a_connection_to_another_machine_is_refused(family: socket.AddressFamily) -> None:
    address = ("192.0.2.1", 443) if family == socket.AF_INET else ("2001:db8::1", 443)

    with socket.socket(family) as outgoing, pytest.raises(NetworkForbiddenError):
        outgoing.connect(address)


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(NetworkForbiddenError):
        socket.getaddrinfo("api.example.com", 443)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def _run_a_browser_test(folder: Path, *, required: str) -> str:
    (folder / "test_page.py").write_text("import pytest\n\n@pytest.mark.browser\ndef test_page(): pass\n")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "-p", "tests.conftest", folder],
        cwd=ROOT,
        env=os.environ | {"LEADCORE_REQUIRE": required, "LEADCORE_CHROMIUM": "", "PATH": str(folder)},
        capture_output=True,
        check=False,
        text=True,
    )
    return run.stdout


def test_a_test_without_its_program_is_skipped_and_the_summary_says_so(tmp_path: Path) -> None:
    said = _run_a_browser_test(tmp_path, required="")

    assert "1 skipped" in said
    assert "NOT RUN: 1 tests need chromium (apt-get install chromium)" in said


def test_a_required_program_that_is_missing_fails_the_test(tmp_path: Path) -> None:
    said = _run_a_browser_test(tmp_path, required="postgres15,chromium")

    assert "1 error" in said
    assert "LEADCORE_REQUIRE names chromium, but it is not installed" in said
