"""Great Expectations over Polars: an execution engine and a data source.

    source = add_polars_datasource(context, "polars")
    batches = source.add_frame_asset("table").add_batch_definition_whole_frame("all")
    batches.get_batch({"frame": pl.scan_parquet("table.parquet")}).validate(suite)

What belongs here: everything that knows both Great Expectations and Polars. What does not: which
rules a table has, and what follows from a failure. See docs/gx-polars.md.

Importing this package costs nothing; Great Expectations (seconds) is imported by the first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from expectations.gx_polars.datasource import PolarsDatasource

__all__ = ["add_polars_datasource"]


def add_polars_datasource(
    context: Any, name: str, fallback: Literal["pandas"] | None = None
) -> PolarsDatasource:
    """Add a Polars data source to a Great Expectations context.

    fallback: None refuses a metric without a native rule (VK-G001, in the result's exception_info);
    "pandas" computes it with Great Expectations' own pandas rule on a copy of the whole frame, warns,
    and lists it in `source.get_execution_engine().fell_back`.
    """
    import expectations.gx_polars.datasource  # noqa: F401 (gives contexts `add_or_update_polars`)

    source: PolarsDatasource = context.data_sources.add_or_update_polars(
        name=name, fallback=fallback
    )
    return source
