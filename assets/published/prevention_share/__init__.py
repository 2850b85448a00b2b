"""The published tables of `prevention_share`."""
