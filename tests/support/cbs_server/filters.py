"""`$filter` of OData as the server carries it out: the forms that our sources use, and no other.

What belongs here: from the text of a filter to a Polars expression. What does not: rows and pages
(`cbs`). Whatever is not known here is refused, because a server that reads over a part of a filter
gives other rows than were asked for, and nobody would see it.

    filter     = term { "or" term }
    term       = factor { "and" factor }
    factor     = "(" filter ")" | column ("eq" | "gt" | "ge" | "lt" | "le") text
               | "startswith(" column "," text ")"
               | "substringof(" text "," column ")"    v3 only
               | "contains(" column "," text ")"       v4 only

Texts are compared as they stand, padding included: in v3 `eq '426600'` finds no `'426600 '`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Literal

import polars as pl

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z_]\w*)|(?P<mark>[(),]))")
_COMPARED: Mapping[str, Callable[[pl.Expr, str], pl.Expr]] = {
    name: getattr(operator, name) for name in ("eq", "gt", "ge", "lt", "le")
}
_SEARCHED: Mapping[str, Callable[[pl.Expr, str], pl.Expr]] = {
    "startswith": lambda column, text: column.str.starts_with(text),
    "contains": lambda column, text: column.str.contains(text, literal=True),
    "substringof": lambda column, text: column.str.contains(text, literal=True),
}
_ONLY = {"contains": "v4", "substringof": "v3"}


class RefusedError(Exception):
    """A filter that this server does not know: the answer is status 400."""


def selected(rows: pl.DataFrame, written: str, generation: Literal["v3", "v4"]) -> pl.DataFrame:
    """The rows that a filter leaves. Raises RefusedError for a form or a column that is not known."""
    return rows.filter(_Reader(written, rows.schema, generation).complete())


class _Reader:
    """Reads one filter from left to right."""

    def __init__(self, written: str, schema: pl.Schema, generation: str) -> None:
        self._written = written
        self._schema = schema
        self._generation = generation
        self._tokens = list(self._split())

    def complete(self) -> pl.Expr:
        found = self._any()
        if self._tokens:
            raise self._odd(f"nothing is expected before {self._tokens[0]!r}")
        return found

    def _any(self) -> pl.Expr:
        found = self._all()
        while self._met("or"):
            found |= self._all()
        return found

    def _all(self) -> pl.Expr:
        found = self._one()
        while self._met("and"):
            found &= self._one()
        return found

    def _one(self) -> pl.Expr:
        if self._met("("):
            found = self._any()
            self._expect(")")
            return found
        word = self._next()
        if self._met("("):
            return self._search(word)
        column, how = self._column(word), self._next()
        if how not in _COMPARED:
            raise self._odd(f"{how!r} is no comparison")
        return _COMPARED[how](column, self._text(self._next()))

    def _search(self, name: str) -> pl.Expr:
        if name not in _SEARCHED or _ONLY.get(name, self._generation) != self._generation:
            raise self._odd(f"{self._generation} has no function {name!r}")
        first = self._next()
        self._expect(",")
        second = self._next()
        self._expect(")")
        column, text = (second, first) if name == "substringof" else (first, second)
        return _SEARCHED[name](self._column(column), self._text(text))

    def _column(self, name: str) -> pl.Expr:
        if self._schema.get(name) != pl.String:
            raise self._odd(f"there is no column {name!r} of texts")
        return pl.col(name)

    def _text(self, token: str) -> str:
        if not token.startswith("'"):
            raise self._odd(f"{token!r} is no text")
        return token[1:-1].replace("''", "'")

    def _split(self) -> list[str]:
        tokens, at = [], 0
        written = self._written.rstrip()
        while at < len(written):
            found = _TOKEN.match(written, at)
            if found is None:
                raise self._odd(f"{written[at:].strip()!r} cannot be read")
            tokens.append(found.group().strip())
            at = found.end()
        return tokens

    def _next(self) -> str:
        if not self._tokens:
            raise self._odd("it ends too early")
        return self._tokens.pop(0)

    def _met(self, token: str) -> bool:
        if self._tokens[:1] != [token]:
            return False
        self._tokens.pop(0)
        return True

    def _expect(self, token: str) -> None:
        if not self._met(token):
            raise self._odd(f"{token!r} is missing")

    def _odd(self, why: str) -> RefusedError:
        return RefusedError(f"$filter={self._written}: {why}")
