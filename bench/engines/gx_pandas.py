"""Great Expectations on pandas, as shipped: it has no SQL rule there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bench.engines.gx_suite import EXPECTATIONS, quiet_context, validated


def counts(file: Path) -> dict[str, int]:
    asset = quiet_context().data_sources.add_pandas("pandas").add_dataframe_asset("rows")
    batches = asset.add_batch_definition_whole_dataframe("all")
    batch = batches.get_batch({"dataframe": pd.read_parquet(file)})
    return validated(batch, EXPECTATIONS)
