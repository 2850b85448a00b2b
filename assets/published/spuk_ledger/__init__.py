"""The published tables of `spuk_ledger`."""
