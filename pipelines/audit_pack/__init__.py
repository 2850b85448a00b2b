"""The audit pack: what is known about the specific grants, as documents for people and data for programs."""
