"""The chat app: chat API (JSON and server-sent events), chat links, and the customer's page."""
