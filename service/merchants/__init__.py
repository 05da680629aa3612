"""Merchants (tenants), their shops, API keys, and settings with history."""
