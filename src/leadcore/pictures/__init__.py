"""Pictures that customers send: what they are, what is kept of them, and where they belong."""
