"""The command `leadcore`: run the system, bring shops in, look into it, and step in as a person."""
