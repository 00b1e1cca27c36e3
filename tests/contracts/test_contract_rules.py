"""A contract cannot be softened, and says what was broken."""

import pytest

from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.crm import CrmContract, CustomerBookContract


class Sums(Contract, port="Adding"):
    def test_one_and_one_are_two(self, add: object) -> None:
        assert add == 2

    async def test_later_too(self, add: object) -> None:
        pytest.fail("never")


def test_a_promise_cannot_be_rewritten() -> None:
    with pytest.raises(TypeError, match="Soft rewrites promises: test_one_and_one_are_two"):
        type("Soft", (Sums,), {"test_one_and_one_are_two": None})


def test_two_bases_with_one_promise_are_refused_for_one_would_be_lost() -> None:
    other = type("Other", (Contract,), {"test_later_too": lambda self: None})

    with pytest.raises(TypeError, match="Both would lose promises, two bases have them: test_later_too"):
        type("Both", (Sums, other), {})


def test_who_keeps_all_promises_may_add_tests_of_their_own() -> None:
    own = type("Own", (CrmContract,), {"test_more": lambda self: None})

    assert {name for name in dir(CustomerBookContract) if name.startswith("test_")} < set(dir(own))


async def test_a_broken_promise_is_named_with_its_port() -> None:
    with pytest.raises(AssertionError) as wrong:
        Sums().test_one_and_one_are_two(3)
    with pytest.raises(pytest.fail.Exception) as never:
        await Sums().test_later_too(3)

    assert wrong.value.__notes__ == ["broken promise of Adding: one and one are two"]
    assert never.value.__notes__ == ["broken promise of Adding: later too"]
