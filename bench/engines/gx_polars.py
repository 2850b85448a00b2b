"""Great Expectations on the Polars engine of this project."""

from __future__ import annotations

from pathlib import Path

import expectations.gx_polars.datasource  # noqa: F401 (its imports are imports, not work)
from bench.engines.gx_suite import EXPECTATIONS, SQL, quiet_context, validated
from expectations.gx_polars import add_polars_datasource


def counts(file: Path) -> dict[str, int]:
    asset = add_polars_datasource(quiet_context(), "polars").add_frame_asset("rows")
    batch = asset.add_batch_definition_whole_frame("all").get_batch({"frame": file})
    return validated(batch, EXPECTATIONS | SQL)
