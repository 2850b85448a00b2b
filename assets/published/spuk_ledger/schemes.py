"""The schemes as published tables: who they are, what they provide, and what is due when.

Source   the declarations of the schemes (assets/sources/spuk/schemes)
Grain    scheme; provision; term
Unit     euros, weeks, percent
Traps    a window, a round and an instalment are three things; a date that was computed is derived, and one
         that nothing tells is not there
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from assets.framework.declared_tables import Transform
from assets.published.spuk_ledger.provisions import provisions_of
from assets.published.spuk_ledger.terms import terms_of
from assets.reference import spuk_schemes as declared
from assets.reference.spuk_schemes import Scheme
from expectations import contract as contracts

SchemeRow = Mapping[str, Any]


def scheme_table(found: Iterable[Scheme]) -> pl.LazyFrame:
    """One row per scheme."""
    return _table("schemes", (_identity(scheme) for scheme in found))


def provision_table(found: Iterable[Scheme]) -> pl.LazyFrame:
    """One row per thing that a scheme provides."""
    return _table("provisions", (row for scheme in found for row in provisions_of(scheme)))


def term_table(found: Iterable[Scheme]) -> pl.LazyFrame:
    """One row per window, round, instalment and last day."""
    return _table("terms", (row for scheme in found for row in terms_of(scheme)))


def schemes() -> pl.LazyFrame:
    """The declared schemes."""
    return scheme_table(declared.schemes().values())


def provisions() -> pl.LazyFrame:
    """What the declared schemes provide."""
    return provision_table(declared.schemes().values())


def terms() -> pl.LazyFrame:
    """What is due when in the declared schemes."""
    return term_table(declared.schemes().values())


def _identity(scheme: Scheme) -> SchemeRow:
    codes = {each.role: each for each in scheme.sisa}
    settlement = scheme.settlement
    return {
        "scheme": scheme.id,
        "title_nl": scheme.title.nl,
        "title_en": scheme.title.en,
        "ministry": scheme.ministry,
        "executor": scheme.executor,
        "regulation_id": scheme.regulation_id,
        "status": scheme.status,
        "period": scheme.full_period,
        "recipients": scheme.recipients,
        "advance_pct": scheme.advance_pct,
        "settlement": settlement.kind if settlement else "unknown",
        "settlement_weeks": settlement.weeks if settlement else None,
        "settlement_due": settlement.due if settlement else None,
        "sisa_code": codes["recipient"].code if "recipient" in codes else None,
        "sisa_members_code": codes["member"].code if "member" in codes else None,
        "sisa_status": codes["recipient"].status if "recipient" in codes else "unknown",
        "source": scheme.legal_basis.source,
        "confidence": scheme.legal_basis.confidence,
    }


def _table(name: str, rows: Iterable[SchemeRow]) -> pl.LazyFrame:
    """Rows in the types of a contract; a number is written as text in a declaration."""
    promised = contracts.table(f"spuk_ledger.{name}").dtypes
    texts = [
        {key: None if row.get(key) is None else str(row[key]) for key in promised} for row in rows
    ]
    frame = pl.LazyFrame(texts, schema=dict.fromkeys(promised, pl.String), orient="row")
    return frame.with_columns(
        pl.col(key).str.to_date() if kind == pl.Date else pl.col(key).cast(kind)
        for key, kind in promised.items()
    )


TABLES = (
    Transform("spuk_ledger.schemes", schemes),
    Transform("spuk_ledger.provisions", provisions),
    Transform("spuk_ledger.terms", terms),
)
