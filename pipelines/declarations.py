"""Everything that is declared, judged before anything is captured or built: every problem at once.

What belongs here: loading each kind of declaration, and what only several of them together can show: names of
tables, columns, sources and files that must exist elsewhere. What does not: what one declaration must hold by
itself (the module of its kind), and anything that needs figures.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import duckdb
import polars as pl

from assets import corrections, definitions
from assets.ingest import registry
from assets.ingest.origins import sample
from assets.ingest.origins.sample import Sample
from assets.ingest.registry import Source
from assets.reference import public_claims, spuk_schemes
from assets.reference.public_claims import Claims
from assets.reference.spuk_schemes import Scheme
from assets.reference.tables import breaks
from expectations import contract as contracts
from expectations import yaml_files
from expectations.contract import TRACE, Contract, CrossTable, Table
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from expectations.vocabulary import Rule
from expectations.yaml_files import DeclarationError, DeclarationKind, DeclarationProblem, Place
from pipelines.explain import lineage, reference_rows, row_queries
from pipelines.explain.lineage import Lineage, Read
from pipelines.publish.metadata import publication
from pipelines.publish.metadata.publication import Publication

SAMPLE = ROOT / "sample"
TODO = b"TODO"

Loaded = TypeVar("Loaded")


@dataclass(frozen=True, slots=True)
class CodedProblem:
    """A problem and the code of the kind of declaration it is in."""

    code: str
    problem: DeclarationProblem

    def as_dict(self) -> dict[str, str | int]:
        """For `--json`."""
        path, _, line = self.problem.where.rpartition(":")
        return {"code": self.code, "file": path, "line": int(line), "problem": self.problem.text}


@dataclass(frozen=True, slots=True)
class Declarations:
    """The declarations of a project that can be used by themselves; None for one that cannot.

    lineages: by dataset. raw: the names of the raw tables. transforms: the tables that functions make.
    unreadable: names of datasets, sources and schemes that cannot be used, so that nothing is judged by them.
    """

    contracts: Mapping[str, Contract]
    sources: Mapping[str, Source]
    schemes: Mapping[str, Scheme]
    claims: Claims | None
    publication: Publication | None
    lineages: Mapping[str, Lineage | None]
    sample: Sample | None
    raw: Collection[str] | None
    transforms: Collection[str] | None
    unreadable: frozenset[str] = frozenset()


def check() -> tuple[CodedProblem, ...]:
    """Every problem of every declaration of this project, by file and line.

    Those that cannot be used by themselves are left out of what the others show together.
    """
    found: dict[CodedProblem, None] = {}

    def attempt(load: Callable[[], Loaded]) -> Loaded | None:
        try:
            return load()
        except DeclarationError as error:
            found.update(dict.fromkeys(CodedProblem(error.code, each) for each in error.problems))
        except VoorkantError as error:  # a name that a module of the assets asks for in vain
            where = DeclarationProblem(Path(error.where), 1, error.problem)
            found[CodedProblem(error.code, where)] = None
        return None

    def each(paths: Iterable[Path], load: Callable[[Path], Loaded]) -> dict[str, Loaded | None]:
        """Name -> declaration, one by one, so that a wrong one does not hide the others."""
        return {_name(path): attempt(partial(load, path)) for path in sorted(paths)}

    # All at once is remembered, so it is tried first; a wrong file only makes this slower.
    by_dataset: Mapping[str, Contract | None] = attempt(contracts.contracts) or each(
        contracts.DATASETS.glob("*/contract.yaml"), contracts.load_contract
    )
    by_source: Mapping[str, Source | None] = attempt(registry.sources) or each(
        registry.SOURCES.glob("*/source.yaml"), lambda path: registry.load_source(path.parent)
    )
    by_scheme: Mapping[str, Scheme | None] = attempt(spuk_schemes.schemes) or each(
        spuk_schemes.FOLDER.glob("*.yaml"), spuk_schemes.load_scheme
    )
    raw = attempt(definitions.raw_tables)
    attempt(corrections.corrections)
    if raw is not None:
        attempt(lambda: corrections.require_tables(raw))
    every = Declarations(
        contracts=_readable(by_dataset),
        sources=_readable(by_source),
        schemes=_readable(by_scheme),
        claims=attempt(public_claims.claims),
        publication=attempt(publication.publication),
        lineages=each(contracts.DATASETS.glob(f"*/{lineage.FILE}"), lineage.load),
        sample=attempt(lambda: sample.load_sample(SAMPLE / sample.DESCRIPTION)),
        raw=raw,
        transforms=attempt(definitions.functions),
        unreadable=frozenset(
            name
            for several in (by_dataset, by_source, by_scheme)
            for name, loaded in several.items()
            if loaded is None
        ),
    )
    found.update(dict.fromkeys(_unfinished()))
    found.update(dict.fromkeys(together(every)))
    return tuple(sorted(found, key=lambda each: (str(each.problem.path), each.problem.line)))


def _name(path: Path) -> str:
    """What a declared file is about: schemes have a file each, all others a folder."""
    return path.stem if path.parent == spuk_schemes.FOLDER else path.parent.name


def _readable(loaded: Mapping[str, Loaded | None]) -> dict[str, Loaded]:
    return {name: each for name, each in loaded.items() if each is not None}


def require() -> None:
    """Raise DeclarationError with every problem that `check` finds, under the code of the first."""
    if found := _checked():
        first = {kind.code: kind for kind in KINDS}[found[0].code]
        kind = (
            replace(first, what="What is declared") if len({f.code for f in found}) > 1 else first
        )
        raise kind.error(each.problem for each in found)


_checked = cache(check)

KINDS = (
    definitions.KIND,
    contracts.KIND,
    registry.KIND,
    sample.KIND,
    corrections.KIND,
    publication.KIND,
    public_claims.KIND,
    lineage.KIND,
    spuk_schemes.KIND,
)


def _unfinished() -> Iterator[CodedProblem]:
    """What `voorkant new` left to be filled in."""
    for kind, paths in (
        (contracts.KIND, contracts.DATASETS.glob("*/contract.yaml")),
        (contracts.KIND, contracts.DATASETS.glob(contracts.CROSS)),
        (lineage.KIND, contracts.DATASETS.glob(f"*/{lineage.FILE}")),
        (publication.KIND, [publication.DECLARED]),
        (registry.KIND, registry.SOURCES.glob("*/source.yaml")),
        (spuk_schemes.KIND, spuk_schemes.FOLDER.glob("*.yaml")),
        (public_claims.KIND, [public_claims.FILE]),
        (corrections.KIND, corrections.FOLDER.glob("*.yaml")),
        (sample.KIND, [SAMPLE / sample.DESCRIPTION]),
    ):
        for path in paths:
            lines = path.read_bytes().splitlines() if path.exists() else []
            for number, line in enumerate(lines, 1):
                if TODO in line:
                    text = "to be filled in: " + line.decode("utf-8", "replace").strip()
                    yield CodedProblem(kind.code, DeclarationProblem(path, number, text))


def together(every: Declarations) -> Iterator[CodedProblem]:
    """What the declarations show together, file by file."""
    tables = _Tables(every.contracts)
    for dataset, contract in every.contracts.items():
        path = contracts.DATASETS / dataset / "contract.yaml"
        yield from _found(contracts.KIND, path, _contract(contract, every))
        yield from _found(definitions.KIND, path, _transforms(contract, every.transforms))
        if dataset not in every.lineages:
            yield from _found(lineage.KIND, path, [((), f"there is no {lineage.FILE} beside it")])
        elif declared := every.lineages[dataset]:
            path = path.with_name(lineage.FILE)
            yield from _found(lineage.KIND, path, _lineage(contract, declared, every, tables))
    path = contracts.DATASETS / contracts.CROSS
    yield from _found(contracts.KIND, path, _crossings(every))
    if every.publication is not None:
        found = _publication(every.publication, every)
        yield from _found(publication.KIND, publication.DECLARED, found)
    if every.claims is not None:
        yield from _found(public_claims.KIND, public_claims.FILE, _claims(every.claims, tables))
    if every.sample is not None:
        path = SAMPLE / sample.DESCRIPTION
        yield from _found(sample.KIND, path, sample.missing_files(SAMPLE, every.sample))
    for source in every.sources.values():
        path = registry.SOURCES / source.id / "source.yaml"
        yield from _found(registry.KIND, path, _figures(source))
    for scheme in every.schemes.values():
        path = spuk_schemes.FOLDER / f"{scheme.id}.yaml"
        yield from _found(spuk_schemes.KIND, path, _sources(scheme.sources, every))


def _found(
    kind: DeclarationKind, path: Path, found: Iterable[tuple[Place, str]]
) -> Iterator[CodedProblem]:
    for place, text in found:
        yield CodedProblem(kind.code, yaml_files.problem(path, place, text))


def _contract(contract: Contract, every: Declarations) -> Iterator[tuple[Place, str]]:
    """Sources, the publication, and the tables and columns that rules name."""
    yield from _sources(contract.sources, every)
    listed = every.publication
    if contract.published and listed and contract.dataset not in listed.datasets:
        yield ("dataset",), f"datasets/publication.yaml has no entry for {contract.dataset!r}"
    for name, table in contract.tables.items():
        if isinstance(table, CrossTable):
            continue
        for number, rule in enumerate(table.rules):
            for text in _rule(rule, table, every):
                yield ("tables", name, "rules", number), text


def _sources(named: Iterable[str], every: Declarations) -> Iterator[tuple[Place, str]]:
    for number, source in enumerate(named):
        if source not in every.sources and source not in every.unreadable:
            yield ("sources", number), f"there is no source {source!r}"


def _transforms(contract: Contract, made: Collection[str] | None) -> Iterator[tuple[Place, str]]:
    """A function for every table, and no table that only a function knows."""
    if made is None:
        return
    own = {name for name, table in contract.tables.items() if not isinstance(table, CrossTable)}
    named = {name.partition(".")[2] for name in made if name.startswith(f"{contract.dataset}.")}
    for name in sorted(own - named):
        yield ("tables", name), f"no function makes {contract.dataset}.{name}"
    for name in sorted(named - own):
        yield ("tables",), f"a function makes {contract.dataset}.{name}, which is not here"


def _rule(rule: Rule, table: Table, every: Declarations) -> Iterator[str]:
    """What a rule names that is not there: tables, then columns, tried on tables without rows."""
    known = every.contracts
    if _unreadable(rule.references(), every):
        return
    lost = [name for name in rule.references() if _table(name, known) is None]
    yield from (f"there is no table {name!r}" for name in lost)
    if lost:
        return
    references = {name: _empty(_table(name, known)) for name in rule.references()}
    try:
        measured = rule.measured(_empty(table), references)
        measured.select(rule.fails()).collect()
    except pl.exceptions.PolarsError as error:
        yield f"it does not fit the columns: {str(error).splitlines()[0]}"


def _unreadable(tables: Iterable[str], every: Declarations) -> bool:
    """Whether one of the tables is of a dataset that cannot be used."""
    return any(name.partition(".")[0] in every.unreadable for name in tables)


def _table(qualified: str, known: Mapping[str, Contract]) -> Table | None:
    dataset, _, name = qualified.partition(".")
    return known[dataset].tables.get(name) if dataset in known else None


def _empty(table: Table | None) -> pl.LazyFrame:
    """A table without rows."""
    return pl.LazyFrame(schema={**table.dtypes, **TRACE} if table else {})


def _crossings(every: Declarations) -> Iterator[tuple[Place, str]]:
    """The tables and columns that the rules between tables name."""
    for dataset, contract in every.contracts.items():
        table = contract.tables.get("cross")
        for number, rule in enumerate(table.across if isinstance(table, CrossTable) else ()):
            for text in _rule(rule, contract.tables["cross"], every):
                yield ("rules", dataset, number), text


def _publication(declared: Publication, every: Declarations) -> Iterator[tuple[Place, str]]:
    """Datasets, breaks and columns that it names."""
    dated = set(breaks()["break"])
    for dataset, about in declared.datasets.items():
        if dataset in every.unreadable:
            continue
        if dataset not in every.contracts:
            yield ("datasets", dataset), f"there is no dataset {dataset!r}"
            continue
        for number, each in enumerate(about.breaks):
            if each not in dated:
                yield ("datasets", dataset, "breaks", number), f"there is no break {each!r}"
        columns = {c for table in every.contracts[dataset].published for c in table.columns}
        if about.period and about.period not in columns:
            yield (
                ("datasets", dataset, "period"),
                f"no published table has a column {about.period!r}",
            )


def _figures(source: Source) -> Iterator[tuple[Place, str]]:
    """What the next reader must know; and cited figures are files of the sample."""
    if not source.traps:
        yield ("traps",), "at least one: what will surprise the next reader"
    for number, table in enumerate(source.listed):
        file = SAMPLE / "figures" / f"{table.id}.csv"
        if source.kind == "csv" and table.status != "unresolved" and not file.exists():
            yield ("tables", number, "id"), f"there is no file sample/figures/{table.id}.csv"


def _claims(claims: Claims, tables: _Tables) -> Iterator[tuple[Place, str]]:
    """Whether each query can be asked of the published tables."""
    for number, claim in enumerate(claims.claims):
        for reading_number, reading in enumerate(claim.readings):
            for text in tables.problems(reading.query):
                yield ("claims", number, "readings", reading_number, "query"), text


def _lineage(
    contract: Contract, declared: Lineage, every: Declarations, tables: _Tables
) -> Iterator[tuple[Place, str]]:
    """Tables, columns, files and schemes that the lineage of a dataset names."""
    for table in contract.published:
        if table.name not in declared:
            yield (), f"there is no entry for the table {table.name!r}"
    for name, reads in declared.items():
        if name not in contract.tables:
            yield (name,), f"there is no table {contract.dataset}.{name}"
            continue
        for number, read in enumerate(reads):
            for text in _read(read, contract.tables[name], every, tables):
                yield (name, number), text


def _read(read: Read, table: Table, every: Declarations, tables: _Tables) -> Iterator[str]:
    """What an entry names that is not there, or why its SQL cannot be asked."""
    if _unreadable((read.reads, *read.tables()), every):
        return
    kind, colon, target = read.reads.partition(":")
    if lost := sorted(read.columns() - {*table.columns, *TRACE}):
        yield f"the table {table.name!r} has no column {lost[0]!r}"
    elif not colon and _table(read.reads, every.contracts) is None:
        yield f"there is no table {read.reads!r}"
    elif kind == "reference" and _stem(target) not in tables.files:
        yield f"there is no file {target!r} in assets/reference"
    elif kind == "raw" and every.raw is not None and target not in every.raw:
        yield f"there is no raw table {target!r}"
    elif kind == "schemes" and not _is_scheme(target, every):
        yield f"there is no scheme {target!r}"
    elif not colon or kind == "reference":
        columns = "".join(f', "{each}" AS "${each}"' for each in sorted(read.columns()))
        added = "".join(f", sum({lineage.explained(sql)})" for sql in read.parts.values())
        explained = _named(f"{table.dataset}.{table.name}")
        query = f"""
            WITH explained AS (SELECT 1 {columns} FROM {explained})
            SELECT count(*) {added} FROM explained, {_named(read.reads)} WHERE {read.terms}
        """  # noqa: S608
        yield from tables.problems(query)


def _is_scheme(target: str, every: Declarations) -> bool:
    return target.startswith("$") or target in every.schemes or target in every.unreadable


def _named(target: str) -> str:
    """A table or a file of `assets/reference` as an identifier of SQL."""
    schema, _, name = target.replace(":", ".", 1).partition(".")
    return f"{lineage.name(schema)}.{lineage.name(_stem(name))}"


def _stem(file: str) -> str:
    return file.partition(".")[0]


class _Tables:
    """A database with every table of the contracts, without a row, and the files of `assets/reference`."""

    def __init__(self, known: Mapping[str, Contract]) -> None:
        self.files = frozenset(path.stem for path in _reference_files())
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute("PRAGMA disable_optimizer")  # names and types are bound before it
        for schema in (*known, "reference"):
            self._connection.execute(f"CREATE SCHEMA {lineage.name(schema)}")
        for table in (table for contract in known.values() for table in contract.tables.values()):
            types = {name: _sql_type(kind) for name, kind in {**table.dtypes, **TRACE}.items()}
            self._create(f"{table.dataset}.{table.name}", types)
        for path in _reference_files():
            self._create(f"reference:{path.stem}", dict.fromkeys(_columns(path), "VARCHAR"))

    def _create(self, target: str, types: Mapping[str, str]) -> None:
        columns = {row_queries.PLACE: "BIGINT", **types}
        listed = ", ".join(f"{lineage.name(name)} {kind}" for name, kind in columns.items())
        self._connection.execute(f"CREATE TABLE {_named(target)} ({listed})")

    def problems(self, query: str) -> Iterator[str]:
        """Why a query cannot be asked, if it cannot. It is planned and not carried out."""
        try:
            self._connection.execute(f"PREPARE asked AS {query}")
        except duckdb.Error as error:
            yield f"the query cannot be asked: {str(error).splitlines()[0]}"


def _reference_files() -> list[Path]:
    folder = reference_rows.FOLDER
    return sorted(path for path in folder.iterdir() if path.suffix in {".csv", ".yaml"})


def _columns(path: Path) -> list[str]:
    """The columns of a file of `assets/reference`, as `explain` reads it."""
    text = path.read_text("utf-8")
    if path.suffix == ".csv":
        return next(csv.reader(text.splitlines()[:1]))
    return list({column: None for row in reference_rows.list_rows(text) for column in row})


def _sql_type(kind: pl.DataType) -> str:
    if isinstance(kind, pl.Decimal):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    return {"String": "VARCHAR", "Date": "DATE", "Int16": "SMALLINT", "Int64": "BIGINT"}[str(kind)]
