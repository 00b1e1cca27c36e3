"""Leads from Google Ads lead form assets, pushed by Google's webhook."""
