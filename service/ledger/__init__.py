"""The books: journal entries, postings, balances."""
