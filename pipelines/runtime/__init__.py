"""What a run needs, whatever runs: settings, the Dagster instance, jobs, progress.

A leaf: it imports no other part of `pipelines`.
"""
