"""What adapter authors test with: builders, hypothesis strategies, contracts."""
