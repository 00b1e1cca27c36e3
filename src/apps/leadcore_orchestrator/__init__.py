"""The orchestrator app: vendors' webhooks, the operator API, unsubscribe links."""
