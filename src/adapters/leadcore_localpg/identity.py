"""Under which user the server runs: PostgreSQL refuses to be root."""

import os
import pwd
import subprocess
from pathlib import Path
from typing import TypedDict

import msgspec

_DROP_TO = "nobody"


class ProcessOptions(TypedDict, total=False):
    """Keyword arguments of `subprocess` that make a child run as the server's user."""

    user: int
    group: int
    extra_groups: list[int]
    cwd: str
    env: dict[str, str]


class ServerUser(msgspec.Struct, frozen=True, kw_only=True):
    """`uid` is None when the server runs as whoever we are."""

    uid: int | None = None
    gid: int | None = None

    @property
    def options(self) -> ProcessOptions:
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
        if self.uid is None or self.gid is None:
            return ProcessOptions(cwd="/", env=environment)
        return ProcessOptions(user=self.uid, group=self.gid, extra_groups=[], cwd="/", env=environment)

    def can_enter(self, folder: Path) -> bool:
        """Asked of the kernel by trying, because mode bits do not tell the whole story (ACLs, mounts)."""
        attempt = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]
        return subprocess.run(attempt, check=False, capture_output=True, **self.options).returncode == 0

    def give(self, path: Path) -> None:
        """Hand a file or folder that we have just made to the server's user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_user(cluster: Path) -> ServerUser:
    """Ourselves, unless we are root: then the owner of an existing *cluster*, or nobody for a new one."""
    if os.geteuid() != 0:
        return ServerUser()
    if cluster.exists() and cluster.stat().st_uid != 0:
        owner = cluster.stat()
        return ServerUser(uid=owner.st_uid, gid=owner.st_gid)
    entry = pwd.getpwnam(_DROP_TO)
    return ServerUser(uid=entry.pw_uid, gid=entry.pw_gid)
