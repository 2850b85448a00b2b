"""Great Expectations' own published cases: example data, an expectation, its result.

They stand in the docstrings of the installed package, under "Example Data" and "Code Examples", in
three slightly different hands; what cannot be read is counted by the test, not passed over.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from dataclasses import dataclass
from typing import Any

import polars as pl
from great_expectations.expectations import core

_CASE = re.compile(
    r"(Passing|Failing) Case:\s+Input:(.*?)Output:(.*?)(?=(?:Passing|Failing) Case:|\Z)", re.S
)
_CELL = re.compile(r'"[^"]*"|\S+')
_NOTHING = ("NaN", "null", "None")


@dataclass(frozen=True)
class Published:
    """One case as printed. expectation: None when the printed code is no Python."""

    name: str
    frame: pl.DataFrame
    expectation: Any
    success: bool
    result: dict[str, Any]


def published() -> list[Published]:
    """Every printed case, in the order of the expectations' names."""
    found = []
    for name in sorted(vars(core)):
        kind = getattr(core, name)
        text = inspect.getdoc(kind) if inspect.isclass(kind) else None
        if not text or "Example Data:" not in text:
            continue
        table = re.split(r"Code Examples:|Passing Case:", text.split("Example Data:")[1])[0]
        for outcome, code, printed in _CASE.findall(text):
            wanted = json.loads(_as_json(printed))
            found.append(
                Published(
                    name=f"{name}-{outcome.lower()}",
                    frame=_frame(table),
                    expectation=_expectation(code),
                    success=wanted["success"],
                    result=wanted.get("result", {}),
                )
            )
    return found


def _frame(table: str) -> pl.DataFrame:
    lines = [line.strip() for line in table.splitlines() if line.strip()]
    start = next(i for i, line in enumerate(lines) if line.startswith("0 "))
    rows = []
    for number, line in enumerate(lines[start:]):
        first, *cells = _CELL.findall(line)
        if first != str(number):
            break  # a second table
        rows.append([_cell(each) for each in cells])
    width = max(len(row) for row in rows)
    names = lines[start - 1].split()
    names += [f"test{number}" for number in range(len(names) + 1, width + 1)]
    return pl.DataFrame(rows, schema=names, orient="row", strict=False)


def _cell(text: str) -> Any:
    if text in _NOTHING:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _as_json(printed: str) -> str:
    text = printed[: printed.rindex("}") + 1]
    text = re.sub(r",(\s*[\]}])", r"\1", text)  # a comma after the last one
    return re.sub(r"(:\s*)\.(\d)", r"\g<1>0.\2", text)  # .8


def _expectation(code: str) -> Any:
    """The expectation, from its literal arguments; None when the print is no such Python."""
    try:
        call = ast.parse(code.strip()).body[0].value  # type: ignore[attr-defined]
        arguments = {
            each.arg: each.value.id
            if isinstance(each.value, ast.Name)
            else ast.literal_eval(each.value)
            for each in call.keywords
        }
    except (SyntaxError, ValueError):
        return None
    return getattr(core, call.func.id)(**arguments)
