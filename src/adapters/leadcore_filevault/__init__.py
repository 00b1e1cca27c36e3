"""The `Vault` port on one key file: AES-256-GCM envelopes, the owner as associated data."""
