"""The ratio of welfare to care: its definitions, per municipality, national, and the ways between them."""
