"""How a pure function becomes a Dagster asset, and the resources that assets may ask for."""
