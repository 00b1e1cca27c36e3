import pytest

from leadcore.flows.work import Store
from leadcore.memory.storage import MemoryStore
from leadcore.testing.contracts.storage import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()

    @pytest.fixture
    def production_store(self) -> Store:
        return MemoryStore(environment="production")
