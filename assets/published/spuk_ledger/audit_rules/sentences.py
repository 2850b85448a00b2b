"""Causes in words: the judgement, the sentence and the next step of a comparison that does not agree.

What belongs here: filling sentences of assets/reference/spuk_causes.csv with names and amounts. What does
not: the sentences themselves, and which cause applies.
"""

from __future__ import annotations

import polars as pl

from assets.reference.tables import spuk_causes, spuk_components

SENTENCES = ("cause_nl", "cause_en", "next_step_nl", "next_step_en")
_NAMES = {"recipient": "recipient_name", "period": "period", "other": "other"}
_AMOUNTS = {
    "observed": "observed_eur",
    "expected": "expected_eur",
    "difference": "difference_eur",
    "tolerance": "tolerance_eur",
    "named": "named_eur",
}
_UNKNOWN = "–"


def with_sentences(findings: pl.LazyFrame) -> pl.LazyFrame:
    """Add class, cause in words and next step, in both languages, to comparisons with a cause."""
    joined = findings.join(
        spuk_causes().lazy(), on=["rule", "cause"], how="left", maintain_order="left"
    ).join(_components(), on="component", how="left", maintain_order="left")
    return joined.with_columns(_filled(name) for name in SENTENCES).drop("_component")


def _components() -> pl.LazyFrame:
    """`component`, `_component`: its name as a sentence uses it."""
    named = spuk_components().lazy().select("component", _component="component_name_nl")
    return named.unique("component", keep="first", maintain_order=True)


def _filled(name: str) -> pl.Expr:
    dutch = name.endswith("_nl")
    # What is longest known first: an amount cannot be taken for a placeholder, a name could.
    values = {key: euros(pl.col(column), dutch=dutch) for key, column in _AMOUNTS.items()}
    values["component"] = pl.coalesce("_component", "component")
    values |= {key: pl.col(column) for key, column in _NAMES.items()}
    sentence = pl.col(name)
    for key, value in values.items():
        sentence = sentence.str.replace_all(f"{{{key}}}", value.fill_null(_UNKNOWN), literal=True)
    return sentence.alias(name)


def euros(amount: pl.Expr, *, dutch: bool) -> pl.Expr:
    """An amount as people write it: `€ 1.234.567,89`, in English `€1,234,567.89`; minus in front."""
    group, point, sign = (".", ",", "€ ") if dutch else (",", ".", "€")
    # The published type: two decimals, so that the text always ends in cents.
    text = amount.cast(pl.Decimal(18, 2)).abs().cast(pl.String)
    digits = text.str.head(-3).str.reverse().str.replace_all(r"(\d{3})", f"${{1}}{group}")
    grouped = digits.str.reverse().str.strip_chars_start(group)
    cents = text.str.tail(2)
    shown = (
        pl.when(cents == "00")
        .then(grouped)
        .otherwise(pl.concat_str(grouped, cents, separator=point))
    )
    minus = pl.when(amount < 0).then(pl.lit("−")).otherwise(pl.lit(""))
    return pl.concat_str(minus, pl.lit(sign), shown)
