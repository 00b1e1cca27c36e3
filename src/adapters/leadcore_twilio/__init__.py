"""SMS over Twilio Programmable Messaging: the carrier, its webhook door and the connection check."""
