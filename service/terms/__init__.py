"""Payment terms: from the day an order counts to the day its money is due, and what the law allows."""
