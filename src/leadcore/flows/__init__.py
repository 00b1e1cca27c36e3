"""Use cases that span concepts: one file each, one unit of work that calls each concept's rules."""
