"""Whether releases are what was published: checks, the log, rebuilding, downloading."""
