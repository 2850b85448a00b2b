"""The report as one page for people: nothing to install, no script, no request to anybody.

What belongs here: which rows and rules the page shows, in which order. What does not: how that looks
(`page.html.jinja`) and what the words are (`words.yaml`, Dutch and English side by side).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from expectations.localized import Language, notation, texts
from expectations.report.frames import Report

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

SHOWN = 50
_HERE = Path(__file__).parent
_WORDS = _HERE / "words.yaml"
_WORST = {"critical": 0, "warning": 1, "info": 2}


def page(
    report: Report,
    quarantined: pl.DataFrame,
    title: str,
    language: Language,
    folder: str = "",
    quarantine_file: str = "quarantine.parquet",
) -> str:
    """The page as HTML.

    quarantined: rows as in QUARANTINE. folder and quarantine_file: where the reader finds the report
    and these rows as data.
    """
    failing = (
        report.rule.filter(pl.col("failed") > 0)
        .sort(
            pl.col("severity").replace_strict(_WORST, return_dtype=pl.Int8),
            -pl.col("failed"),
            maintain_order=True,
        )
        .to_dicts()
    )
    for rule in failing:
        keys = report.failure.filter(
            pl.col("rule_id") == rule["rule_id"],
            pl.col("dataset") == rule["dataset"],
            pl.col("table") == rule["table"],
            pl.col("partition").eq_missing(pl.lit(rule["partition"], pl.String)),
        )
        rule["keys"] = keys.head(SHOWN).to_dicts()
        # A column that is empty for all of them is left out.
        rule["filled"] = [c for c in keys.columns if keys[c].null_count() < keys.height]
    return _template().render(
        language=language,
        text=texts(_WORDS)[language],
        number=_number(language),
        title=title,
        folder=folder,
        quarantine_file=quarantine_file,
        shown=SHOWN,
        runs=report.run.to_dicts(),
        failing=failing,
        quarantined=quarantined.head(SHOWN).to_dicts(),
        aside=quarantined.height,
        rules=report.rule.to_dicts(),
        sentence="sentence_nl" if language == "nl" else "sentence",
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined  # 0.05 s, only for a page

    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.filters["code"] = _code
    return environment.from_string((_HERE / "page.html.jinja").read_text("utf-8"))


def _code(sentence: str) -> Markup:
    """Words between backticks as code; everything else stays text."""
    from markupsafe import Markup, escape  # comes with jinja2

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(sentence))))  # noqa: S704


def _number(language: Language) -> Callable[[int | Decimal], str]:
    """How this language writes a number: 98.028,5 in Dutch, 98,028.5 in English."""

    def written(value: int | Decimal) -> str:
        text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return notation(text, language)

    return written
