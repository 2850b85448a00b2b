"""The contract of a dataset: `datasets/<name>/contract.yaml`, strictly read.

What belongs here: the model, the loader, and what can be derived from a contract without data (types,
rules that follow from columns and key, asset names). Nothing about a table is written twice; an
unknown key is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import AliasChoices, BeforeValidator, Field, ValidationError, model_validator

from expectations import cross, yaml_files, yaml_models
from expectations.cross import Across
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from expectations.vocabulary import PROBLEM, AnyRule, Rule
from expectations.vocabulary.rows import InSet, KeyUnique, NotNull, Readable
from expectations.vocabulary.tables import Schema
from expectations.yaml_files import DeclarationKind
from expectations.yaml_models import Found, Strict

DATASETS = ROOT / "datasets"
CROSS = "cross.yaml"
KIND = DeclarationKind(
    "VK-C001",
    "The contract",
    "Nothing was built.",
    "Correct the named keys; docs/howto/add-a-dataset.md shows a contract.",
)

Frequency = Literal["annual", "quarterly", "irregular"]
"""How often a dataset changes; `pipelines/publish/metadata` knows the word of each standard."""
Licence = Literal["CC-BY-4.0"]
"""Licences by their SPDX id; `pipelines/publish/metadata` knows the address of each."""

# Columns that say where a row came from. They stay in the staged tables and in the quarantine.
TRACE: dict[str, pl.DataType] = {
    "_capture": pl.String(),
    "_locator": pl.String(),
    PROBLEM: pl.String(),
}

TYPES: dict[str, pl.DataType] = {
    "code": pl.String(),
    "text": pl.String(),
    "flags": pl.String(),  # words separated by ";", in alphabetical order; null when there are none
    "moment": pl.String(),  # ISO 8601 as precise as known: 2024, 2024-12 or 2024-12-10
    "date": pl.Date(),
    "year": pl.Int16(),
    "integer": pl.Int64(),
    "amount": pl.Decimal(18, 2),
    "number": pl.Decimal(18, 3),
    "rate": pl.Decimal(9, 4),
    "share": pl.Decimal(9, 6),
}
# Other files of a release have these names; a table of that name would be overwritten by one.
TAKEN = frozenset({"changes", "corrections", "quarantine", "validation"})
# A unit that is part of the name cannot be forgotten by the reader of a CSV.
SUFFIXES = {"amount": "_eur", "rate": "_pct"}


FILLED = ("dataset", "name", "rule_prefix", "schema_version")
"""Fields of a table that follow from its dataset."""


class Bilingual(Strict):
    """The same text in Dutch and English."""

    nl: str
    en: str


class Column(Strict):
    """A column: its type (key of TYPES), unit, whether it must be filled, its closed list of values."""

    type: Literal[
        "code", "text", "flags", "moment", "date", "year", "integer", "amount", "number", "rate",
        "share",
    ]  # fmt: skip
    nl: str
    en: str
    unit: str | None = None
    required: bool = False
    values: tuple[str, ...] = ()


def _stage_of_now(stage: object) -> object:
    """The contracts of releases made before December 2026 say `out` where they say `published` now."""
    return "published" if stage == "out" else stage


class Table(Strict):
    """A table of a dataset. stage `core`: typed and split, is not published; `published`: part of a release.

    sorted_by: the columns that readers filter by most; published rows are in their order, then in the key's.
    dropped_files: made of files that anyone may put in the drop folder: a row that cannot be read is set
    aside like everywhere, but stops no other.
    """

    stage: Annotated[Literal["core", "published"], BeforeValidator(_stage_of_now)]
    title: Bilingual
    description: Bilingual
    key: tuple[str, ...] = Field(min_length=1)
    sorted_by: tuple[str, ...] = ()
    # Contracts inside releases before December 2026 call it `laid`.
    dropped_files: bool = Field(
        default=False, validation_alias=AliasChoices("dropped_files", "laid")
    )
    columns: dict[str, Column]
    rules: tuple[Annotated[AnyRule, Field()], ...] = ()

    # Filled by the dataset, so that a table knows its own name; no file may give them (FILLED).
    dataset: str = ""
    name: str = ""
    rule_prefix: str = ""
    schema_version: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Table:
        unknown = set(self.key) - set(self.columns)
        if unknown:
            raise ValueError(f"key columns {sorted(unknown)} are not among the columns")
        if unknown := set(self.sorted_by) - set(self.columns):
            raise ValueError(f"sorted_by columns {sorted(unknown)} are not among the columns")
        for name, column in self.columns.items():
            suffix = SUFFIXES.get(column.type)
            if suffix and not name.endswith(suffix):
                raise ValueError(f"column {name!r} of type {column.type} must end in {suffix!r}")
        return self

    @property
    def asset(self) -> str:
        """The name of the table in Dagster and on disk."""
        if self.stage == "core":
            return f"core_{self.dataset}__{self.name}"
        return self.dataset if self.name == self.dataset else f"{self.dataset}__{self.name}"

    @cached_property
    def dtypes(self) -> pl.Schema:
        """Column name -> Polars type, in the promised order."""
        return pl.Schema({name: TYPES[column.type] for name, column in self.columns.items()})

    @property
    def row_order(self) -> tuple[str, ...]:
        """The order of published rows; it holds the key, so no two rows share a place."""
        return tuple(dict.fromkeys((*self.sorted_by, *self.key)))

    @property
    def flags_column(self) -> str | None:
        """The column that carries the words of failed warnings, where the table has one."""
        return next((n for n, c in self.columns.items() if c.type == "flags"), None)

    @cached_property
    def column_rules(self) -> tuple[Rule, ...]:
        """The rules that follow from the columns: required values and closed lists."""
        filled = [
            NotNull(
                id=f"{self.rule_prefix}-{name}-filled",
                column=name,
                reason="The contract promises a value here.",
                source="contract: required",
            )
            for name, column in self.columns.items()
            if column.required
        ]
        listed = [
            InSet(
                id=f"{self.rule_prefix}-{name}-values",
                column=name,
                values=column.values,
                reason="The contract promises a closed list of values.",
                source="contract: values",
            )
            for name, column in self.columns.items()
            if column.values
        ]
        return (*filled, *listed)

    @cached_property
    def all_rules(self) -> tuple[Rule, ...]:
        """The rules that follow from columns, key and cells, then those written in the contract."""
        schema = Schema(
            id=f"{self.rule_prefix}-schema",
            columns={name: str(kind) for name, kind in self.dtypes.items()},
            reason="Users of a column must find it under the promised name and with the promised type.",
            source="contract: columns",
        )
        key = KeyUnique(
            id=f"{self.rule_prefix}-key",
            columns=self.key,
            reason="Two rows for one key would count an amount twice.",
            source="contract: key",
        )
        readable = Readable(
            id=f"{self.rule_prefix}-readable",
            severity="warning" if self.dropped_files else "critical",
            set_aside=self.dropped_files,
            reason="A cell that cannot be read is not zero, so its entire row is set aside.",
            source="contract: types",
        )
        return (schema, key, readable, *self.column_rules, *self.rules)

    def references(self) -> tuple[str, ...]:
        """Other tables its rules read, as `dataset.table`."""
        return tuple(dict.fromkeys(r for rule in self.all_rules for r in rule.references()))


class CrossTable(Table):
    """The comparisons of the rules between tables that guard a dataset; it stays at home."""

    stage: Literal["cross"] = "cross"  # type: ignore[assignment]
    across: tuple[Across, ...]

    @property
    def asset(self) -> str:
        """The name of the table in Dagster and on disk."""
        return f"cross_{self.dataset}"

    @cached_property
    def all_rules(self) -> tuple[Rule, ...]:
        """The rules of any table, then those that compare others."""
        return (*super().all_rules, *self.across)


class Contract(Strict):
    """Everything that is promised about one dataset."""

    dataset: str
    title: Bilingual
    description: Bilingual
    schema_version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    licence: Licence
    attribution: tuple[str, ...]
    sources: tuple[str, ...]
    owner: str = Field(pattern=r"^(team:[a-z0-9-]+|[^@\s]+@[^@\s]+)$")
    frequency: Frequency
    keywords: tuple[str, ...]
    rule_prefix: str = Field(pattern=r"^[A-Z]{2,3}$")
    caveats: tuple[Bilingual, ...] = ()
    tables: dict[str, Table]

    @classmethod
    def not_for_files(cls, content: Any) -> Iterator[Found]:
        """Keys of a table that follow from the dataset."""
        tables = content.get("tables") if isinstance(content, dict) else None
        for name, table in tables.items() if isinstance(tables, dict) else ():
            yield from _filled(table, ("tables", name))

    @model_validator(mode="before")
    @classmethod
    def _name_tables(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("tables"), dict):
            tables = {
                name: {
                    **table,
                    "dataset": data.get("dataset", ""),
                    "name": name,
                    "rule_prefix": f"{data.get('rule_prefix', '')}-{name}",
                    "schema_version": data.get("schema_version", ""),
                }
                for name, table in data["tables"].items()
                if isinstance(table, dict)
            }
            return {**data, "tables": {**data["tables"], **tables}}
        return data

    @model_validator(mode="after")
    def _ids_once(self) -> Contract:
        ids = [rule.id for table in self.tables.values() for rule in table.all_rules]
        doubled = sorted({i for i in ids if ids.count(i) > 1})
        if doubled:
            raise ValueError(f"rule ids used more than once: {doubled}")
        return self

    @model_validator(mode="after")
    def _names_free(self) -> Contract:
        if taken := sorted(TAKEN & {table.name for table in self.published}):
            raise ValueError(f"other files of a release have the names of the tables {taken}")
        return self

    @property
    def published(self) -> tuple[Table, ...]:
        """The tables of a release, the one named after the dataset first."""
        tables = [table for table in self.tables.values() if table.stage == "published"]
        return tuple(sorted(tables, key=lambda t: t.name != self.dataset))


def load_contract(path: Path) -> Contract:
    """Read one contract, and the rules between tables that guard it from `cross.yaml`, where that is.

    Raises VK-C001 with every problem and its line.
    """

    def judge(contract: Contract) -> Iterator[Found]:
        if contract.dataset != path.parent.name:
            yield (
                ("dataset",),
                f"the dataset {contract.dataset!r} differs from its folder {path.parent.name!r}",
            )

    contract = yaml_models.load(KIND, Contract, path, judge)
    return _guarded(contract, path.parents[1] / CROSS)


def load_crossings(path: Path) -> cross.Crossings:
    """Read the rules between tables. Raises VK-C001 with every problem and its line."""

    def judge(crossings: cross.Crossings) -> Iterator[Found]:
        yield from _filled(crossings.table, ("table",))
        for name in crossings.rules:
            if not (path.parent / name).is_dir():
                yield ("rules", name), f"there is no dataset {name!r}"

    return yaml_models.load(KIND, cross.Crossings, path, judge)


def _filled(table: Any, place: tuple[str | int, ...]) -> Iterator[Found]:
    """The keys that a table may not give, because they follow from its dataset."""
    for key in FILLED:
        if isinstance(table, Mapping) and key in table:
            yield (*place, key), "follows from the dataset; no file gives it"


def _guarded(contract: Contract, path: Path) -> Contract:
    """A contract with the table of its comparisons, if it has any."""
    if not path.exists():
        return contract
    crossings = load_crossings(path)
    if not (across := crossings.rules.get(contract.dataset)):
        return contract
    about = {
        **crossings.table,
        "dataset": contract.dataset,
        "name": cross.TABLE,
        "rule_prefix": f"{contract.rule_prefix}-{cross.TABLE}",
        "schema_version": contract.schema_version,
        "across": across,
    }
    try:
        guard = CrossTable.model_validate(about)
        return Contract.model_validate(
            dict(contract) | {"tables": {**contract.tables, cross.TABLE: guard}}
        )
    except ValidationError as error:
        place = "table" if error.title == CrossTable.__name__ else "rules"
        found = [yaml_models.found(each) for each in error.errors()]
        raise KIND.error(
            yaml_files.problem(path, (place, *where), text) for where, text in found
        ) from error


@cache
def contracts() -> dict[str, Contract]:
    """All contracts by dataset, in alphabetical order. Raises VK-C001 with the problems of all."""
    paths = sorted(DATASETS.glob("*/contract.yaml"))
    return yaml_models.load_all(KIND, {path.parent.name: path for path in paths}, load_contract)


def contract(dataset: str) -> Contract:
    """The contract of a dataset. Raises VK-C003 with the names that do exist."""
    known = contracts()
    if dataset not in known:
        raise VoorkantError(
            "VK-C003",
            problem=f"There is no dataset {dataset!r}.",
            where="datasets/",
            outcome="Nothing was done.",
            remedy=f"Choose one of: {', '.join(known)}.",
        )
    return known[dataset]


def table(qualified: str) -> Table:
    """The table called `dataset.table`. Raises VK-C003 with the names that do exist."""
    dataset, _, name = qualified.partition(".")
    tables = contract(dataset).tables
    if name not in tables:
        raise VoorkantError(
            "VK-C003",
            problem=f"There is no table {qualified!r}.",
            where=f"datasets/{dataset}/contract.yaml",
            outcome="Nothing was done.",
            remedy=f"Choose one of: {', '.join(tables)}.",
        )
    return tables[name]
