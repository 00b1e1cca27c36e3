"""Money as integer minor units. Floats never touch a price."""

import msgspec

from leadcore.kernel.errors import InvalidInputError

_SYMBOLS = {"USD": "$", "CAD": "CA$", "EUR": "€", "GBP": "£"}


class Money(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An amount in minor units (cents) of an ISO 4217 currency with two decimals."""

    minor: int
    currency: str = "USD"

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise InvalidInputError(f"cannot add {other.currency} to {self.currency}", field="currency")
        return Money(minor=self.minor + other.minor, currency=self.currency)

    @property
    def display(self) -> str:
        """How a customer reads it: `$1,250` for whole amounts, `$1,250.50` otherwise."""
        sign = "-" if self.minor < 0 else ""
        whole, cents = divmod(abs(self.minor), 100)
        amount = f"{whole:,}" if cents == 0 else f"{whole:,}.{cents:02d}"
        return f"{sign}{_SYMBOLS.get(self.currency, self.currency + ' ')}{amount}"
