"""The closed list of rule kinds a contract may use.

What belongs here: the list, once. A new kind is a class in one of the modules, a line in this list
and a spec table in tests/rules/specs.
"""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from expectations.vocabulary import (
    anomalies,
    groups,
    links,
    mixups,
    peers,
    rows,
    series,
    tables,
    verdicts,
)
from expectations.vocabulary.base import Expectation, References, Rule, Severity
from expectations.vocabulary.rows import PROBLEM

AnyRule = Annotated[
    rows.KeyUnique
    | rows.NotNull
    | rows.Readable
    | rows.InSet
    | rows.Matches
    | rows.Excludes
    | rows.Between
    | rows.Sign
    | rows.NotAfter
    | verdicts.Verdict
    | links.InCodeList
    | links.Referenced
    | links.OneParent
    | peers.ShareConstant
    | peers.RatioUniform
    | peers.NoTotalAmongParts
    | series.Monotone
    | series.Jump
    | anomalies.Reported
    | anomalies.Balances
    | anomalies.InScale
    | anomalies.LeafCode
    | mixups.NotSwapped
    | mixups.Placed
    | groups.SumsTo
    | groups.Reconciles
    | groups.SameTotal
    | groups.Coverage
    | groups.Complete
    | groups.RowCount
    | tables.Schema
    | tables.Freshness,
    Field(discriminator="kind"),
]

KINDS: tuple[type[Rule], ...] = get_args(get_args(AnyRule)[0])

__all__ = ["KINDS", "PROBLEM", "AnyRule", "Expectation", "References", "Rule", "Severity"]
