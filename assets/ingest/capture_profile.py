"""What a capture holds, table by table, in few enough words to compare two captures.

What belongs here: making profiles from archived bodies, a page at a time. What does not: judging
them (`comparison`). A kind without a profile of its own is described by the number and size of its
answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from assets.ingest.archive import Archive, Capture, Entry
from assets.ingest.capture_comparison import Profile, fingerprint
from assets.ingest.connectors import bwb, figures_csv, odata
from assets.ingest.messages import Page
from assets.ingest.registry import Source

Row = dict[str, Any]

_PERIOD = re.compile(r"\d{4}(JJ|HJ|KW|MM|SJ|W\d|X\d)\d*|\d{8}")
_MUNICIPALITY = re.compile(r"GM\d{4}")
_METADATA = ("TableInfos", "Properties", "DataProperties", "Dimensions")
_DATA = ("TypedDataSet", "UntypedDataSet", "Observations")


def profiles(
    archive: Archive,
    capture: Capture,
    source: Source,
    known: Mapping[str, Profile],
    pages: Mapping[str, Page] = MappingProxyType({}),
) -> list[Profile]:
    """A profile for each table of a capture.

    known: by fingerprint, those need not be made again. pages: by sha256, those need not be read again.
    """
    tables: dict[str, list[Entry]] = {}
    for entry in capture.entries:
        tables.setdefault(entry.name.partition("/")[0], []).append(entry)
    found = []
    for table, entries in tables.items():
        digests = (f"{entry.name}#{entry.page} {entry.sha256}" for entry in entries)
        plain = Profile(
            table=table,
            fingerprint=fingerprint(digests),
            answers=len(entries),
            bytes=sum(entry.bytes for entry in entries),
            rows=sum(e.rows or 0 for e in entries) if any(e.rows for e in entries) else None,
            version=next((e.published_at for e in entries if e.published_at), None),
        )
        if plain.fingerprint in known:
            found.append(known[plain.fingerprint])
        elif source.kind in ("odata_v3", "odata_v4"):
            filtered = any(each.id == table and each.filter for each in source.listed)
            found.append(_odata(archive, capture, plain, filtered, pages))
        elif source.kind == "csv":
            frame = figures_csv.parse(archive.read(entries[0].sha256), source.id, table, 1)
            found.append(replace(plain, rows=frame.height, columns=tuple(frame.columns)))
        elif source.kind == "bwb":
            # Each version has an answer of its own, named after it: a version that is gone is a code gone.
            versions = tuple(entry.name.partition("/")[2] for entry in entries)
            unlike = bwb.unlike_manifest(archive, capture, table)
            found.append(replace(plain, version=None, codes={"versions": versions}, unlike=unlike))
        else:
            found.append(plain)
    return found


def _odata(
    archive: Archive,
    capture: Capture,
    plain: Profile,
    filtered: bool,
    seen: Mapping[str, Page],
) -> Profile:
    """A table of CBS, by its own metadata; the entities of v3 and v4 have different names."""

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
    profile = replace(
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
        return profile
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
        profile,
        rows=sum(rows for rows, _ in pages),
        columns=profile.columns
        or tuple(dict.fromkeys(c for _, page in pages for c in page.columns)),
        periods=tuple(sorted(filter(_PERIOD.fullmatch, used))) or None,
        municipalities=municipalities if listed else None,
        listed_municipalities=tuple(listed) or None,
    )
