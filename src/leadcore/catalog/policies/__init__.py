"""Rules of the catalog: reading what a CRM sells, the class of a vehicle, and the price of what was asked."""
