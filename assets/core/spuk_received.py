"""What teams put in the folder, as entries of the SPUK ledger: grants, payments, accounts.

Source   lists of grants and of payments in our own forms, SiSa annexes (spuk_grants, spuk_payments, sisa)
Grain    cell of a file; every dropped file counts, each content once
Unit     euros
Traps    empty is not zero; what does not fit is set aside by cell and stops nothing else; an annex line of a
         scheme that is not declared in assets/sources/spuk/schemes is not about us
"""

from __future__ import annotations

import polars as pl

from assets.core import spuk_accounts, spuk_lists
from assets.framework.declared_tables import Transform


def grants(
    raw_spuk_grants__rows: pl.LazyFrame, core_municipalities__lists: pl.LazyFrame
) -> pl.LazyFrame:
    """What lists of applications and decisions say of a recipient."""
    return spuk_lists.grants(raw_spuk_grants__rows, core_municipalities__lists)


def payments(
    raw_spuk_payments__rows: pl.LazyFrame, core_municipalities__lists: pl.LazyFrame
) -> pl.LazyFrame:
    """What lists of payments say of a recipient."""
    return spuk_lists.payments(raw_spuk_payments__rows, core_municipalities__lists)


def accounts(
    raw_sisa__rows: pl.LazyFrame, core_municipalities__lists: pl.LazyFrame
) -> pl.LazyFrame:
    """What SiSa annexes say about the schemes that are declared."""
    return spuk_accounts.entries(raw_sisa__rows, core_municipalities__lists)


TABLES = (
    Transform("spuk_ledger.grants", grants),
    Transform("spuk_ledger.payments", payments),
    Transform("spuk_ledger.accounts", accounts),
)
