"""What leadcore asks of the outside, in neutral words. Adapters answer; the core never knows which."""
