"""leadcore: the pure core of a lead engine for service franchises. It does no I/O."""
