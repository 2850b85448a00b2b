"""The canonical files of a table: the same rows give the same bytes, whatever engine made them.

    <table>.parquet   the record: every type, unit, title and licence is inside
    <table>.csv.gz    the same rows as text; unpacked, its sha256 is the content hash of the table
    <table>.xlsx      the same rows for a spreadsheet (`workbook.py`)

Recipe: promised columns in promised order and type, in the promised row order, fixed writer options.
What belongs here: layout, Parquet, CSV, the content hash. What does not: which files a release has.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.contract import Contract, Table
from expectations.errors import VoorkantError
from pipelines.publish import workbook
from pipelines.publish.metadata.datapackage import table_schema

ROW_GROUP = 20_000  # of a file that is always read in full
# These make the bytes: another version of one may give other bytes for the same content hash.
WRITERS = ("polars", "pyarrow", "xlsxwriter")


def writers() -> dict[str, str]:
    """Name -> version of everything the bytes of a file depend on besides its rows."""
    return {name: version(name) for name in WRITERS}


def canonical_rows(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows as they are published. Raises VK-D004 (columns) and VK-P010 (a key stands twice)."""
    if missing := [name for name in table.dtypes if name not in frame.columns]:
        raise VoorkantError(
            "VK-D004",
            problem=f"Columns missing: {', '.join(missing)}.",
            where=table.asset,
            outcome="Nothing was written.",
            remedy="Bring the transform and datasets/*/contract.yaml in line.",
        )
    promised = frame.select(table.dtypes.names()).cast(table.dtypes)
    if doubled := promised.height - promised.select(table.key).n_unique():
        raise VoorkantError(
            "VK-P010",
            problem=f"{doubled} rows have the key of another row, so their order is undefined.",
            where=table.asset,
            outcome="Nothing was written.",
            remedy="Build and audit the table again; its key rule sets such rows aside.",
        )
    return promised.sort(table.row_order)


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


def key_values(contract: Contract, table: Table, content_sha256: str) -> dict[str, str]:
    """The metadata of a Parquet file, where DuckDB, Polars, pandas and R look for it.

    No version: a table that did not change keeps its bytes. The versions that a single
    file belongs to are found in the catalogue, by the content hash.
    """
    columns = {
        name: {"unit": column.unit, "nl": column.nl, "en": column.en}
        for name, column in table.columns.items()
    }
    about = {
        **origin(contract),
        "table": table.name,
        "title": table.title.nl,
        "title_en": table.title.en,
        "key": ", ".join(table.key),
        "content_sha256": content_sha256,
    }
    return {
        **about,
        "schema_json": _json(table_schema(table)),
        # pandas shows this one, and only this one, as `DataFrame.attrs`.
        "PANDAS_ATTRS": _json({**about, "columns": columns}),
    }


def origin(contract: Contract) -> dict[str, str]:
    """Where rows are from, for every published Parquet file."""
    attribution = "; ".join(contract.attribution)
    return {
        "dataset": contract.dataset,
        "licence": contract.licence,
        "attribution": attribution,
        "citation": f"voorkant, {contract.title.nl} ({contract.dataset}). {attribution}",
    }


def row_group(rows: int) -> int:
    """How many rows a group has, so that one municipality costs a reader little of a large file.

    Some 150 groups: many more make the footer larger than what is saved (measured in the tests).
    """
    return min(max(rows // 150, 2_000), 100_000)


def write_parquet(
    table: Table, frame: pl.DataFrame, path: Path, metadata: Mapping[str, str]
) -> None:
    """One Parquet file. metadata: key-values of the file (title, licence …); written sorted."""
    _write_table(table, canonical_rows(table, frame), path, metadata)


def _write_table(table: Table, rows: pl.DataFrame, path: Path, metadata: Mapping[str, str]) -> None:
    arrow = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
    _write(arrow.cast(arrow_schema(table)), path, metadata, table.row_order)


def write_rows(rows: pl.DataFrame, path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Rows that are no table of a contract, in the order they lie, with the same options."""
    arrow = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
    plain = [
        field.with_type(pa.string()) if pa.types.is_large_string(field.type) else field
        for field in arrow.schema
    ]
    _write(arrow.cast(pa.schema(plain)), path, metadata or {}, ())


def _write(
    rows: pa.Table, path: Path, metadata: Mapping[str, str], row_order: Sequence[str]
) -> None:
    texts = [field.name for field in rows.schema if pa.types.is_string(field.type)]
    pq.write_table(
        rows.combine_chunks().replace_schema_metadata(dict(sorted(metadata.items()))),
        path,
        version="2.6",
        compression="zstd",
        compression_level=9,
        row_group_size=row_group(rows.num_rows),
        use_dictionary=texts,
        write_statistics=True,
        write_page_index=False,
        data_page_version="1.0",
        store_schema=True,
        store_decimal_as_integer=True,
        sorting_columns=[
            pq.SortingColumn(rows.schema.get_field_index(name), nulls_first=True)
            for name in row_order
        ]
        or None,
        write_page_checksum=True,
    )


def csv_bytes(table: Table, frame: pl.DataFrame) -> bytes:
    """The rows as CSV: UTF-8, comma, LF, point as decimal mark, nothing for missing, "" for empty text."""
    return as_csv(canonical_rows(table, frame))


def as_csv(rows: pl.DataFrame) -> bytes:
    """The CSV of rows that are canonical already."""
    text = io.BytesIO()
    rows.write_csv(text, line_terminator="\n", null_value="")
    return text.getvalue()


def content_sha256(csv: bytes) -> str:
    """The identity of a table's rows, independent of their writer: the sha256 of its CSV.

    Anybody can compute it: `gunzip -c TABLE.csv.gz | sha256sum`.
    """
    return hashlib.sha256(csv).hexdigest()


def write_csv_gz(csv: bytes, path: Path) -> None:
    """The CSV, packed: no name and no time in the header.

    By pyarrow's own zlib: that of Python differs between builds, and with it the packed bytes.
    """
    path.write_bytes(pa.Codec("gzip", compression_level=9).compress(csv, asbytes=True))


def write_all(contract: Contract, table: Table, frame: pl.DataFrame, folder: Path) -> str:
    """Write every file of a table into a folder and give its content hash.

    A table that a spreadsheet cannot hold has no workbook.
    """
    rows = canonical_rows(table, frame)
    csv = as_csv(rows)
    content = content_sha256(csv)
    about = key_values(contract, table, content)
    _write_table(table, rows, folder / f"{table.name}.parquet", about)
    write_csv_gz(csv, folder / f"{table.name}.csv.gz")
    if workbook.holds(rows):
        workbook.write_workbook(contract, table, rows, folder / f"{table.name}.xlsx")
    return content


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
