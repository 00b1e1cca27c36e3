"""Purposes and channels: what a message is for decides which rules bind it."""

from typing import Literal

Channel = Literal["sms", "email", "web"]
Purpose = Literal[
    "first_response",
    "reply",
    "transactional",
    "marketing",
    "optout_confirm",
    "help",
    "staff_notice",
    "test",
]
"""`test` goes to the shop's own people: a step as a customer would get it."""

AUTOMATED: frozenset[Purpose] = frozenset({"first_response", "marketing", "transactional"})
"""Purposes nobody typed: any word from the customer since they were decided stops them."""

ADVERTISING: frozenset[Purpose] = frozenset({"first_response", "marketing"})
"""Purposes whose e-mails carry the sender's postal address and a way out (CAN-SPAM, 15 USC 7704(a)(5))."""
