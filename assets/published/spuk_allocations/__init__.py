"""The published tables of `spuk_allocations`."""
