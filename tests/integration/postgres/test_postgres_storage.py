import pytest

from leadcore.testing.contracts.storage import StoreContract
from leadcore_postgres.store import PostgresStore, SharedStore

pytestmark = pytest.mark.postgres


class TestPostgresStore(StoreContract):
    """The fixtures come from conftest.py."""


class TestSharedStore(StoreContract):
    """The same promises where units of work share transactions."""

    @pytest.fixture
    def store(self, store: PostgresStore) -> SharedStore:
        return store.shared("test")
