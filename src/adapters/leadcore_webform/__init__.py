"""Leads from a web form, sent by browsers or by a shop's own server."""
