"""What the shop sells, by vehicle class, and the only place a price may come from."""
