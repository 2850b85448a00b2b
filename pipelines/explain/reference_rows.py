"""Files that the project keeps itself, as rows: tables of `assets/reference` and schemes of grants.

What belongs here: reading them as text, with the place of each row. What
does not: their typed models (`assets/reference`, `public_claims.py`, `spuk_schemes.py`).
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import yaml

from expectations.paths import ROOT
from expectations.yaml_files import SafeLoader
from pipelines.explain.lineage import not_declared

FOLDER = ROOT / "assets" / "reference"
SCHEMES = ROOT / "assets" / "sources" / "spuk" / "schemes"
LINE = "_line"
"""The column with the line of a YAML file in which a row begins."""


def relation(connection: duckdb.DuckDBPyConnection, file: str, view: str) -> None:
    """A file of `assets/reference` as a view of text columns. Raises VK-C008 when it is not there."""
    path = path_of(file)
    if path.suffix == ".csv":
        read = connection.read_csv(str(path), header=True, all_varchar=True, parallel=False)
        read.project("row_number() OVER () - 1 AS file_row_number, *").create(view)
        return
    rows = list_rows(path.read_text("utf-8"))
    columns = list(dict.fromkeys(column for row in rows for column in row))
    declared = "".join(f', "{column}" VARCHAR' for column in columns)
    connection.execute(f"CREATE TABLE {view} (file_row_number BIGINT{declared})")
    marks = ", ".join("?" for _ in range(len(columns) + 1))
    connection.executemany(
        f"INSERT INTO {view} VALUES ({marks})",  # noqa: S608
        [[number, *(row.get(each) for each in columns)] for number, row in enumerate(rows)],
    )


def path_of(file: str) -> Path:
    """The file of `assets/reference` by its name, with or without its ending. Raises VK-C008."""
    plain = Path(file).name
    names = [plain, *(f"{plain}{ending}" for ending in (".csv", ".yaml"))]
    found = next((path for each in names if (path := FOLDER / each).is_file()), None)
    if found is None:
        raise not_declared(FOLDER / plain, "there is no such reference file.")
    return found


def list_rows(text: str) -> list[dict[str, str]]:
    """The members of every list of mappings at the top of a YAML file: their plain values as written.

    A mapping in a member gives `key.key`; lists in it are left out. `_line` is where a member begins.
    """
    root = yaml.compose(text, Loader=SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return []
    rows = []
    for _, value in root.value:
        if isinstance(value, yaml.SequenceNode):
            members = [each for each in value.value if isinstance(each, yaml.MappingNode)]
            rows += [_plain(each) | {LINE: str(each.start_mark.line + 1)} for each in members]
    return rows


def _plain(node: yaml.MappingNode, before: str = "") -> dict[str, str]:
    values: dict[str, str] = {}
    for key, value in node.value:
        column = f"{before}{key.value}"
        if isinstance(value, yaml.ScalarNode):
            values[column] = value.value
        elif isinstance(value, yaml.MappingNode):
            values |= _plain(value, f"{column}.")
    return values


def scheme(named: str) -> Path:
    """The file of a scheme. Raises VK-C008 when there is none of that name."""
    path = SCHEMES / f"{Path(named).name}.yaml"
    if not path.is_file():
        raise not_declared(path, "there is no such scheme.")
    return path
