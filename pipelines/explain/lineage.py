"""The inputs of a row as declared in `datasets/<name>/lineage.yaml`, strictly read.

What belongs here: the model, the loader, and the terms of SQL that follow from an entry. What does not:
running them (`row_queries.py`). The model is msgspec's, not pydantic's, for its start-up time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from expectations import yaml_files
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from expectations.yaml_files import DeclarationKind, NotAsAgreedError, YamlDocument

FILE = "lineage.yaml"
KIND = DeclarationKind(
    "VK-C008",
    "The lineage",
    "Nothing was explained; the data are untouched.",
    "Correct the entries; docs/howto/add-a-dataset.md shows their form.",
)

_EXPLAINED = re.compile(r"\$(\w+)")
_LITERAL = re.compile(r"('(?:[^']|'')*')")
_READS = re.compile(r"(?:raw|reference|schemes|query_of):\S+|\w+\.\w+")
_QUALIFIED = re.compile(r"\b([a-z]\w*)\.([a-z]\w*)\b")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same sentence in Dutch and English."""

    nl: str
    en: str

    def localized(self, language: str) -> str:
        """The sentence in a language: nl, or else en."""
        return self.nl if language == "nl" else self.en


class Read(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table whose rows went into a row.

    reads: `dataset.table`, `raw:<raw table>`, `reference:<file in assets/reference>`, `schemes:<id>`, where
    `schemes:$column` is the scheme that the explained row names, or `query_of:$column`: the rows that the
    query in that column reads. on: explained column -> read column, null equals null. where: SQL on the read
    row, which may look at other tables; `$column` is the value of the explained row. parts: explained column
    -> SQL on the read row; the explained number is their sum. further: rows also considered, without those
    that an entry above names of the same table; they are counted, and listed only when all are requested.
    """

    reads: str
    on: dict[str, str] = {}
    where: str = ""
    parts: dict[str, str] = {}
    words: Words | None = None
    further: bool = False

    @property
    def condition(self) -> str:
        """Everything that must hold between the explained row, as `$column`, and a read row."""
        equal = [f"{name(read)} IS NOT DISTINCT FROM ${mine}" for mine, read in self.on.items()]
        return " AND ".join([*equal, *([f"({self.where})"] if self.where else [])]) or "true"

    @property
    def terms(self) -> str:
        """The same as SQL (see `explained`)."""
        return explained(self.condition)

    def tables(self) -> set[str]:
        """What `where` may mean by `dataset.table`; an alias of its own looks the same."""
        outside = _LITERAL.split(self.where)[::2]
        return {f"{a}.{b}" for part in outside for a, b in _QUALIFIED.findall(part)}

    def columns(self) -> set[str]:
        """The columns of the explained row that it names."""
        outside = " ".join(_LITERAL.split(self.where)[::2])
        return {*self.on, *self.parts, *_EXPLAINED.findall(f"{outside} {self.named}")}

    @property
    def named(self) -> str:
        """The part of `reads` after the colon; all of it for a table of a contract."""
        return self.reads.rpartition(":")[2]


Lineage = dict[str, tuple[Read, ...]]


def explained(sql: str) -> str:
    """SQL in which `$column` stands for the explained row, as the identifier `"$column"`.

    A value never becomes part of SQL; string literals are left alone.
    """
    parts = _LITERAL.split(sql)
    parts[::2] = [_EXPLAINED.sub(r'"$\1"', part) for part in parts[::2]]
    return "".join(parts)


def name(column: str) -> str:
    """A column as an identifier of SQL."""
    return '"' + column.replace('"', '""') + '"'


@cache
def lineage(dataset: str, folder: Path = ROOT / "datasets") -> Lineage:
    """Table -> the reads behind its rows; empty for a dataset without a lineage. Raises VK-C008."""
    path = folder / dataset / FILE
    return load(path) if path.exists() else {}


def load(path: Path) -> Lineage:
    """Read one lineage. Raises VK-C008 with every problem and its line."""
    try:
        document = yaml_files.read(path)
        return read(document)
    except NotAsAgreedError as error:
        raise KIND.error(error.problems) from None


def read(document: YamlDocument) -> Lineage:
    """A file that was read as a lineage. Raises NotAsAgreedError with every problem."""
    problems, found = list(document.problems), dict[str, tuple[Read, ...]]()
    if not isinstance(document.content, dict):
        problems.append(document.problem((), "a mapping of tables is needed"))
    for table, entries in document.content.items() if isinstance(document.content, dict) else ():
        if not isinstance(table, str) or not isinstance(entries, list):
            problems.append(document.problem((table,), "a list of entries is needed"))
            continue
        reads = []
        for number, entry in enumerate(entries):
            try:
                reads.append(_read(entry))
            except ValueError as error:  # msgspec's own is one
                problems.append(document.problem((table, number), str(error)))
        found[table] = tuple(_apart(reads))
    if problems:
        raise NotAsAgreedError(problems)
    return found


def _read(entry: Any) -> Read:
    each = msgspec.convert(_with_columns(entry), Read)
    if not _READS.fullmatch(each.reads):
        raise ValueError(f"reads {each.reads!r} is no table, reference or scheme")
    return each


def _apart(reads: Sequence[Read]) -> Iterator[Read]:
    """The entries; a further one excludes the rows that entries above it name."""
    for number, each in enumerate(reads):
        if each.further:
            above = [other.condition for other in reads[:number] if other.reads == each.reads]
            apart = [f"NOT coalesce({condition}, false)" for condition in above]
            own = [f"({each.where})"] if each.where else []
            yield msgspec.structs.replace(each, where=" AND ".join([*own, *apart]))
        else:
            yield each


def _with_columns(entry: Any) -> Any:
    """`on` under its name, because YAML 1.1 reads it as true; as a list it means equal names."""
    if not isinstance(entry, dict):
        return entry
    named = {"on" if key is True else key: value for key, value in entry.items()}
    on = named.get("on")
    if isinstance(on, list) and all(isinstance(column, str) for column in on):
        named["on"] = {column: column for column in on}
    return named


def not_declared(path: Path, why: str) -> VoorkantError:
    """VK-C008: a lineage does not fit, or there is none."""
    return VoorkantError(
        "VK-C008",
        problem=f"The lineage of this table cannot be followed: {why}",
        where=str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path),
        outcome="Nothing was explained; the data are untouched.",
        remedy="Correct the entry; docs/howto/add-a-dataset.md shows its form.",
    )
