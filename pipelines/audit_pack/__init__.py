"""The audit pack: what is known of the specific grants, as documents for people and data for programs."""
