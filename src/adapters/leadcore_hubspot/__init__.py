"""HubSpot as the shop's CRM: deals, contacts, products, its webhook door and the connection check."""
