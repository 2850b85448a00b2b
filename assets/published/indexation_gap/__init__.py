"""The published tables of `indexation_gap`."""
