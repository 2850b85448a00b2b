"""The version of a schema, kept from what changed in the contract: it is raised by itself.

    major   readers of the old form may fail or be wrong: removed, retyped, moved, another key or unit
    minor   more than before: a table, a column at the end, a value of a list, another rule or licence
    patch   other words for the same

Only published tables count; internal tables have no public schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from expectations.contract import Column, Contract, Table

Level = Literal["major", "minor", "patch"]
_LEVELS: tuple[Level, ...] = ("major", "minor", "patch")


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One difference between two contracts. table is empty for the dataset, column for a table."""

    table: str
    column: str
    what: str
    level: Level
    before: str = ""
    after: str = ""

    @property
    def breaking(self) -> bool:
        """Whether a reader of the old form may fail or be wrong."""
        return self.level == "major"

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        return {**asdict(self), "breaking": self.breaking}

    @property
    def sentence(self) -> str:
        """The same for a person, in a line."""
        place = ".".join(filter(None, (self.table, self.column))) or "dataset"
        values = " -> ".join(filter(None, (self.before, self.after)))
        return f"{place}: {self.what}" + (f" ({values})" if values else "")


def changes(before: Contract, after: Contract) -> tuple[SchemaChange, ...]:
    """All differences, breaking ones first, in the order of the contracts."""
    found = sorted(_changes(before, after), key=lambda each: _LEVELS.index(each.level))
    return tuple(found)


def raised(version: str, found: Iterable[SchemaChange]) -> str:
    """The version after these changes: the highest level counts, once."""
    major, minor, patch = _numbers(version)
    levels = {each.level for each in found}
    if "major" in levels:
        return f"{major + 1}.0.0"
    if "minor" in levels:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}" if levels else version


def kept(previous: tuple[Contract, str] | None, contract: Contract) -> str:
    """The schema version of a release.

    previous: the contract of the release before, with the schema version it was given. A contract that
    declares a higher version than its changes ask for gets the one it declares.
    """
    if previous is None:
        return contract.schema_version
    needed = raised(previous[1], changes(previous[0], contract))
    return max(needed, contract.schema_version, key=_numbers)


def _numbers(version: str) -> tuple[int, int, int]:
    major, minor, patch = (int(part) for part in version.split("."))
    return major, minor, patch


def _changes(before: Contract, after: Contract) -> Iterator[SchemaChange]:
    if before.licence != after.licence:
        yield SchemaChange("", "", "licence changed", "minor", before.licence, after.licence)
    if _words(before) != _words(after):
        yield SchemaChange("", "", "words changed", "patch")
    old = {table.name: table for table in before.published}
    new = {table.name: table for table in after.published}
    for name in old.keys() - new.keys():
        yield SchemaChange(name, "", "table removed", "major")
    for name, table in new.items():
        if name in old:
            yield from _of_table(old[name], table)
        else:
            yield SchemaChange(name, "", "table added", "minor")


def _words(contract: Contract) -> dict[str, Any]:
    return contract.model_dump(
        include={"title", "description", "attribution", "keywords", "caveats", "frequency"}
    )


def _of_table(before: Table, after: Table) -> Iterator[SchemaChange]:
    if before.key != after.key:
        yield SchemaChange(
            after.name, "", "key changed", "major", ", ".join(before.key), ", ".join(after.key)
        )
    old, new = list(before.columns), list(after.columns)
    for column in old:
        if column not in new:
            yield SchemaChange(after.name, column, "column removed", "major")
    stays_before = [column for column in old if column in new]
    stays_after = [column for column in new if column in old]
    if stays_before != stays_after:
        yield SchemaChange(
            after.name,
            "",
            "columns reordered",
            "major",
            ", ".join(stays_before),
            ", ".join(stays_after),
        )
    last = new.index(stays_after[-1]) if stays_after else -1
    for place, column in enumerate(new):
        if column in old:
            yield from _of_column(after.name, column, before.columns[column], after.columns[column])
        elif place < last:
            # Readers by position get another column than before.
            yield SchemaChange(after.name, column, "column added among others", "major")
        else:
            yield SchemaChange(after.name, column, "column added at the end", "minor")
    if [rule.model_dump() for rule in before.rules] != [rule.model_dump() for rule in after.rules]:
        yield SchemaChange(after.name, "", "rules changed", "minor")
    if before.row_order != after.row_order:
        yield SchemaChange(
            after.name,
            "",
            "row order changed",
            "patch",
            ", ".join(before.row_order),
            ", ".join(after.row_order),
        )
    if (before.title, before.description) != (after.title, after.description):
        yield SchemaChange(after.name, "", "words changed", "patch")


def _of_column(table: str, name: str, before: Column, after: Column) -> Iterator[SchemaChange]:
    if before.type != after.type:
        yield SchemaChange(table, name, "column retyped", "major", before.type, after.type)
    if before.unit != after.unit:
        yield SchemaChange(
            table, name, "unit changed", "major", before.unit or "none", after.unit or "none"
        )
    if before.required != after.required:
        yield SchemaChange(
            table,
            name,
            "column may be empty now" if before.required else "column is always filled now",
            "major" if before.required else "minor",
        )
    if set(before.values) != set(after.values):
        yield SchemaChange(
            table,
            name,
            "list of values changed",
            # Without a list any value may come; code that handles the listed ones only is then wrong.
            "major" if before.values and not after.values else "minor",
            ", ".join(v for v in before.values if v not in after.values),
            ", ".join(v for v in after.values if v not in before.values),
        )
    if (before.nl, before.en) != (after.nl, after.en):
        yield SchemaChange(table, name, "words changed", "patch")
