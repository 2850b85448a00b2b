"""From audited tables to an immutable release: files, descriptors, manifest, catalogue."""
