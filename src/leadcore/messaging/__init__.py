"""Messages on their way out: what is sent, each try, and what became of it. Knows nothing of cadences."""
