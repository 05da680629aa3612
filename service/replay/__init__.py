"""Drive a running service with an order history, in the order of the history's own clock."""
