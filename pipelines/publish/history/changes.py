"""What differs between two versions of a dataset: `changes.json`, and row by row `changes.parquet`.

Pure: frames and contracts in, differences out. Coverage (rows and cells that came or went) is kept
apart from revisions (figures that became other figures). What does not belong here: causes
(`causes.py`), and the effect of the schema's changes on its version (`schema_version.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from expectations.contract import Contract, Table
from pipelines.publish import schema_version
from pipelines.publish.history import causes, municipal_reorganisation
from pipelines.publish.release_reader import ReleaseData

TableRows = Mapping[str, pl.DataFrame]  # table -> its rows
WIDE = pl.Decimal(38, 6)
CHANGES = pl.Schema(
    {
        "table": pl.String(),
        "change": pl.String(),  # added, removed (rows); filled, emptied, revised (cells)
        "key": pl.String(),  # JSON, all values as text
        "column": pl.String(),  # null for rows
        "before": pl.String(),  # a row as JSON, a cell as text
        "after": pl.String(),
        "difference": WIDE,  # of numbers: after minus before
        "difference_pct": WIDE,  # of the amount before; null where that is 0
        "cause": pl.String(),
        "certain": pl.Boolean(),
        "evidence": pl.String(),
    }
)
COVERAGE = ("removed", "emptied", "added", "filled")
_STATUS = "status"
_FOUND = ["table", "change", "key", "column", "before", "after", "difference", "difference_pct"]


@dataclass(frozen=True, slots=True)
class Changes:
    """summary: the content of changes.json. rows: of changes.parquet, see CHANGES."""

    summary: dict[str, Any]
    rows: pl.DataFrame


def compare(
    before: ReleaseData | None,
    after: ReleaseData,
    steps: causes.Steps | None = None,
    moved: Mapping[str, str] | None = None,
) -> Changes:
    """The differences between two versions. before: None for a first release, which lists no rows.

    steps: what is known of the causes in between. moved: see `municipal_reorganisation.moved`.
    """
    if before is None:
        nothing = pl.DataFrame(schema=CHANGES)
        return Changes(_summary(None, after, (), (), nothing), nothing)
    found = differences(before.contract, before.rows, after.contract, after.rows)
    known = factors(before, after)
    rows = causes.attributed(
        found,
        known,
        steps or causes.Steps(),
        municipal_reorganisation.touched(moved) if moved else None,
    )
    rows = rows.select(CHANGES.names()).cast(CHANGES)
    rows = rows.sort("table", "change", "key", "column")
    schema = schema_version.changes(before.contract, after.contract)
    return Changes(_summary(before, after, schema, known, rows), rows)


def factors(before: ReleaseData, after: ReleaseData) -> tuple[causes.Factor, ...]:
    """Everything that is recorded to differ between two versions, sources first."""
    schema = schema_version.changes(before.contract, after.contract)
    promised = any(each.level != "patch" for each in schema)
    promised |= _at_home(before.contract) != _at_home(after.contract)
    known = causes.factors(before.manifest, after.manifest, promised)
    return (*known, *causes.corrected(before.corrections, after.corrections))


def _at_home(contract: Contract) -> dict[str, Any]:
    """What a contract promises of the tables that are not published, without words."""
    words = {"title", "description", "schema_version"}
    return {
        name: table.model_dump(exclude=words)
        for name, table in contract.tables.items()
        if table.stage == "core"
    }


def differences(
    promised: Contract, before: TableRows, promises: Contract, after: TableRows
) -> pl.DataFrame:
    """The differences between two states of all tables, without causes; see `table_changes`."""
    old = {table.name: table for table in promised.published}
    new = {table.name: table for table in promises.published}
    return pl.concat(
        table_changes(
            *_side(old.get(name) or new[name], before.get(name)),
            *_side(new.get(name) or old[name], after.get(name)),
        )
        for name in sorted(old | new)
    )


def _side(table: Table, rows: pl.DataFrame | None) -> tuple[Table, pl.DataFrame]:
    return table, pl.DataFrame(schema=table.dtypes) if rows is None else rows


def table_changes(
    old: Table, before: pl.DataFrame, new: Table, after: pl.DataFrame
) -> pl.DataFrame:
    """The differences between two states of a table, without causes.

    Rows are matched by key; under another key none can be. A column that only one of the two has is a
    change of the schema, not of each row.
    """
    left, right = before.select(old.dtypes.names()), after.select(new.dtypes.names())
    if old.key != new.key:
        return _complete(new, [_rows(old, left, "removed"), _rows(new, right, "added")])
    on = list(new.key)
    # A key of another type is still the same key where it reads the same.
    retyped = pl.col([name for name in on if left.schema[name] != right.schema[name]])
    left, right = (side.with_columns(retyped.cast(pl.String)) for side in (left, right))
    gone = left.join(right, on=on, how="anti", nulls_equal=True)
    came = right.join(left, on=on, how="anti", nulls_equal=True)
    both = left.join(right, on=on, how="inner", nulls_equal=True, suffix=_AFTER)
    status = _statuses(both)
    cells = [name for name in right.columns if name in left.columns and name not in on]
    return _complete(
        new,
        [
            _rows(old, gone, "removed"),
            _rows(new, came, "added"),
            *(_cells(both, new, name, status) for name in cells),
        ],
    )


_AFTER = "\0after"


def _key(table: Table) -> pl.Expr:
    return _as_json(table.key).alias("key")


def _as_json(columns: Collection[str]) -> pl.Expr:
    return pl.struct(pl.col(list(columns)).cast(pl.String)).struct.json_encode()


def _rows(table: Table, frame: pl.DataFrame, change: str) -> pl.DataFrame:
    """Whole rows that came or went."""
    side = "after" if change == "added" else "before"
    status = f"status_{side}"
    return frame.select(
        _key(table),
        pl.lit(change).alias("change"),
        _as_json(frame.columns).alias(side),
        (pl.col(_STATUS) if _STATUS in frame.columns else pl.lit(None, pl.String)).alias(status),
    )


def _statuses(both: pl.DataFrame) -> list[pl.Expr]:
    """The status of a row in both states, where the table has one."""
    there = {"status_before": _STATUS, "status_after": _STATUS + _AFTER}
    return [
        (pl.col(column) if column in both.columns else pl.lit(None, pl.String)).alias(name)
        for name, column in there.items()
    ]


def _cells(both: pl.DataFrame, table: Table, name: str, status: list[pl.Expr]) -> pl.DataFrame:
    """The cells of a column that differ. Another type with the same value is no difference."""
    before, after = pl.col(name), pl.col(name + _AFTER)
    kinds = (both.schema[name], both.schema[name + _AFTER])
    numbers = all(kind.is_numeric() for kind in kinds)
    if kinds[0] != kinds[1]:
        before, after = (side.cast(WIDE if numbers else pl.String) for side in (before, after))
    nothing = pl.lit(None, WIDE)
    difference = after.cast(WIDE) - before.cast(WIDE) if numbers else nothing
    base = before.cast(WIDE).abs() if numbers else nothing
    return both.filter(before.ne_missing(after)).select(
        _key(table),
        pl.when(before.is_null())
        .then(pl.lit("filled"))
        .when(after.is_null())
        .then(pl.lit("emptied"))
        .otherwise(pl.lit("revised"))
        .alias("change"),
        pl.lit(name).alias("column"),
        pl.col(name).cast(pl.String).alias("before"),
        pl.col(name + _AFTER).cast(pl.String).alias("after"),
        difference.cast(WIDE).alias("difference"),
        (difference * 100 / pl.when(base != 0).then(base)).cast(WIDE).alias("difference_pct"),
        *status,
    )


def _complete(table: Table, parts: list[pl.DataFrame]) -> pl.DataFrame:
    kinds = {each: CHANGES[each] for each in _FOUND}
    schema = pl.Schema({**kinds, "status_before": pl.String(), "status_after": pl.String()})
    joined = pl.concat([pl.DataFrame(schema=schema), *parts], how="diagonal")
    return joined.with_columns(table=pl.lit(table.name))


# --- changes.json ---------------------------------------------------------------------------------


def _summary(
    before: ReleaseData | None,
    after: ReleaseData,
    schema: Collection[schema_version.SchemaChange],
    known: Collection[causes.Factor],
    rows: pl.DataFrame,
) -> dict[str, Any]:
    names = sorted(set(after.rows) | set(before.rows if before else ()))
    return {
        "dataset": after.manifest["dataset"],
        "from": before and before.version,
        "to": after.version,
        "schema_version": {
            "from": before and before.manifest["schema_version"],
            "to": after.manifest["schema_version"],
        },
        "breaking": any(each.breaking for each in schema),
        "schema": [each.as_dict() for each in schema],
        "factors": [{"cause": each.cause, "evidence": each.evidence} for each in known],
        "causes": _counts(rows, "cause"),
        "tables": {
            name: {
                "rows": {
                    "from": before.rows[name].height if before and name in before.rows else 0,
                    "to": after.rows[name].height if name in after.rows else 0,
                },
                **_table_summary(rows.filter(pl.col("table") == name)),
            }
            for name in names
        },
    }


def _table_summary(rows: pl.DataFrame) -> dict[str, Any]:
    counts = _counts(rows, "change")
    cells = rows.filter(pl.col("column").is_not_null())
    return {
        "added": counts.get("added", 0),
        "removed": counts.get("removed", 0),
        "revised": cells["key"].n_unique(),
        "columns": {
            str(name): _column_summary(cells.filter(pl.col("column") == name))
            for name in cells["column"].unique().sort()
        },
        "status": list(_transitions(cells.filter(pl.col("column") == _STATUS))),
        "causes": _counts(rows, "cause"),
    }


def _column_summary(cells: pl.DataFrame) -> dict[str, Any]:
    counts = _counts(cells, "change")
    summary: dict[str, Any] = {
        kind: counts.get(kind, 0) for kind in ("revised", "filled", "emptied")
    }
    numbers = cells.filter(pl.col("difference").is_not_null())
    if numbers.height:
        summary["total_difference"] = _plain(numbers["difference"].sum())
        for by, name in (("difference", "largest"), ("difference_pct", "largest_relative")):
            worst = numbers.filter(pl.col(by).is_not_null()).sort(pl.col(by).abs(), "key")
            if worst.height:
                summary[name] = _cell(worst.row(-1, named=True))
    return summary


def _cell(row: dict[str, Any]) -> dict[str, Any]:
    shown = ("key", "before", "after", "difference", "difference_pct")
    return {name: None if row[name] is None else _plain(row[name]) for name in shown}


def _plain(value: Any) -> str:
    """A number without the zeros of its scale."""
    return f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else str(value)


def _transitions(cells: pl.DataFrame) -> Iterator[dict[str, Any]]:
    counted = cells.group_by("before", "after").len("rows").sort("before", "after")
    for row in counted.iter_rows(named=True):
        yield {"from": row["before"], "to": row["after"], "rows": row["rows"]}


def _counts(rows: pl.DataFrame, column: str) -> dict[str, int]:
    counted = rows.group_by(column).len("rows").sort(column)
    return dict(counted.iter_rows())
