"""Iv3: municipal budgets and accounts line by line, the code list of each year, cited national totals.

Source   CBS "Gemeenten JJJJ onbewerkte Iv3-data" (source cbs_iv3)
Grain    year × report type × municipality × taakveld × category
Unit     thousands of euros at the source, euros here
Traps    keys are padded; a second publication replaces the first; a municipality that did not report
         keeps its rows with every cell missing; balance items share the column with taakvelden
"""

from __future__ import annotations

import polars as pl

from assets.calc import parse_cells
from assets.framework.declared_tables import Transform

REPORTS = {"X000": "begroting", "X005": "jaarrekening"}
THOUSAND = 1_000
MILLION = 1_000_000
# A taakveld starts with its number; `totaal` is the sample's own sum.
_TAAKVELD = r"^(\d|totaal$)"
# Balance items start with A or P. Anything else is a taakveld, or a mistake that must not vanish.
_BALANCE_ITEM = r"^[AP][^a-z]*$"
QUARTERS = ["X001", "X002", "X003", "X004"]


def codes(raw_cbs_iv3__taakvelden: pl.LazyFrame) -> pl.LazyFrame:
    """The taakvelden of each year; titles sometimes repeat the code in front."""
    title = parse_cells.clean("Title")
    return raw_cbs_iv3__taakvelden.filter(pl.col("Key").str.contains(_TAAKVELD)).select(
        parse_cells.year("year").alias("year"),
        parse_cells.clean("Key").alias("taakveld"),
        title.str.replace(r"^\d\.\d+[a-z]?\s+", "").alias("taakveld_name"),
        "_capture",
        "_locator",
    )


def lines(raw_cbs_iv3__amounts: pl.LazyFrame) -> pl.LazyFrame:
    """Budget and account lines in euros; quarterly reports and balance items are another subject."""
    report = pl.col("Verslagsoort").str.strip_chars().str.slice(4)
    first = parse_cells.euros("first_publication", THOUSAND)
    second = parse_cells.euros("second_publication", THOUSAND)
    balance = parse_cells.clean("TaakveldBalanspost").str.contains(_BALANCE_ITEM)
    # A missing code is neither; its row stays, to be set aside with a reason.
    another_subject = balance.fill_null(False) | report.is_in(QUARTERS).fill_null(False)
    return raw_cbs_iv3__amounts.filter(~another_subject).select(
        parse_cells.year("Verslagsoort").alias("year"),
        report.replace_strict(REPORTS, default=report).alias("report_type"),
        parse_cells.clean("Gemeenten").alias("municipality_code"),
        parse_cells.clean("TaakveldBalanspost").alias("taakveld"),
        parse_cells.clean("Categorie").alias("category"),
        pl.coalesce(second, first).alias("amount_eur"),
        "_capture",
        "_locator",
        parse_cells.problems(
            first=("first_publication", first), second=("second_publication", second)
        ),
    )


def cited_totals(raw_cited_figures__iv3_cited_totals: pl.LazyFrame) -> pl.LazyFrame:
    """National totals from edited publications, in euros."""
    amount = parse_cells.euros("lasten_mln_eur", MILLION)
    return raw_cited_figures__iv3_cited_totals.select(
        parse_cells.year("year").alias("year"),
        parse_cells.clean("report_type").alias("report_type"),
        parse_cells.clean("taakvelden").alias("taakvelden"),
        amount.alias("lasten_eur"),
        parse_cells.clean("source").alias("source"),
        "_capture",
        "_locator",
        parse_cells.problems(amount=("lasten_mln_eur", amount)),
    )


TABLES = (
    Transform("social_domain_budgets.codes", codes),
    Transform("social_domain_budgets.lines", lines),
    Transform("social_domain_budgets.cited_totals", cited_totals),
)
