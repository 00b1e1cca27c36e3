"""What is told to the shop's CRM about a lead: its column, a note on the first answer, what was said."""
