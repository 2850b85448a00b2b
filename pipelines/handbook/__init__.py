"""Generates the pages and pictures of `docs/` from the code; the only part that writes there."""
