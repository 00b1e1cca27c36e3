"""Shop-Ware: the Partner API in V1 (pages) and V2 (cursors), unsigned webhooks."""
