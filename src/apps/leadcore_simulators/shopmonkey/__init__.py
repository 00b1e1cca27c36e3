"""Shopmonkey API v3 with its quirks: lists that lie, fields that vanish, webhooks signed by Standard Webhooks."""
