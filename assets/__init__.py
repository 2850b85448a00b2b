"""What the tables are: sources, capture, raw, core and out. Dagster decorators, no wiring."""
