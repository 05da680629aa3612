"""A demo merchant with half a year of believable trading, produced through the API on a clock of its own."""
