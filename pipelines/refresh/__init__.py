"""One refresh: capture, compare, build, audit, publish; and a report of what happened."""
