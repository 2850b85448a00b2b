"""Public claims and how each is tested: `reference/claims.yaml`, strictly read.

What belongs here: the model, the loader, and within which bounds a number counts as the one that was claimed.
What does not: any number that was found (a query computes it at every build), and the verdict, which follows
from number and bounds (`assets/published/claims`).
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from assets.calc.sql_answers import tables_read
from assets.ingest.registry import FilledText, SourceTable, sources
from expectations import yaml_models
from expectations.contract import Bilingual
from expectations.yaml_files import DeclarationKind
from expectations.yaml_models import Strict

FILE = Path(__file__).parent / "claims.yaml"
KIND = DeclarationKind(
    "VK-C007",
    "The list of claims",
    "Nothing was built.",
    "Correct the named keys; docs/howto/add-a-claim.md shows a claim.",
)

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Bounds = tuple[Decimal | None, Decimal | None]


def _one_query(query: str) -> str:
    tables_read(query)
    return " ".join(query.split())


class ClaimPublication(Strict):
    """Where a claim was made. author and published_at: empty when they were not established."""

    title: FilledText
    author: FilledText | None = None
    published_at: FilledText | None = None


class ClaimReading(Strict):
    """One way to read a claim as a number of the published tables.

    as_stated: it adds nothing to what the claim itself says; every other reading is a definition of ours.
    decides: false when it proves nothing about the claim, whatever it finds: its number is in the text
    of the claim itself, or it counts other work or another time than the claim is about. It is published.
    """

    id: Id
    definition: Bilingual
    query: Annotated[str, AfterValidator(_one_query)]
    as_stated: bool = False
    decides: bool = True


class WouldAnswer(Strict):
    """What could answer a claim that no published table decides. source and table: ids in the registry."""

    title: FilledText
    source: FilledText | None = None
    table: FilledText | None = None

    @property
    def id(self) -> str | None:
        """`source/table` of the registry; empty when it is not there."""
        return f"{self.source}/{self.table}" if self.source and self.table else None

    @property
    def status(self) -> str:
        """The status of that table in the registry; `unresolved` when it is not there."""
        return self._listed[self.table].status if self.table else "unresolved"

    @property
    def _listed(self) -> dict[str, SourceTable]:
        source = sources().get(self.source or "")
        return {table.id: table for table in source.listed} if source else {}

    @model_validator(mode="after")
    def _registered(self) -> Self:
        if (self.source is None) != (self.table is None):
            raise ValueError("give source and table, or neither")
        if self.table and self.table not in self._listed:
            raise ValueError(f"there is no {self.source}/{self.table} in the registry")
        return self


class Claim(Strict):
    """Something that was claimed in public and can be compared with figures.

    kind: a `statement` says how it is; a `demand` says how it should be, so it is not true or false, but met
    or not. value: what was claimed, in `unit`. How close counts as reproduced:

    rounded    value is the number rounded to multiples of `margin`
    within     not further from value than `margin`
    at_least   value or more
    at_most    value or less
    range      from value to `margin`
    """

    id: Id
    kind: Literal["statement", "demand"] = "statement"
    source: str
    text: Bilingual
    value: Decimal
    unit: FilledText
    comparison: Literal["rounded", "within", "at_least", "at_most", "range"]
    margin: Decimal | None = None
    readings: tuple[ClaimReading, ...] = ()
    would_answer: WouldAnswer | None = None
    note: Bilingual | None = None

    @property
    def bounds(self) -> Bounds:
        """Lowest and highest number that counts as the one claimed, both included."""
        margin = self.margin or Decimal(0)
        return {
            "rounded": (self.value - margin / 2, self.value + margin / 2),
            "within": (self.value - margin, self.value + margin),
            "at_least": (self.value, None),
            "at_most": (None, self.value),
            "range": (self.value, margin),
        }[self.comparison]

    @model_validator(mode="after")
    def _can_be_judged(self) -> Self:
        one_sided = self.comparison in ("at_least", "at_most")
        if one_sided != (self.margin is None):
            raise ValueError(f"margin: {'not' if one_sided else 'needed'} with {self.comparison}")
        if any(each.decides for each in self.readings) == (self.would_answer is not None):
            raise ValueError("give a reading that decides, or what would answer it")
        ids = [each.id for each in self.readings]
        if len(set(ids)) != len(ids):
            raise ValueError(f"two readings of {self.id} have one id")
        return self


class Claims(Strict):
    """The whole file. publications: name -> where claims were made."""

    publications: dict[str, ClaimPublication]
    claims: tuple[Claim, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids = [each.id for each in self.claims]
        if doubled := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"claims written twice: {doubled}")
        for number, claim in enumerate(self.claims, 1):
            if claim.source not in self.publications:
                raise ValueError(
                    f"claims.{number}.source: there is no publication {claim.source!r}"
                )
        return self

    def tables(self) -> tuple[str, ...]:
        """Every table that a query reads, as `dataset.table`, in alphabetical order."""
        read = {
            table
            for claim in self.claims
            for each in claim.readings
            for table in tables_read(each.query)
        }
        return tuple(sorted(read))


@cache
def claims() -> Claims:
    """All claims. Raises VK-C007."""
    return load(FILE)


def load(path: Path) -> Claims:
    """The claims of a file. Raises VK-C007 with every problem and its line."""
    return yaml_models.load(KIND, Claims, path)
