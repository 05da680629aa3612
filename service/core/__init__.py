"""Pure building blocks: money, clock, calendar, ids, errors, paging. Standard library only."""
