"""Rules of sending: how long a text is, what reports add up to, which listed message is ours."""
