"""What follows from what is known of a lead: its score, its advisor, how long it waited."""
