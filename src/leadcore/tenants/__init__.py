"""A tenant: one location of a brand, with its hours, senders, choices of provider and rules."""
