"""Open items: what is due, when, and what is left of it."""
