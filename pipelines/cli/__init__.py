"""The command line: one module per command, and the door to them."""
