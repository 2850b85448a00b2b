"""Engines that judge one set of rules, a module each: `counts(file)` gives rule -> number of failures.

An engine imports only what it needs, and only one runs in a process (`bench/engines/__main__.py`).
"""
