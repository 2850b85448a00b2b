"""Out tables: what is published, derived from core."""
