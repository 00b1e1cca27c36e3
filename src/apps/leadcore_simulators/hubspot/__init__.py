"""HubSpot: CRM objects v3, search, pipelines, webhooks with signature v3."""
