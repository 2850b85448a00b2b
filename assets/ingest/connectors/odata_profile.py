"""The profile of a table of CBS, by its own metadata; the entities of v3 and v4 have different names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from assets.ingest.archive import Archive, Capture, Entry
from assets.ingest.capture_comparison import Profile
from assets.ingest.connectors import odata
from assets.ingest.messages import Page
from assets.ingest.registry import Source

Row = dict[str, Any]

_PERIOD = re.compile(r"\d{4}(JJ|HJ|KW|MM|SJ|W\d|X\d)\d*|\d{8}")
_MUNICIPALITY = re.compile(r"GM\d{4}")
_METADATA = ("TableInfos", "Properties", "DataProperties", "Dimensions")
_DATA = ("TypedDataSet", "UntypedDataSet", "Observations")


def profile(
    plain: Profile, archive: Archive, capture: Capture, source: Source, seen: Mapping[str, Page]
) -> Profile:
    """The profile with what its metadata and its rows say. seen: by sha256, pages that were read already."""
    filtered = any(each.id == plain.table and each.filter for each in source.listed)

    def rows(entity: str) -> Iterator[Row]:
        for entry in capture.named(f"{plain.table}/{entity}"):
            document = json.loads(archive.read(entry.sha256))
            yield from document.get("value", (document,))

    prefix = f"{plain.table}/"
    names = dict.fromkeys(entry.name for entry in capture.entries)
    entities = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
    about = next(rows("TableInfos" if "TableInfos" in entities else "Properties"), {})
    data = next((each for each in _DATA if each in entities), None)
    codes = {
        entity: tuple(str(row.get("Key", row.get("Identifier"))).strip() for row in rows(entity))
        for entity in entities
        if entity not in (*_METADATA, *_DATA)
    }
    described = list(rows("DataProperties")) if "DataProperties" in entities else []
    titles = {row.get("ID"): str(row.get("Title") or "").strip() for row in described}
    promised = about.get("RecordCount", about.get("ObservationCount"))
    described_profile = replace(
        plain,
        rows=None,
        title=str(about.get("Title") or "").strip() or None,
        version=str(about.get("Version") or about.get("Modified") or "") or None,
        promised=None if promised is None or filtered or data is None else int(promised),
        columns=tuple(
            " / ".join(filter(None, (titles.get(row.get("ParentID")), titles[row.get("ID")])))
            for row in described
            if row.get("Key")
        )
        or None,
        codes=codes,
    )
    if data is None:
        return described_profile
    dimensions = {str(row["Key"]) for row in described if "Dimension" in str(row.get("Type"))}
    listed = sorted({c for each in codes.values() for c in each if _MUNICIPALITY.fullmatch(c)})
    name = f"{plain.table}/{data}"

    def read(entry: Entry) -> tuple[int, Page]:
        if entry.rows is not None and entry.sha256 in seen:
            return entry.rows, seen[entry.sha256]
        body = archive.read(entry.sha256)
        rows = odata.text_page(capture.source, name, entry.page, body)
        return rows.height, odata.page(rows, dimensions)

    # One page at a time: what is kept of it is small.
    pages = [read(entry) for entry in capture.named(name)]
    used = {code for _, page in pages for code in page.codes}
    municipalities = tuple(sorted(filter(_MUNICIPALITY.fullmatch, used)))
    return replace(
        described_profile,
        rows=sum(rows for rows, _ in pages),
        columns=described_profile.columns
        or tuple(dict.fromkeys(c for _, page in pages for c in page.columns)),
        periods=tuple(sorted(filter(_PERIOD.fullmatch, used))) or None,
        municipalities=municipalities if listed else None,
        listed_municipalities=tuple(listed) or None,
    )
