"""The published tables of `care_spending`."""
