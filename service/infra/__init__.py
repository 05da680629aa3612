"""Plumbing without business words: database, HTTP, signing, outbox, logs, metrics."""
