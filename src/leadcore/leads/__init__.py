"""People and their leads: who asked for what, for which vehicle, and how far it has come."""
