"""Shopmonkey as the shop's CRM: orders, customers, catalog, its webhook door and the connection check."""

from leadcore_shopmonkey.door import ShopmonkeyDoor
from leadcore_shopmonkey.settings import ShopmonkeySettings

__all__ = ["ShopmonkeyDoor", "ShopmonkeySettings"]
