"""The ways of asking one set of rules, one module each: `counts(file)` gives rule -> what breaks it.

A way imports only what it needs, and only one way runs in a process (`bench/engines/__main__.py`).
"""
