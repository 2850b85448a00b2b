"""What a comparison holds against what: a key that stays, and the same in plain words.

What belongs here: filling sentences of assets/reference/spuk_subjects.csv with what a row is about. What
does not: the sentences themselves, and what the outcome means (`sentences`).
"""

from __future__ import annotations

from functools import cache

import polars as pl

from assets.reference.tables import spuk_subjects

# The key is of no language.
_FORMS = {"key": "subject", "nl": "subject_nl", "en": "subject_en"}
SUBJECTS = tuple(_FORMS.values())


def subject_of(code: str, *values: str | tuple[str, ...], also: str | None = None) -> pl.Expr:
    """A struct of SUBJECTS. values: a column for each {} of the sentence, or several of which some are known.

    also: a column to add where it is known.
    """
    return pl.struct(
        pl.concat_str(
            pl.format(_sentences()[code][form], *(_value(each, form) for each in values)),
            *([] if also is None else [pl.col(also)]),
            separator=", ",
            ignore_nulls=True,
        ).alias(name)
        for form, name in _FORMS.items()
    )


def _value(value: str | tuple[str, ...], form: str) -> pl.Expr:
    if isinstance(value, tuple):
        parts = (_value(column, form) for column in value)
        return pl.concat_str(*parts, separator=" ", ignore_nulls=True)
    words = {} if form == "key" else _words(value, form)
    column = pl.col(value).cast(pl.String)
    return column.replace(words) if words else column


@cache
def _sentences() -> dict[str, dict[str, str]]:
    """Code -> its sentence in every form."""
    rows = spuk_subjects().filter(kind="subject").select("code", *_FORMS)
    return {row.pop("code"): row for row in rows.iter_rows(named=True)}


@cache
def _words(kind: str, form: str) -> dict[str, str]:
    """Code -> word, of states and bases; empty for other columns, which are said as they are."""
    return dict(spuk_subjects().filter(kind=kind).select("code", form).iter_rows())
