"""The rules of contact: the gate, quiet hours, revocation."""
