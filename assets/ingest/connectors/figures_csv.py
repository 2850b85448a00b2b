"""CSV files with a header: figures that people read from a publication and wrote down.

What belongs here: reading such a file as text. What does not: types and units, they are in the
contract.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import pyarrow as pa
from pyarrow import csv

from assets.ingest.archive import Archive, Capture
from assets.ingest.capture_comparison import Profile
from assets.ingest.connectors.bodies import bodies, not_its_format
from assets.ingest.messages import Answer, Fetch, Page, Planned, Request
from assets.ingest.registry import Source

_STRICT = csv.ParseOptions(newlines_in_values=True)


def collect(source: Source, fetch: Fetch) -> list[Answer]:
    """One file per table."""
    answers: list[Answer] = []
    for planned in plan(source):
        answer = fetch(planned.request)
        parse(answer.body, source.id, planned.request.name, 1, planned.request.url)
        answers.append(answer)
    return answers


def plan(source: Source) -> list[Planned]:
    """The file of each table; of cited figures it is a file of this project."""
    return [
        Planned(
            Request(name=table.id, url=f"{source.base_url}/{table.id}.csv"),
            "no request: a file of this project" if table.status == "cited" else "",
        )
        for table in source.tables
    ]


def profile(
    plain: Profile, archive: Archive, capture: Capture, source: Source, seen: Mapping[str, Page]
) -> Profile:
    """The profile with its rows and columns."""
    del seen
    (entry,) = (each for each in capture.entries if each.name.partition("/")[0] == plain.table)
    frame = parse(archive.read(entry.sha256), source.id, plain.table, 1)
    return replace(plain, rows=frame.height, columns=tuple(frame.columns))


def read_table(archive: Archive, capture: Capture, table_id: str) -> pl.DataFrame:
    """All columns as text; rows are counted from 1, the header is not a row."""
    frames = []
    for entry, body in bodies(archive, capture, table_id):
        frame = parse(body, capture.source, table_id, entry.page)
        rows = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
        frames.append(
            frame.with_columns(_capture=pl.lit(entry.sha256), _locator=pl.format("row {}", rows))
        )
    return pl.concat(frames)


def parse(body: bytes, source: str, name: str, page: int, url: str = "") -> pl.DataFrame:
    """The file as text. Raises VK-S004 for an error page, another encoding or a ragged row."""
    if body.lstrip().startswith(b"<"):
        why = "The answer is a page, not a CSV file."
        raise not_its_format(source, name, page, body, why, url)
    try:
        body.decode("utf-8")  # Polars would tell a wrong encoding less clearly
        # Polars fills up a row with too few cells; that would make a number of the half that is left
        # of one where a file was cut off.
        csv.read_csv(io.BytesIO(body), parse_options=_STRICT)
        return pl.read_csv(body, infer_schema=False)
    except (UnicodeDecodeError, pa.ArrowInvalid, pl.exceptions.PolarsError) as error:
        why = "The answer is not a CSV file in UTF-8."
        raise not_its_format(source, name, page, body, why, url) from error
