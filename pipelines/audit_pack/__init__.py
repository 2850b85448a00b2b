"""The audit pack: all that is known about the specific grants, as documents for people and data for programs."""
