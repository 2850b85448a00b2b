"""Generates pages, pictures and forms in `docs/`; no other package reads or writes `docs/` or `tests/`."""
