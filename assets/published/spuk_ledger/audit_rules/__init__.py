"""What the reconciliation rules of the SPUK ledger compare, a module for each idea."""
