"""Conformance suites. Subclass one, give it your adapter, make it pass."""

from pkgutil import iter_modules

import pytest

# pytest explains failed asserts only in test files and in what is named to it before it is imported
pytest.register_assert_rewrite(*(f"{__name__}.{module.name}" for module in iter_modules(__path__)))
