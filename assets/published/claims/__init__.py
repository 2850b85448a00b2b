"""The published tables of `claims`."""
