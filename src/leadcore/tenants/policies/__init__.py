"""What a tenant's configuration means at an instant."""
