"""Which bytes are a picture, and what of them is kept."""
