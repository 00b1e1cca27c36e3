"""What every simulated vendor shares: HTTP in, HTTP out, a durable log, seeded faults."""
