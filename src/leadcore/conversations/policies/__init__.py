"""Decisions of a conversation that need no model."""
