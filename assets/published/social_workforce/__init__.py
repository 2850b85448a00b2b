"""The published tables of `social_workforce`."""
