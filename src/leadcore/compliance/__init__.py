"""The law between us and a customer: consent, suppression, quiet hours, and the one gate that decides."""
