"""The published tables of `funding_mix`."""
