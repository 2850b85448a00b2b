"""Rules that only Python itself can judge: is this text JSON, a date, of this format?

Each *distinct* value of a chunk is judged once. What belongs here: tests of one text. What does not:
anything Polars can say itself.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import jsonschema
import polars as pl
from dateutil.parser import parse

Test = Callable[[Any], bool]


def by_distinct_value(column: pl.Expr, test: Test) -> pl.Expr:
    """A test of one value for all values of a column; null for null."""

    def judged(values: pl.Series) -> pl.Series:
        distinct = values.drop_nulls().unique()
        answers = pl.Series([test(value) for value in distinct], dtype=pl.Boolean)
        return values.replace_strict(distinct, answers, default=None, return_dtype=pl.Boolean)

    return column.map_batches(judged, return_dtype=pl.Boolean, is_elementwise=True)


def is_json(text: Any) -> bool:
    """Whether Python's json module reads the text."""
    try:
        json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def is_date(text: Any) -> bool:
    """Whether dateutil reads the text as a date or time; raises TypeError for what is no text."""
    if not isinstance(text, str):
        raise TypeError("dateutil_parseable is about text; this column holds dates or numbers.")
    try:
        parse(text)
    except (ValueError, OverflowError):
        return False
    return True


def of_format(pattern: str) -> Test:
    """Whether Python's strptime reads the text by a format; raises ValueError for a wrong format."""
    dt.datetime.now(dt.UTC).strftime(pattern)

    def matches(text: Any) -> bool:
        if not isinstance(text, str):
            raise TypeError("match_strftime_format is about text; this column is not text.")
        try:
            dt.datetime.strptime(text, pattern)
        except ValueError:
            return False
        return True

    return matches


def of_json_schema(schema: Any) -> Test:
    """Whether a text is JSON that follows a JSON schema; text that is no JSON raises ValueError."""
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    judge = validator(schema)
    return lambda text: judge.is_valid(json.loads(text))


def quoted(char: str) -> str:
    """One character as a regular expression that matches only it."""
    return re.escape(char) if char.isascii() else char
