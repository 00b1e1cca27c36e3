"""Where a person's data lie, and how they are recognised in bytes."""
