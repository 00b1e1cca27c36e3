"""What is kept of a person, as one document; and forgetting them, but for what proves that they must be left alone."""
