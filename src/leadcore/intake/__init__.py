"""How things get in: the inbox, and the rule that says what counts as a lead."""
