"""Which rows a row was made of: `datasets/<name>/lineage.yaml`, strictly read.

What belongs here: the model, the loader, and the terms of SQL that follow from an entry. What does not:
running them (`rows.py`). The model is msgspec's and not pydantic's, because it must be there at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from expectations.errors import VoorkantError
from expectations.paths import ROOT

FILE = "lineage.yaml"

_EXPLAINED = re.compile(r"\$(\w+)")
_LITERAL = re.compile(r"('(?:[^']|'')*')")
_READS = re.compile(r"(?:raw|reference|schemes|asked):\S+|\w+\.\w+")
_QUALIFIED = re.compile(r"\b([a-z]\w*)\.([a-z]\w*)\b")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same sentence in Dutch and English."""

    nl: str
    en: str

    def told(self, language: str) -> str:
        """In one of the two."""
        return self.nl if language == "nl" else self.en


class Read(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table whose rows went into a row.

    reads: `dataset.table`, `raw:<raw table>`, `reference:<file in assets/reference>`, `schemes:<id>`, where
    `schemes:$column` is the scheme that the explained row names, or `asked:$column`: the rows that the query
    in that column reads. on: explained column -> read column, null equals null. where: SQL on the read row,
    which may look at other tables; `$column` is the value of the explained row. parts: explained column ->
    SQL on the read row; the explained number is their sum. further: what was weighed besides, without the
    rows that an entry above names of the same table; it is counted, and listed only where all is asked for.
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
        told = " ".join(_LITERAL.split(self.where)[::2])
        return {*self.on, *self.parts, *_EXPLAINED.findall(f"{told} {self.named}")}

    @property
    def named(self) -> str:
        """What comes behind the colon of `reads`; all of it for a table of a contract."""
        return self.reads.rpartition(":")[2]


Lineage = dict[str, tuple[Read, ...]]


def explained(sql: str) -> str:
    """SQL in which `$column` stands for the explained row, as the identifier `"$column"`.

    A value never becomes part of SQL, and what stands in a literal stays.
    """
    parts = _LITERAL.split(sql)
    parts[::2] = [_EXPLAINED.sub(r'"$\1"', part) for part in parts[::2]]
    return "".join(parts)


def name(column: str) -> str:
    """A column as an identifier of SQL."""
    return '"' + column.replace('"', '""') + '"'


@cache
def lineage(dataset: str, folder: Path = ROOT / "datasets") -> Lineage:
    """Table -> what its rows were made of; empty for a dataset that says nothing. Raises VK-C008."""
    path = folder / dataset / FILE
    if not path.exists():
        return {}
    try:
        content = yaml.load(path.read_text("utf-8"), Loader=safe_loader())  # noqa: S506 (a SafeLoader)
        return read(content)
    except (ValueError, yaml.YAMLError) as error:  # msgspec's own is a ValueError
        raise not_declared(path, str(error)) from None


def read(content: Any) -> Lineage:
    """Parsed YAML as a lineage. Raises ValueError, which names the place that is wrong."""
    given = {
        table: [_with_columns(each) for each in reads] if isinstance(reads, list) else reads
        for table, reads in (content if isinstance(content, dict) else {"": content}).items()
    }
    found = msgspec.convert(given, dict[str, tuple[Read, ...]])
    for table, reads in found.items():
        if odd := [each.reads for each in reads if not _READS.fullmatch(each.reads)]:
            raise ValueError(f"{table}: reads {odd[0]!r} is no table, reference or scheme")
    return {table: tuple(_apart(reads)) for table, reads in found.items()}


def _apart(reads: tuple[Read, ...]) -> Iterator[Read]:
    """Entries as they are; a further one without the rows that those above it name."""
    for number, each in enumerate(reads):
        if each.further:
            above = [other.condition for other in reads[:number] if other.reads == each.reads]
            apart = [f"NOT coalesce({condition}, false)" for condition in above]
            own = [f"({each.where})"] if each.where else []
            yield msgspec.structs.replace(each, where=" AND ".join([*own, *apart]))
        else:
            yield each


def _with_columns(entry: Any) -> Any:
    """`on` under its name, for YAML 1.1 takes it for true; as a list it means equal names."""
    if not isinstance(entry, dict):
        return entry
    named = {"on" if key is True else key: value for key, value in entry.items()}
    if isinstance(named.get("on"), list):
        named["on"] = {column: column for column in named["on"]}
    return named


def safe_loader() -> Any:
    """The safe loader of libyaml where it is there: ten times as fast, and the same content."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def not_declared(path: Path, why: str) -> VoorkantError:
    """VK-C008: what is wrong with a lineage, or that there is none."""
    return VoorkantError(
        "VK-C008",
        problem=f"It cannot be told which rows this table was made of: {why}",
        where=str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path),
        outcome="Nothing was explained; the data are untouched.",
        remedy="Mend the entry; docs/howto/add-a-dataset.md shows its form.",
    )
