"""E-mail over SendGrid: the carrier, the event and inbound-parse door, and the connection check."""
