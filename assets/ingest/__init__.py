"""From a source to the archive: the registry, what is requested, what was served, and how it is read."""
