"""E-mail over SendGrid: the carrier, the event and inbound-parse door, and the connection check."""

from leadcore_sendgrid.door import SendGridDoor
from leadcore_sendgrid.settings import SendGridSettings

__all__ = ["SendGridDoor", "SendGridSettings"]
