"""PostgreSQL as the only truth: storage (`store`), migrations (`migration`) and the checks at boot (`inspection`)."""
