"""PostgreSQL in a container, for developers who have a Docker engine and want their tests on its image."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import docker
from testcontainers.community.postgres import PostgresContainer


class ContainerServer:
    """What the fixtures need of a server, like `leadcore_localpg.RunningServer`."""

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url

    def url_of(self, database: str) -> str:
        """The superuser's URL of another database."""
        return urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{database}"))


def engine_answers() -> bool:
    """Whether a Docker engine is there; without one this fails at once."""
    try:
        docker.from_env(timeout=2).ping()
    except docker.errors.DockerException:
        return False
    return True


@contextmanager
def container(image: str = "postgres:18") -> Iterator[ContainerServer]:
    """A forgetful server in a container of its own."""
    with PostgresContainer(image, driver=None).with_command("postgres -c fsync=off -c max_connections=200") as running:
        yield ContainerServer(running.get_connection_url())
