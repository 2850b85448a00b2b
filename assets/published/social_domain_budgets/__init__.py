"""The published tables of `social_domain_budgets`."""
