"""One explained row: the release it is in, what the rules found of it, and the way to its sources.

What belongs here: the order of it, and the proof that the staged tables are those of the release. What
does not: words (`telling.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from assets.ingest.archive import Archive
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from expectations.yaml_files import SafeLoader
from pipelines.explain import row_selection
from pipelines.explain.row_queries import Tables, Values
from pipelines.explain.rule_results import Verdict, judged
from pipelines.explain.sources import OTHER_VERSION, Place, Sources, other_version
from pipelines.explain.trace import Row, Walk

FILES = ("manifest.json", "contract.yaml", "corrections.parquet", "validation/*.parquet")
"""What explaining needs of a release besides the table."""

_RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A row of a release. contract: the parsed contract of the release. corrections: those applied.

    row: the row with its steps; None where no tables are staged, and where others are: then problem says so.
    """

    manifest: Mapping[str, Any]
    contract: Mapping[str, Any]
    table: str
    values: Values
    column: str | None
    verdict: Verdict
    corrections: tuple[Mapping[str, Any], ...]
    sources: Sources
    row: Row | None
    problem: VoorkantError | None

    @property
    def about(self) -> Mapping[str, Any]:
        """The table as the contract tells it."""
        return dict(self.contract["tables"][self.table])

    def corrections_at(self, table: str, place: Place) -> list[Mapping[str, Any]]:
        """The corrections of a cell of a source row. table: as lineage names it."""
        return [
            each
            for each in self.corrections
            if table == f"raw:raw_{each['source']}__{each['table']}"
            and (each["capture_sha256"], each["locator"]) == (place.sha256, place.locator)
        ]


def explain(
    folder: Path,
    state: Path,
    table: str | None,
    key: Sequence[str],
    column: str | None,
    limit: int | None,
) -> Explanation:
    """Explain a row of the release in a folder with what is staged below a state folder.

    Raises VK-U001 (table, key or column), VK-C008 (lineage), VK-P011 (no release).
    """
    manifest = _manifest(folder)
    contract = contract_of(manifest["dataset"], folder)
    table = _table(contract, table)
    about = contract["tables"][table]
    if column is not None and column not in about["columns"]:
        raise row_selection.refused(
            f"The table {table} has no column {column!r}.",
            f"Choose one of: {', '.join(about['columns'])}.",
            "--column",
        )
    tables = Tables(state / "tables")
    tables.add(_RELEASED, folder / f"{table}.parquet")
    wanted = row_selection.key(key, tables.types(_RELEASED), tables)
    _, values = row_selection.row(_RELEASED, wanted, about["key"], tables)
    sources = Sources(manifest, Archive(state / "archive"))
    row, problem = None, None
    qualified = f"{contract['dataset']}.{table}"
    if tables.path(qualified).exists():
        try:
            row = _walked(tables, sources, qualified, about, values, column, limit)
        except VoorkantError as error:
            if error.code != OTHER_VERSION:
                raise
            problem = error
    return Explanation(
        manifest=manifest,
        contract=contract,
        table=table,
        values=values,
        column=column,
        verdict=judged(tables.connection, folder, table, values),
        corrections=_corrections(tables, folder),
        sources=sources,
        row=row,
        problem=problem,
    )


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / "manifest.json").read_text("utf-8")))
    except (OSError, ValueError):
        from pipelines.publish import release_reader  # it takes a while, and tells what is wrong

        return release_reader.read_manifest(folder)


@cache
def contract_of(dataset: str, folder: Path | None = None) -> dict[str, Any]:
    """The contract in the folder of a release, else the project's own of today, parsed and not judged."""
    paths = [folder / "contract.yaml"] if folder else []
    paths.append(ROOT / "datasets" / dataset / "contract.yaml")
    text = next(path for path in paths if path.is_file()).read_text("utf-8")
    return dict(yaml.load(text, Loader=SafeLoader))  # noqa: S506 (a SafeLoader)


def _table(contract: Mapping[str, Any], asked_for: str | None) -> str:
    names = [name for name, each in contract["tables"].items() if each["stage"] == "out"]
    names.sort(key=lambda name: name != contract["dataset"])
    if asked_for is not None and asked_for not in names:
        raise row_selection.refused(
            f"{contract['dataset']} has no table {asked_for!r}.",
            f"Choose one of: {', '.join(names)}.",
            "--table",
        )
    return asked_for or names[0]


def _walked(
    tables: Tables,
    sources: Sources,
    table: str,
    about: Mapping[str, Any],
    values: Values,
    column: str | None,
    limit: int | None,
) -> Row:
    """The way down from the staged row that is the released one. Raises VK-P013."""
    key = {column: values[column] for column in about["key"]}
    staged = tables.matching(table, key, 2)
    same = [
        (place, found)
        for place, found in staged
        if all(name in found and found[name] == value for name, value in values.items())
    ]
    if len(same) != 1:
        raise other_version(
            "The staged table has another row than the release.", str(tables.path(table))
        )
    walk = Walk(tables, sources, limit)
    row = walk.down(table, *same[0], column)
    # Other bytes may have given the same rows; then the release was not made anew, and all still holds.
    if walk.later and not tables.same_rows(_RELEASED, table):
        raw, place = walk.later
        raise other_version(
            f"The source row at {place.locator} was captured after the release, whose rows are others.",
            f"{raw}, object {place.sha256}",
        )
    return row


def _corrections(tables: Tables, folder: Path) -> tuple[Mapping[str, Any], ...]:
    """Those of the release that were applied."""
    path = folder / "corrections.parquet"
    if not path.exists():
        return ()
    asked_for = tables.connection.execute(
        "SELECT * FROM read_parquet(?) WHERE outcome = 'applied'", [str(path)]
    )
    heads = [each[0] for each in asked_for.description or ()]
    return tuple(dict(zip(heads, row, strict=True)) for row in asked_for.fetchall())
