"""Mails to companies and staff: their texts, the queue they wait in, how they are sent and what came of it."""
