"""The published tables of `agreements`."""
