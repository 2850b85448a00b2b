"""The published tables of `social_base_inequality`."""
