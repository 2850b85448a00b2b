"""The recorded payloads as tables of the server: JSON as it stands, Parquet put on pages again.

What belongs here: which file is which entity, and what had to be added because nobody recorded it.
Added is only metadata: TableInfos or Properties where they are absent, with the count of the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from tests.support.cbs_server.cbs import Content, Table
from tests.support.material import MATERIAL

V3 = MATERIAL / "cbs-odata-v3-recorded"
V4 = MATERIAL / "cbs-odata-v4-recorded"
PORTAL = V3 / "85755NED-portal-export"

PARQUET_V3 = {"45012NED": "iv3.v3", "83583NED": "cbs.v3"}
JSON_V4 = ("03759ned", "37789ksz", "83163NED", "84826NED", "85615NED")
PARQUET_V4 = {
    "82807NED": (V4 / "82807NED-2020-parquet", "82807_"),
    "83765NED": (V4 / "83765NED-2022-parquet", "cbs.v4.83765NED_"),
}
_V4_ENTITY = {"dimensions": "Dimensions", "measure-codes": "MeasureCodes"}


def tables() -> list[Table]:
    """Every recorded table that has data or metadata of its own."""
    return [*(parquet_v3(id_) for id_ in PARQUET_V3), woonplaatsen(), *json_v4(), *parquet_v4()]


def parquet_v3(id_: str) -> Table:
    """45012NED (Iv3 of the provinces) or 83583NED (jobs): rows of a Parquet file, on v3 pages."""
    folder, prefix = V3 / id_, f"{PARQUET_V3[id_]}.{id_}_"
    about = json.loads((folder / f"{prefix}Metadata.json").read_text("utf-8"))
    entities: dict[str, Content] = {
        name: pl.read_parquet(path) for name, path in _named(folder, prefix, "parquet")
    }
    data = entities.pop("TypedDataSet")
    for name, content in entities.items():  # `odata.type` cannot be the name of a Parquet column
        if isinstance(content, pl.DataFrame) and "odata_type" in content.columns:
            entities[name] = content.rename({"odata_type": "odata.type"})
    return Table(id_, "v3", about, data, entities)


def woonplaatsen() -> Table:
    """84489NED: a body as recorded. Its TableInfos and DataProperties were not."""
    body = (V3 / "84489NED" / "TypedDataSet.json").read_bytes()
    rows = json.loads(body)["value"]
    about = {
        "ID": 0,
        "Identifier": "84489NED",
        "Title": "Woonplaatsen in Nederland 2019",
        "Modified": "2019-01-15T02:00:00",
        "Catalog": "CBS",
        "RecordCount": len(rows),
        "ColumnCount": len(rows[0]) - 1,
    }
    properties = pl.DataFrame(
        [
            {"odata.type": "Cbs.OData.Topic", "ID": n, "ParentID": None, "Key": key, "Title": key}
            for n, key in enumerate(list(rows[0])[1:])
        ],
        infer_schema_length=None,
    )
    return Table("84489NED", "v3", about, body, {"DataProperties": properties})


def json_v4() -> Iterator[Table]:
    """Tables of which the HTTP bodies were recorded; some without observations."""
    for id_ in JSON_V4:
        folder = V4 / id_
        entities: dict[str, Content] = {
            _V4_ENTITY.get(path.stem, f"{path.stem.removeprefix('codes-')}Codes"): path.read_bytes()
            for path in sorted(folder.glob("*.json"))
            if path.stem in _V4_ENTITY or path.stem.startswith("codes-")
        }
        about = json.loads((folder / "properties.json").read_text("utf-8"))
        observations = folder / "observations-page-1.json"
        data = observations.read_bytes() if observations.exists() else pl.DataFrame()
        yield Table(id_, "v4", about, data, entities)


def parquet_v4() -> Iterator[Table]:
    """Tables of 2020 and 2022: observations without StringValue, or code lists only."""
    for id_, (folder, prefix) in PARQUET_V4.items():
        entities: dict[str, Content] = {
            name: pl.read_parquet(path) for name, path in _named(folder, prefix, "parquet")
        }
        data = entities.pop("Observations", pl.DataFrame())
        assert isinstance(data, pl.DataFrame)
        about: dict[str, Any] = {
            "Identifier": id_,
            "Title": f"Recorded table {id_}",
            "Modified": "2020-12-14T02:00:00+01:00",
            "Version": "202012140200",
            "Catalog": "CBS",
            "ObservationCount": data.height,
            "DatasetType": "Numeric",
        }
        yield Table(id_, "v4", about, data, entities)


def _named(folder: Path, prefix: str, suffix: str) -> Iterator[tuple[str, Path]]:
    """Entity name and file."""
    for path in sorted(folder.glob(f"{prefix}*.{suffix}")):
        yield path.stem.removeprefix(prefix), path
