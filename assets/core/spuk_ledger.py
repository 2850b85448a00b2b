"""Ledger of SPUK euros from public documents: what regulations, letters and pages say of an amount.

Source   annexes and letters (core tables of spuk_allocations), GALA page 38 and statements (cited_figures)
Grain    scheme × component × recipient × period × state × source cell
Unit     euros
Traps    an announced amount is no ceiling; one cell may stand for several years; an empty cell is no entry
         and no zero; the sum of regions is no printed ceiling, so there is none
"""

from __future__ import annotations

import polars as pl

from assets.calc import dutch_amounts, parse_cells
from assets.calc.ratios import AMOUNT
from assets.framework.declared_tables import Transform
from assets.reference.spuk_components import with_component
from expectations import contract as contracts
from expectations.vocabulary import PROBLEM

GALA = ("GALA", "2023-02-03")
MILLION = 1_000_000
TRACE = ("_capture", "_locator")
_CELL = ["regulation_id", "regulation_version", "_locator"]

# What an amount of the annexes and letters is in the life of a euro. The SPUK AZWA was announced before there
# was a regulation: what the minister intends is a policy amount, no ceiling.
_STATES = pl.LazyFrame(
    [
        ("ceiling", "nation", "ceiling", "as_stated", "regulation"),
        ("component_allocation", "municipality", "allocatable", "as_stated", "regulation"),
        ("allocation_excl_lpo", "municipality", "allocatable", "excl_lpo", "regulation"),
        ("allocation_incl_lpo", "municipality", "allocatable", "incl_lpo", "regulation"),
        ("region_maximum", "region", "allocatable", "as_stated", "regulation"),
        ("announced_incl_lpo", "municipality", "allocatable", "incl_lpo", "letter"),
        ("announced", "region", "allocatable", "as_stated", "letter"),
        ("announced", "nation", "policy_amount", "as_stated", "letter"),
    ],
    schema=["amount_kind", "recipient_kind", "state", "basis", "evidence"],
    orient="row",
)


def as_entries(frame: pl.LazyFrame, table: str) -> pl.LazyFrame:
    """The columns of a table of entries, in order and typed; what the frame does not have is missing.

    frame: with `_capture` and `_locator`, which are the source of each entry.
    """
    traced = frame.with_columns(source_sha256="_capture", source_locator="_locator")
    there = traced.collect_schema().names()
    promised = contracts.table(f"spuk_ledger.{table}").dtypes
    return traced.select(
        *(
            (pl.col(name) if name in there else pl.lit(None)).cast(kind).alias(name)
            for name, kind in promised.items()
        ),
        *TRACE,
        *([PROBLEM] if PROBLEM in there else []),
    )


def official(
    core_spuk_allocations__allocations: pl.LazyFrame,
    core_spuk_allocations__cells: pl.LazyFrame,
    raw_cited_figures__brede_spuk_letter_2025: pl.LazyFrame,
    raw_cited_figures__spuk_iza_letter_2025: pl.LazyFrame,
    raw_cited_figures__spuk_azwa: pl.LazyFrame,
    raw_cited_figures__gala_budget: pl.LazyFrame,
    raw_cited_figures__spuk_statements: pl.LazyFrame,
) -> pl.LazyFrame:
    """Every amount of a public document, with the text of its cell."""
    published = core_spuk_allocations__allocations.join(
        _STATES, on=["amount_kind", "recipient_kind"], how="left", maintain_order="left"
    )
    of_regulation = pl.col("evidence") == "regulation"
    letters = pl.concat(
        [
            _figures(raw_cited_figures__brede_spuk_letter_2025),
            _figures(raw_cited_figures__spuk_iza_letter_2025),
            raw_cited_figures__spuk_azwa.select(*TRACE, as_printed="amount_mln_eur"),
        ]
    )
    parts = [
        _in_annexes(published.filter(of_regulation), core_spuk_allocations__cells),
        # An amount of an unknown kind goes along without a state and is set aside for it.
        _in_letters(published.filter(of_regulation.ne_missing(True)), letters),
        _in_gala(raw_cited_figures__gala_budget),
        _in_statements(raw_cited_figures__spuk_statements),
    ]
    return pl.concat([as_entries(part, "official") for part in parts], how="diagonal")


def known(
    raw_brede_spuk__captured: pl.LazyFrame,
    raw_spuk_iza__captured: pl.LazyFrame,
    raw_cited_figures__captured: pl.LazyFrame,
) -> pl.LazyFrame:
    """The day, in UTC, of the newest capture of a source of the ledger."""
    taken = [raw_brede_spuk__captured, raw_spuk_iza__captured, raw_cited_figures__captured]
    day = pl.col("retrieved_at").str.head(10).str.to_date()
    newest = pl.concat(taken).sort("retrieved_at", "source").last()
    return newest.select(day.alias("known_on"), *TRACE)


def _in_annexes(published: pl.LazyFrame, cells: pl.LazyFrame) -> pl.LazyFrame:
    """Amounts of the annexes, with the text of the cell and the days of its version."""
    cell = cells.select(
        *_CELL, "visible_from", as_printed="text", valid_from=pl.col("effective_from")
    )
    years = pl.len().over(*_CELL) > 1
    several = pl.when(years).then(pl.lit("one cell for several years"))
    remarks = pl.concat_str(
        [dutch_amounts.noticed(pl.col("as_printed")), several], separator="; ", ignore_nulls=True
    )
    return _dated(published.join(cell, on=_CELL, how="left", maintain_order="left")).with_columns(
        remark=pl.when(remarks != "").then(remarks)
    )


def _in_letters(published: pl.LazyFrame, letters: pl.LazyFrame) -> pl.LazyFrame:
    """Amounts of letters, with the text as it was taken over; they were visible when they were dated."""
    written = published.join(letters, on=TRACE, how="left", maintain_order="left")
    return _dated(written).with_columns(visible_from=parse_cells.date("regulation_version"))


def _dated(published: pl.LazyFrame) -> pl.LazyFrame:
    return published.with_columns(
        period=pl.col("year").cast(pl.String),
        document_id="regulation_id",
        document_version="regulation_version",
        confidence=pl.lit("seen"),
    )


def _figures(letter: pl.LazyFrame) -> pl.LazyFrame:
    """The cells of a letter with a column per year, by the place that the core tables give them."""
    columns = ["amount_2025_eur", "amount_2026_eur"]
    return letter.unpivot(columns, index=TRACE, value_name="as_printed").select(
        "_capture",
        pl.format("{} column {}", "_locator", "variable").alias("_locator"),
        "as_printed",
    )


def _in_gala(budget: pl.LazyFrame) -> pl.LazyFrame:
    """The table of the agreement. Its file holds characters that its page does not show.

    The page is the agreement; where the text of the file says otherwise, that is a document of its own.
    """
    shown = parse_cells.clean("as_shown")
    stated = budget.with_columns(
        remark=pl.format("the page shows {}, the text of the file {}", shown, "as_printed")
    )
    page = stated.with_columns(
        as_printed=pl.coalesce(shown, "as_printed"),
        evidence=pl.lit("agreement"),
        document_id=pl.lit(GALA[0]),
    )
    text = stated.filter(shown.is_not_null()).with_columns(
        evidence=pl.lit("text_layer"), document_id=pl.lit(f"{GALA[0]} text layer")
    )
    amount = (dutch_amounts.amount(pl.col("as_printed")) * MILLION).cast(AMOUNT)
    read = pl.concat([page, text]).select(
        "scheme",
        "label",
        "period",
        "as_printed",
        *_national(),
        parse_cells.year("period").alias("year"),
        pl.lit("policy_amount").alias("state"),
        amount.alias("amount_eur"),
        "evidence",
        "document_id",
        pl.lit(GALA[1]).alias("document_version"),
        pl.lit(GALA[1]).str.to_date().alias("visible_from"),
        pl.lit("seen").alias("confidence"),
        "remark",
        *TRACE,
        pl.when(dutch_amounts.unreadable(pl.col("as_printed")))
        .then(pl.format('as_printed: cannot read "{}"', "as_printed"))
        .alias(PROBLEM),
    )
    return with_component(read).drop("label", "component_name_nl")


def _in_statements(statements: pl.LazyFrame) -> pl.LazyFrame:
    """What was read outside the annexes: one row is one entry."""
    amount = parse_cells.euros("amount_eur", 1)
    valid, visible = parse_cells.date("valid_from"), parse_cells.date("visible_from")
    texts = [
        "scheme", "component", "period", "state", "answer", "window", "as_printed", "evidence",
        "document_id", "document_version", "confidence", "remark",
    ]  # fmt: skip
    return statements.select(
        *(parse_cells.clean(text).alias(text) for text in texts),
        *_national(),
        pl.when(pl.col("period").str.len_chars() == 4)
        .then(parse_cells.year("period"))
        .alias("year"),
        amount.alias("amount_eur"),
        valid.alias("valid_from"),
        visible.alias("visible_from"),
        *TRACE,
        parse_cells.problems(
            amount=("amount_eur", amount),
            valid=("valid_from", valid),
            visible=("visible_from", visible),
        ),
    )


def _national() -> list[pl.Expr]:
    return [
        pl.lit("nation").alias("recipient_kind"),
        pl.lit("NL01").alias("recipient_code"),
        pl.lit("Nederland").alias("recipient_name"),
        pl.lit("as_stated").alias("basis"),
    ]


TABLES = (
    Transform("spuk_ledger.official", official),
    Transform("spuk_ledger.known", known),
)
