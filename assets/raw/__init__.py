"""Raw tables: a source's rows as text, exactly as served, each with its place in the source."""
