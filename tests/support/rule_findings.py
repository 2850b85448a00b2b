"""What the contracts' rules find in the figures of the sample, without a run of the pipeline.

What belongs here: the published tables built straight from `sample/figures`, the rules of a contract
run on them, and the page `docs/anomalies.md` that lists the finds. What does not: what should be found
(tests/rules/test_anomalies.py).

    python -m tests.support.rule_findings           writes the page
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polars as pl

from assets.core import deliveries
from assets.core.iv3 import REPORTS, THOUSAND
from assets.published.social_domain_budgets import social_domain_budgets as out
from expectations import contract
from expectations.contract import TRACE
from expectations.paths import ROOT
from expectations.vocabulary import References, Rule

FIGURES = ROOT / "sample" / "figures"
PAGE = ROOT / "docs" / "anomalies.md"
REPORT = ["year", "report_type", "municipality_code"]
AMOUNT = pl.Decimal(18, 2)
BUDGETS = "social_domain_budgets.fields"
DELIVERIES = "social_domain_budgets.reports"


def euros(thousands: str) -> pl.Expr:
    """Thousands of euros as amounts of a contract; empty stays missing."""
    return pl.col(thousands).cast(pl.Decimal(18, 2)) * THOUSAND


def report_type(code: str) -> pl.Expr:
    """`2023X000` in words."""
    return pl.col(code).str.slice(4).replace_strict(REPORTS)


def csv(path: Path) -> pl.LazyFrame:
    """A table of figures as text."""
    return pl.scan_csv(path, infer_schema=False)


@cache
def lists() -> pl.LazyFrame:
    """Municipalities of each year with their inhabitants, as the registers have them."""
    people = csv(FIGURES / "inhabitants.csv").rename({"region_code": "municipality_code"})
    return (
        csv(FIGURES / "municipalities_by_year.csv")
        .rename({"name": "municipality_name"})
        .join(people, on=["year", "municipality_code"], how="left")
        .with_columns(pl.col("year").cast(pl.Int16), pl.col("inhabitants").cast(pl.Int64))
        .collect()
        .lazy()
    )


@cache
def codes() -> pl.LazyFrame:
    """The taakvelden of each year."""
    table = csv(FIGURES / "iv3_taakvelden.csv").rename(
        {"code": "taakveld", "title": "taakveld_name"}
    )
    return table.with_columns(pl.col("year").cast(pl.Int16)).collect().lazy()


@cache
def lines() -> pl.LazyFrame:
    """All Iv3 lines of the sample."""
    trace = {name: pl.lit("", pl.String) for name in TRACE}
    return (
        csv(FIGURES / "iv3" / "*.csv")
        .select(
            pl.col("verslagsoort").str.head(4).cast(pl.Int16).alias("year"),
            report_type("verslagsoort").alias("report_type"),
            pl.col("gemeente").alias("municipality_code"),
            "taakveld",
            pl.col("categorie").alias("category"),
            euros("amount_keur").alias("amount_eur"),
            **trace,
        )
        .collect()
        .lazy()
    )


def budgets() -> pl.LazyFrame:
    """Lasten and baten per municipality and taakveld."""
    return deliveries.fields(lines(), codes(), lists())


def reports() -> pl.LazyFrame:
    """Each delivery as a whole."""
    return out.reports(lines(), lists())


def references() -> References:
    """What the rules of these tables look into."""
    return {
        "social_domain_budgets.codes": codes(),
        "municipalities.lists": lists(),
    }


def rules(table: str) -> dict[str, Rule]:
    """The rules of a contract's table by their flag: those that look for anomalies."""
    every = contract.table(table).all_rules
    return {rule.id: rule for rule in every if rule.flag}


def failing(rule: Rule, frame: pl.LazyFrame, given: References) -> pl.DataFrame:
    """The rows that break a rule, or its groups, in order."""
    rows = rule.measured(frame, given).filter(rule.fails()).collect()
    return rows.sort([name for name in (*REPORT, "taakveld", "group") if name in rows.columns])


# Told one by one on the page; the other flags describe rows, or are too many and too alike.
LISTED = ("unbalanced", "out_of_scale", "wrong_sign")

INTRODUCTION = """\
<!-- Made by `python -m tests.support.rule_findings` from sample/figures and the rules of the contracts.
     Change those, not this page; a test compares. -->
# Defects found by rule

What the rules of `social_domain_budgets` find in the budgets and accounts of 2017-2026, as CBS publishes
them: unedited. No rule knows a list of defects; each has a threshold with a reason, on the page of its
kind under [rules](rules/README.md). A flag is a reason to look, not a verdict, and the cause is a place to
start. All rows stay in the data, with the flag.

Of a list of defects that people found in these figures, the rules find every one. The rules that judge
(sign, size, balance) flag 37 deliveries more, 0.6 %, half of them for an amount below zero in a year that the
list leaves out. The other flags are facts: nothing was delivered, or something was booked on a split code.

In `spuk_allocations` the rules find the six municipalities on a floor (2026), two regions whose amounts the
letter of 12 September 2025 swapped, and one municipality (Wageningen) that is listed in another region than
the amounts count it in.
"""


def page() -> str:
    """The page of finds as Markdown."""
    counted, reported = [], []
    for table, frame in ((BUDGETS, budgets()), (DELIVERIES, reports())):
        for rule in rules(table).values():
            rows = failing(rule, frame, references())
            municipalities = rows.select(REPORT).n_unique()
            counted.append(
                f"| `{rule.id}` | `{rule.flag}` | {rows.height:,} | {municipalities:,} "
                f"| {rule.sentence().replace('|', '')} |"
            )
            if rule.flag in LISTED:
                reported += [f"| `{rule.id}` {line}" for line in _lines(rule, rows)]
    deliveries = reports().select(pl.len()).collect().item()
    return "\n".join(
        [
            INTRODUCTION,
            f"## How many\n\nOf {deliveries:,} deliveries (a budget or account of one municipality):\n",
            "| rule | flag | rows | deliveries | what must hold |\n|---|---|---|---|---|",
            *counted,
            "\n## Which\n\nAmounts in euros; of an unbalanced delivery, baten less lasten.\n",
            "| rule | year | report | municipality | taakveld | amount | likely cause |",
            "|---|---|---|---|---|---|---|",
            *reported,
            "",
        ]
    )


def _lines(rule: Rule, rows: pl.DataFrame) -> Iterator[str]:
    for row in rows.to_dicts():
        amount = row[rule.column] if hasattr(rule, "column") else row[f"_{rule.id}"]
        yield (
            f"| {row['year']} | {row['report_type']} | {row['municipality_name']} "
            f"| {row.get('taakveld', '')} | {amount:,.0f} | {rule.suggested_cause()} |"
        )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
