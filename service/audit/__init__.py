"""Invariants over all domains, recomputed from the journal."""
