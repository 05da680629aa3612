"""Pages for the people of a company: what it owes and how to pay it, opened by a link."""
