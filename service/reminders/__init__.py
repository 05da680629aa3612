"""Reminders: which mail a company gets about what it owes, when, once, and why it did not."""
