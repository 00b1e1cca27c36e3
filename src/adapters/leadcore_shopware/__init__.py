"""Shop-Ware as the shop's CRM: repair orders, customers, vehicles, canned jobs; its door and the connection check."""
