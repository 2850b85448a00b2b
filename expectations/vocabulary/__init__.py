"""The closed list of rule kinds a contract may use. A new kind is one class here and a spec table."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from expectations.vocabulary.base import Expectation, References, Rule, Severity
from expectations.vocabulary.groups import Complete, Coverage, Reconciles, RowCount, SumsTo
from expectations.vocabulary.rows import (
    PROBLEM,
    Between,
    Excludes,
    InCodeList,
    InSet,
    KeyUnique,
    Matches,
    NotAfter,
    NotNull,
    Readable,
)

KINDS: tuple[type[Rule], ...] = (
    KeyUnique,
    NotNull,
    Readable,
    InSet,
    Matches,
    Excludes,
    Between,
    NotAfter,
    InCodeList,
    SumsTo,
    Reconciles,
    Coverage,
    Complete,
    RowCount,
)

AnyRule = Annotated[
    KeyUnique
    | NotNull
    | Readable
    | InSet
    | Matches
    | Excludes
    | Between
    | NotAfter
    | InCodeList
    | SumsTo
    | Reconciles
    | Coverage
    | Complete
    | RowCount,
    Field(discriminator="kind"),
]

__all__ = [
    "KINDS",
    "PROBLEM",
    "AnyRule",
    "Between",
    "Complete",
    "Coverage",
    "Excludes",
    "Expectation",
    "InCodeList",
    "InSet",
    "KeyUnique",
    "Matches",
    "NotAfter",
    "NotNull",
    "Readable",
    "Reconciles",
    "References",
    "RowCount",
    "Rule",
    "Severity",
    "SumsTo",
]
