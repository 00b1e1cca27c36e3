"""Shopmonkey as the shop's CRM: orders, customers, catalog, its webhook door and the connection check."""
