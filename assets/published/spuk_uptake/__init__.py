"""Uptake of specific grants: what may be asked, what each recipient has, and the same by area.

What belongs here: pure functions on the ledger and the schemes. What does not: the published table, which
puts them together (`assets/published/spuk_uptake/spuk_uptake.py`).
"""
