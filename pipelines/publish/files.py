"""The canonical files of a table: the same rows give the same bytes, whatever engine made them.

Recipe: promised columns in promised order and type, sorted by the (unique) key, fixed writer options.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.contract import Table

ROW_GROUP = 20_000


def arrow_schema(table: Table) -> pa.Schema:
    """The promised Arrow schema: types, nullability, title and unit of each column."""
    empty = pl.DataFrame(schema=table.dtypes).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    fields = []
    for name, column in table.columns.items():
        kind = (
            pa.string()
            if pa.types.is_large_string(empty.field(name).type)
            else empty.field(name).type
        )
        about = {
            "description_nl": column.nl,
            "description_en": column.en,
            "unit": column.unit or "",
        }
        fields.append(pa.field(name, kind, nullable=not column.required, metadata=about))
    return pa.schema(fields)


def write_parquet(table: Table, frame: pl.DataFrame, path: Path, metadata: dict[str, str]) -> None:
    """One Parquet file. metadata: key-values of the file (title, licence, version …), sorted."""
    ordered = frame.select(list(table.dtypes)).sort(table.key)
    arrow = ordered.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(arrow_schema(table))
    arrow = arrow.combine_chunks().replace_schema_metadata(dict(sorted(metadata.items())))
    texts = [f.name for f in arrow.schema if pa.types.is_string(f.type)]
    pq.write_table(
        arrow,
        path,
        version="2.6",
        compression="zstd",
        compression_level=9,
        row_group_size=ROW_GROUP,
        use_dictionary=texts,
        write_statistics=True,
        write_page_index=False,
        data_page_version="1.0",
        store_schema=True,
        store_decimal_as_integer=True,
        write_page_checksum=True,
    )


def write_csv(table: Table, frame: pl.DataFrame, path: Path) -> None:
    """The same rows as CSV: UTF-8, comma, LF, point as decimal mark, empty for missing."""
    ordered = frame.select(list(table.dtypes)).sort(table.key)
    ordered.write_csv(path, line_terminator="\n", null_value="")
