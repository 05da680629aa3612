"""Companies, the debtors: legal identity, buyers, groups, VAT status, order-history facts."""
