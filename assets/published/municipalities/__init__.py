"""The published tables of `municipalities`."""
