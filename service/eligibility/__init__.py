"""Who may order on terms, and why: rules over facts, a fixed precedence, and a trace of every step."""
