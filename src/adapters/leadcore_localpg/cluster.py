"""The data directory of one server: where it lies, how it is made, and its password."""

import hashlib
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from leadcore_localpg.binaries import Binaries
from leadcore_localpg.errors import LocalServerError
from leadcore_localpg.identity import ServerUser, server_user

SUPERUSER = "postgres"
_BUILTIN_LOCALES_SINCE = 17
_SHARED_HOME = Path("/var/lib/leadcore")


def home_of(data_dir: Path) -> Path:
    """The folder that holds the cluster: *data_dir*, or a folder of ours if the server's user cannot get there.

    That happens to root with a project below /root. The choice is written down beside the data, so that a later
    change of somebody's modes does not make the data seem to vanish.
    """
    note = data_dir / "cluster-location"
    if note.exists():
        return Path(note.read_text("utf-8").strip())
    if (data_dir / "cluster").exists() or server_user(data_dir / "cluster").can_enter(data_dir):
        return data_dir
    home = _SHARED_HOME / hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    home.mkdir(parents=True, exist_ok=True)
    note.write_text(f"{home}\n", "utf-8")
    return home


def password_of(data_dir: Path) -> str:
    """The superuser's password, made up at first need and readable by our user only."""
    path = data_dir / "password"
    if not path.exists():
        partial = data_dir / "password.partial"
        partial.unlink(missing_ok=True)
        _write_private(partial, secrets.token_urlsafe(32))
        partial.rename(path)
    return path.read_text("ascii")


def ensure_cluster(home: Path, *, binaries: Binaries, user: ServerUser, password: str, durable: bool) -> Path:
    """The cluster below *home*, made if missing. A creation that was cut short leaves nothing behind that counts."""
    cluster = home / "cluster"
    if not cluster.exists():
        partial = home / "cluster.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        user.give(partial)
        _initdb(partial, binaries=binaries, user=user, password=password, durable=durable)
        partial.rename(cluster)
    major = int((cluster / "PG_VERSION").read_text("ascii"))
    if major != binaries.major:
        raise LocalServerError(
            f"the data in {cluster} belong to PostgreSQL {major}, the programs in {binaries.folder} are "
            f"{binaries.version}: set LEADCORE_PG_BIN to PostgreSQL {major}, or dump and restore into a new directory"
        )
    return cluster


def _initdb(cluster: Path, *, binaries: Binaries, user: ServerUser, password: str, durable: bool) -> None:
    # initdb reads the password as the server's user, and refuses /dev/stdin.
    handed_over = cluster.with_name("initdb-password")
    handed_over.unlink(missing_ok=True)
    _write_private(handed_over, password)
    user.give(handed_over)
    builtin = ["--locale-provider=builtin"] if binaries.major >= _BUILTIN_LOCALES_SINCE else []
    command = [
        *(str(binaries.folder / "initdb"), "-D", str(cluster), "-U", SUPERUSER, f"--pwfile={handed_over}"),
        *("--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", *builtin, "--no-instructions"),
        *([] if durable else ["--no-sync"]),
    ]
    try:
        made = subprocess.run(command, check=False, capture_output=True, text=True, **user.options)
    finally:
        handed_over.unlink()
    if made.returncode != 0:
        raise LocalServerError(f"could not create the database in {cluster}: {made.stderr.strip()}")


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
