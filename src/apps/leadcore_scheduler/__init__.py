"""The scheduler app: performs whatever is due, and says how it is."""
