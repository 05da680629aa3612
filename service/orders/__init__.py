"""Orders as the shop reports them: one life cycle from quote and hold to settled."""
