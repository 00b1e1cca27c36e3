"""Leads from Meta Lead Ads: the webhook's door, and the Graph API that hands the leads out."""
