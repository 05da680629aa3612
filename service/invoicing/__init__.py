"""Documents about what is owed: statements of account."""
