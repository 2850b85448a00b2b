"""What changed between releases, why, and what was known when."""
