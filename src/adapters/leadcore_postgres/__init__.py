"""PostgreSQL as the only truth: storage, migrations and the checks at boot."""

from leadcore_postgres.inspection import inspect
from leadcore_postgres.migration import MigrationReport, migrate
from leadcore_postgres.store import PostgresStore

__all__ = ["MigrationReport", "PostgresStore", "inspect", "migrate"]
