"""Encours: sell to businesses on terms, with books that are provably right."""

__version__ = "0.1.0"
