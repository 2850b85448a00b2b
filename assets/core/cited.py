"""Cited figures: care spending, workforce, municipal fund, SPUK deadlines and counts, in euros.

Source   the project's own tables of figures read from publications (source cited_figures), and 83583NED
Grain    see each contract
Unit     millions, billions or euros at the source, euros here
Traps    one year has several figures (vintages, definitions); a status is a word of the source;
         names of municipalities come without codes
"""

from __future__ import annotations

import polars as pl

from assets.calc import parse_cells
from assets.framework.declared_tables import Transform
from assets.reference.municipality_names import with_codes

MILLION = 1_000_000
BILLION = 1_000_000_000
UNITS = {
    "personen": "persons",
    "x 1000 banen": "1000 jobs",
    "vacatures": "vacancies",
    "percent": "percent",
}
TRACE = ("_capture", "_locator")


def care_figures(raw_cited_figures__care_spending: pl.LazyFrame) -> pl.LazyFrame:
    """Care figures in euros."""
    amount = parse_cells.euros("amount_mln_eur", MILLION)
    precision = parse_cells.euros("precision_mln_eur", MILLION)
    texts = [
        "definition", "breakdown", "item", "revision", "status_source", "published_at",
        "source_table", "confidence", "derived", "source", "source_url", "note",
    ]  # fmt: skip
    return raw_cited_figures__care_spending.select(
        parse_cells.year("year").alias("year"),
        parse_cells.clean("item_nl").alias("item_name_nl"),
        amount.alias("amount_eur"),
        precision.alias("precision_eur"),
        *(parse_cells.clean(text).alias(text) for text in texts),
        *TRACE,
        parse_cells.problems(
            amount=("amount_mln_eur", amount), precision=("precision_mln_eur", precision)
        ),
    )


def workforce_figures(raw_cited_figures__workforce: pl.LazyFrame) -> pl.LazyFrame:
    """Counts of people, each with its definition and what contradicts it."""
    value = parse_cells.number("value")
    precision = parse_cells.number("precision")
    unit = parse_cells.clean("unit")
    texts = [
        "period", "indicator", "definition", "status_source", "confidence", "source", "source_url",
        "published_at", "conflicts_with", "note",
    ]  # fmt: skip
    return raw_cited_figures__workforce.select(
        *(parse_cells.clean(text).alias(text) for text in texts),
        value.alias("value"),
        precision.alias("precision"),
        unit.replace_strict(UNITS, default=unit).alias("unit"),
        *TRACE,
        parse_cells.problems(value=("value", value), precision=("precision", precision)),
    )


def jobs(raw_cbs_jobs__observations: pl.LazyFrame) -> pl.LazyFrame:
    """Jobs in SBI 88. The source serves a 32-bit float; its metadata promises one decimal."""
    value = parse_cells.number("value")
    return raw_cbs_jobs__observations.select(
        parse_cells.clean("Perioden").alias("period"),
        value.round(1).alias("value"),
        parse_cells.clean("status").alias("status_source"),
        *TRACE,
        parse_cells.problems(value=("value", value)),
    )


def fund_amounts(
    raw_cited_figures__gemeentefonds_sociale_basis: pl.LazyFrame,
    core_municipalities__lists: pl.LazyFrame,
) -> pl.LazyFrame:
    """Municipal fund by municipality; names are matched with the list of 2025, as in both years."""
    amount = parse_cells.euros("amount_eur", 1)
    named = raw_cited_figures__gemeentefonds_sociale_basis.select(
        parse_cells.clean("circular").alias("circular"),
        parse_cells.year("payment_year").alias("payment_year"),
        parse_cells.clean("municipality").alias("municipality_name"),
        amount.alias("amount_eur"),
        *TRACE,
        parse_cells.problems(amount=("amount_eur", amount)),
    )
    return with_codes(
        named,
        core_municipalities__lists,
        name="municipality_name",
        year=2025,
        code="municipality_code",
    )


def spuk_milestones(raw_cited_figures__spuk_milestones: pl.LazyFrame) -> pl.LazyFrame:
    """Windows and deadlines as cited."""
    columns = [
        "scheme", "component", "milestone", "window", "date_from", "date_to", "legal_reference",
        "confidence", "source", "note",
    ]  # fmt: skip
    return raw_cited_figures__spuk_milestones.select(
        *(parse_cells.clean(column).alias(column) for column in columns), *TRACE
    )


def spuk_counts(raw_cited_figures__spuk_system_totals: pl.LazyFrame) -> pl.LazyFrame:
    """Yearly numbers of schemes and their amount."""
    count = parse_cells.integer("scheme_count")
    amount = parse_cells.euros("amount_bn_eur", BILLION)
    return raw_cited_figures__spuk_system_totals.select(
        parse_cells.year("year").alias("year"),
        parse_cells.clean("ministry").alias("ministry"),
        count.alias("scheme_count"),
        amount.alias("amount_eur"),
        parse_cells.clean("source").alias("source"),
        parse_cells.clean("confidence").alias("confidence"),
        *TRACE,
        parse_cells.problems(count=("scheme_count", count), amount=("amount_bn_eur", amount)),
    )


TABLES = (
    Transform("care_spending.figures", care_figures),
    Transform("social_workforce.figures", workforce_figures),
    Transform("social_workforce.jobs", jobs),
    Transform("social_domain_budgets.fund_amounts", fund_amounts),
    Transform("spuk_allocations.cited_milestones", spuk_milestones),
    Transform("spuk_allocations.cited_counts", spuk_counts),
)
