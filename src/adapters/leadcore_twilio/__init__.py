"""SMS over Twilio Programmable Messaging: the carrier, its webhook door and the connection check."""

from leadcore_twilio.door import TwilioDoor
from leadcore_twilio.settings import TwilioSettings

__all__ = ["TwilioDoor", "TwilioSettings"]
