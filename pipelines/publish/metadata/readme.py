"""`README.md` and `README.nl.md`: what the dataset is, its columns, traps, how to load and cite it.

What belongs here: the page in both languages. What does not: its texts (`readme_texts.yaml`),
the lines that load a table (`loading`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from assets.reference.tables import breaks
from expectations.contract import Bilingual, Column, Contract, Table
from expectations.localized import Language, texts
from pipelines.publish.metadata.loading import lines
from pipelines.publish.metadata.publication import Publication
from pipelines.publish.metadata.release_facts import (
    PARQUET,
    ReleaseFacts,
    besides,
    table_files,
    vouching,
)
from pipelines.publish.metadata.text import LICENCES, citation

_TEXTS = Path(__file__).with_name("readme_texts.yaml")


def readme(
    contract: Contract,
    release: ReleaseFacts,
    publication: Publication,
    described: Mapping[str, Bilingual],
    language: Language,
) -> bytes:
    """The page in one language. described: the descriptions of the release, and what each is."""

    def text(word: str, **filled: object) -> str:
        return texts(_TEXTS)[language][word].format(**filled)

    out = [f"# {_in(contract.title, language)}", ""]
    if release.withdrawn:
        out += [text("withdrawn", why=_in(release.withdrawn, language)), ""]
    out += [
        text(
            "about",
            dataset=contract.dataset,
            version=release.version,
            day=release.day,
            schema=contract.schema_version,
            licence=contract.licence,
            url=LICENCES[contract.licence]["url"],
        ),
        text("other"),
        "",
        _in(contract.description, language),
        "",
    ]
    if f"method.{language}.md" in release.files:
        out += [text("method"), ""]
    if contract.caveats:
        out += [f"## {text('caveats')}", ""]
        out += [*(f"* {_in(caveat, language)}" for caveat in contract.caveats), ""]
    if rows := _breaks(contract, publication, language):
        out += [f"## {text('breaks')}", "", *_table(text("break_head"), rows)]
    out += [f"## {text('tables')}", "", text("types"), ""]
    for table in contract.published:
        counted = f"{release.rows[table.name]:,}"
        out += [
            f"### `{table.name}`: {_in(table.title, language)}",
            "",
            _in(table.description, language),
            text(
                "rows",
                rows=counted.replace(",", ".") if language == "nl" else counted,
                key=", ".join(f"`{name}`" for name in table.key),
            ),
            "",
            *_table(text("column_head"), _guide(table, language)),
        ]
    out += [f"## {text('load')}", "", *_load(contract, release, publication, language)]
    if release.inputs:
        rows = [
            [
                f"`{each['source']}`",
                each["origin"],
                each["retrieved_at"],
                each["published_at"] or text("unstated"),
            ]
            for each in release.inputs
        ]
        out += [f"## {text('inputs')}", "", *_table(text("input_head"), rows), text("origins"), ""]
    out += [f"## {text('files')}", ""]
    listed = _files(contract, release, described)
    out += [f"* {names}: {_in(words, language)}." for names, words in listed]
    out += ["", text("check"), "", f"## {text('cite')}", ""]
    out += [f"> {citation(contract, release, publication)}", "", text("cite_version"), ""]
    return "\n".join(out).encode()


def _in(words: Bilingual, language: Language) -> str:
    return words.nl if language == "nl" else words.en


def _files(
    contract: Contract, release: ReleaseFacts, described: Mapping[str, Bilingual]
) -> Iterator[tuple[str, Bilingual]]:
    """Every file of the release, and what it is; a table in all its forms is one entry."""
    forms = table_files(contract, release)
    for table in contract.published:
        names = (f"`{each.file.name}`" for each in forms if each.table is table)
        yield ", ".join(names), table.title
    for file, words in besides(release):
        yield f"`{file.name}`", words
    for name, words in (*described.items(), *vouching(release)):
        yield f"`{name}`", words


def _table(head: str, rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table; a bar within a cell would end it."""
    ruler = "|" + "---|" * (head.count("|") - 1)
    cells = (" | ".join(cell.replace("|", r"\|") for cell in row) for row in rows)
    return [head, ruler, *(f"| {row} |" for row in cells), ""]


def _guide(table: Table, language: Language) -> list[list[str]]:
    def empty(column: Column) -> str:
        return texts(_TEXTS)[language]["never_empty" if column.required else "may_be_empty"]

    def meaning(column: Column) -> str:
        title = column.nl if language == "nl" else column.en
        if not column.values:
            return title
        values = ", ".join(f"`{value}`" for value in column.values)
        return f"{title}. {texts(_TEXTS)[language]['values']}: {values}"

    return [
        [f"`{name}`", column.type, column.unit or "", empty(column), meaning(column)]
        for name, column in table.columns.items()
    ]


def _breaks(contract: Contract, publication: Publication, language: Language) -> list[list[str]]:
    """The breaks that touch this dataset, in the order of the reference table."""
    wanted = publication.about(contract.dataset).breaks
    return [
        [
            f"`{row['break']}`",
            f"`{row['series']}`",
            f"{row['first_year']}–{row['last_year']}",
            publication.breaks_nl[row["break"]] if language == "nl" else row["reason"],
        ]
        for row in breaks().iter_rows(named=True)
        if row["break"] in wanted
    ]


def _load(
    contract: Contract, release: ReleaseFacts, publication: Publication, language: Language
) -> list[str]:
    files = table_files(contract, release)
    parquet = next(each.file.name for each in files if each.format is PARQUET)
    where = publication.address(release.path) if publication.confirmed else ""
    out = [] if where else [texts(_TEXTS)[language]["nowhere"], ""]
    for line in lines(where + parquet):
        out += [f"{line.program}:", "", f"```{line.language}", line.code, "```", ""]
    out += [texts(_TEXTS)[language]["pandas"], ""]
    if others := [f"`{table.name}{PARQUET.suffix}`" for table in contract.published[1:]]:
        out += [texts(_TEXTS)[language]["others"].format(files=", ".join(others)), ""]
    for kind in (".xlsx", ".csv.gz"):
        if found := next((e.file.name for e in files if e.format.suffix == kind), None):
            unpack = texts(_TEXTS)[language]["unpack"] if kind == ".csv.gz" else ""
            words = texts(_TEXTS)[language]["xlsx" if kind == ".xlsx" else "csv"]
            return [*out, words.format(file=found, unpack=unpack), ""]
    return out
