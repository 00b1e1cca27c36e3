"""SendGrid v3: mail send, signed event webhook, inbound parse, a mailbox to read."""
