"""Follow-up over days: the definition, who is enrolled, and the next touch."""
