"""All SQL of subscriptions, and of the queue that the worker empties."""
