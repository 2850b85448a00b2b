"""One explained row: its release, its rule results, and the trace to its sources.

What belongs here: the steps in their order, and the proof that the staged tables are those of the release.
What does not: output (`text_output.py`, `json_output.py`).
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
from pipelines.explain.rule_results import RuleResults, results_for
from pipelines.explain.sources import OTHER_VERSION, SourcePlace, Sources, other_version
from pipelines.explain.trace import TracedRow, Tracer

FILES = ("manifest.json", "contract.yaml", "corrections.parquet", "validation/*.parquet")
"""The files of a release that explaining needs besides the table."""

_RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A row of a release. contract: the parsed contract of the release. corrections: those applied.

    row: the row with its steps; None without staged tables, or with those of another release: see problem.
    """

    manifest: Mapping[str, Any]
    contract: Mapping[str, Any]
    table: str
    values: Values
    column: str | None
    results: RuleResults
    corrections: tuple[Mapping[str, Any], ...]
    sources: Sources
    row: TracedRow | None
    problem: VoorkantError | None

    @property
    def about(self) -> Mapping[str, Any]:
        """The table in the contract: title, key, columns."""
        return dict(self.contract["tables"][self.table])

    def corrections_at(self, table: str, place: SourcePlace) -> list[Mapping[str, Any]]:
        """The corrections of a cell of a source row. table: as in lineage."""
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
    """Explain a row of the release in a folder, with the tables staged in a state folder.

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
            row = _traced(tables, sources, qualified, about, values, column, limit)
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
        results=results_for(tables.connection, folder, table, values),
        corrections=_corrections(tables, folder),
        sources=sources,
        row=row,
        problem=problem,
    )


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / "manifest.json").read_text("utf-8")))
    except (OSError, ValueError):
        # Only for its error message: the import takes 0.24 s CPU, an explanation without it 0.26 s.
        from pipelines.publish import release_reader

        return release_reader.read_manifest(folder)


@cache
def contract_of(dataset: str, folder: Path | None = None) -> dict[str, Any]:
    """The contract in a release folder, else the project's current one; parsed, not validated."""
    paths = [folder / "contract.yaml"] if folder else []
    paths.append(ROOT / "datasets" / dataset / "contract.yaml")
    text = next(path for path in paths if path.is_file()).read_text("utf-8")
    return dict(yaml.load(text, Loader=SafeLoader))  # noqa: S506 (a SafeLoader)


def _table(contract: Mapping[str, Any], requested: str | None) -> str:
    names = [name for name, each in contract["tables"].items() if each["stage"] != "core"]
    names.sort(key=lambda name: name != contract["dataset"])
    if requested is not None and requested not in names:
        raise row_selection.refused(
            f"{contract['dataset']} has no table {requested!r}.",
            f"Choose one of: {', '.join(names)}.",
            "--table",
        )
    return requested or names[0]


def _traced(
    tables: Tables,
    sources: Sources,
    table: str,
    about: Mapping[str, Any],
    values: Values,
    column: str | None,
    limit: int | None,
) -> TracedRow:
    """The trace of the staged row that equals the released one. Raises VK-P013."""
    key = {column: values[column] for column in about["key"]}
    staged = tables.matching(table, key, 2)
    same = [
        (place, found)
        for place, found in staged
        if all(name in found and found[name] == value for name, value in values.items())
    ]
    if len(same) != 1:
        raise other_version(
            "The staged table has no row that equals this one of the release.",
            str(tables.path(table)),
        )
    tracer = Tracer(tables, sources, limit)
    row = tracer.trace(table, *same[0], column)
    # Other bytes may give the same rows; then no new release was made, and the trace still holds.
    if tracer.later and not tables.same_rows(_RELEASED, table):
        raw, place = tracer.later
        raise other_version(
            f"The source row at {place.locator} was captured after the release, which has other rows.",
            f"{raw}, object {place.sha256}",
        )
    return row


def _corrections(tables: Tables, folder: Path) -> tuple[Mapping[str, Any], ...]:
    """The applied corrections of a release."""
    path = folder / "corrections.parquet"
    if not path.exists():
        return ()
    found = tables.connection.execute(
        "SELECT * FROM read_parquet(?) WHERE outcome = 'applied'", [str(path)]
    )
    heads = [each[0] for each in found.description or ()]
    return tuple(dict(zip(heads, row, strict=True)) for row in found.fetchall())
