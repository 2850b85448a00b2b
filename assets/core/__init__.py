"""Core tables: one tidy, typed table per subject. Rows that cannot be trusted are set aside."""
