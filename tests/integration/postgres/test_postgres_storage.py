import pytest

from leadcore.testing.contracts.storage import StoreContract

pytestmark = pytest.mark.postgres


class TestPostgresStore(StoreContract):
    """The fixtures come from conftest.py."""
