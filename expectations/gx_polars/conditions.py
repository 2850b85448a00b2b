"""Row conditions of Great Expectations as Polars expressions.

Three forms exist: condition objects (`Column("year") > 2020`), the older `col("year") > 2020` text,
which Great Expectations turns into those objects itself, and the text of `pandas.DataFrame.query`.
The last is read as Python; what is outside a small, exact part of it is refused.

A comparison with null is never true, as in SQL (pandas lets null differ from everything).
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
from great_expectations.expectations.row_conditions import (
    AndCondition,
    ComparisonCondition,
    Condition,
    NullityCondition,
    Operator,
    OrCondition,
    PassThroughCondition,
    deserialize_row_condition,
)

from expectations.errors import VoorkantError
from expectations.gx_polars.literals import among, bound

_COMPARED: dict[Any, Callable[[Any, Any], Any]] = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.LESS_THAN: operator.lt,
    Operator.LESS_THAN_OR_EQUAL: operator.le,
    Operator.GREATER_THAN: operator.gt,
    Operator.GREATER_THAN_OR_EQUAL: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_MIRRORED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


def as_filter(domain: Mapping[str, Any], schema: pl.Schema) -> pl.Expr | None:
    """The rows a domain asks for by its `row_condition`; None when it has none.

    Raises VK-G003 for a text that cannot be read exactly or names a column that is not there.
    """
    condition: Any = domain.get("row_condition")
    if condition is None or condition == "":
        return None
    if isinstance(condition, dict):
        condition = deserialize_row_condition(condition)
    if isinstance(condition, str):
        condition = PassThroughCondition(pass_through_filter=condition)
    if isinstance(condition, PassThroughCondition):
        if domain.get("condition_parser") == "spark":
            raise _refused(condition.pass_through_filter, "is written for Spark")
        return _read(condition.pass_through_filter, schema)
    return _built(condition, schema)


def _built(condition: Condition, schema: pl.Schema) -> pl.Expr:
    match condition:
        case AndCondition():
            return pl.all_horizontal([_built(part, schema) for part in condition.conditions])
        case OrCondition():
            return pl.any_horizontal([_built(part, schema) for part in condition.conditions])
        case NullityCondition():
            column = _column(condition.column.name, schema, repr(condition))
            return column.is_null() if condition.is_null else column.is_not_null()
        case ComparisonCondition():
            name = condition.column.name
            column, dtype = _column(name, schema, repr(condition)), schema[name]
            wanted = Operator(condition.operator)
            if wanted in (Operator.IN, Operator.NOT_IN):
                inside = among(column, condition.parameter, dtype)
                return inside if wanted == Operator.IN else ~inside
            return _compared(wanted, column, condition.parameter, dtype)
        case other:
            raise _refused(repr(other), "has an unknown form")


def _compared(how: Any, column: pl.Expr, value: Any, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Boolean and isinstance(value, bool):
        value = pl.lit(value)
    elif not isinstance(value, pl.Expr):
        value = bound(value, dtype)
    result: pl.Expr = _COMPARED[how](column, value)
    if dtype.is_float() and how not in (Operator.NOT_EQUAL, ast.NotEq):
        result = result & column.is_not_nan()  # Polars: NaN is larger than every number
    return result


def _column(name: str, schema: pl.Schema, text: str) -> pl.Expr:
    if name not in schema:
        raise _refused(text, f'names the column "{name}", which the batch does not have')
    return pl.col(name)


def _refused(text: str, why: str) -> VoorkantError:
    return VoorkantError(
        "VK-G003",
        problem=f"The row condition `{text}` {why}.",
        where="row_condition of an expectation",
        outcome="The expectation was not judged; the others were.",
        remedy="Write it with condition objects: Column('year') >= 2020.",
    )


def _read(text: str, schema: pl.Schema) -> pl.Expr:
    """The part of `DataFrame.query` that means one thing: names, constants, comparisons, and/or/not."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise _refused(text, "is not an expression of pandas' query language") from error

    def boolean(node: ast.expr) -> pl.Expr:
        match node:
            case ast.BoolOp(op=op, values=parts):
                together = pl.all_horizontal if isinstance(op, ast.And) else pl.any_horizontal
                return together([boolean(part) for part in parts])
            case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
                return boolean(left) & boolean(right)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return boolean(left) | boolean(right)
            case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=inside):
                return ~boolean(inside)
            case ast.Compare(left=left, ops=ops, comparators=rest):
                sides = [left, *rest]
                steps = zip(sides, ops, sides[1:], strict=False)
                return pl.all_horizontal([compared(*step) for step in steps])
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr=attribute), args=[], keywords=[]
            ) if attribute in ("isnull", "isna", "notnull", "notna"):
                column = _column(name, schema, text)
                return column.is_null() if attribute.startswith("is") else column.is_not_null()
            case ast.Name(id=name) if name in schema and schema[name] == pl.Boolean:
                return pl.col(name)
            case _:
                raise _refused(text, f"holds `{ast.unparse(node)}`, which is not supported")

    def compared(left: ast.expr, how: ast.cmpop, right: ast.expr) -> pl.Expr:
        if not isinstance(left, ast.Name):
            if isinstance(right, ast.Name) and type(how) in _COMPARED:
                mirrored = _MIRRORED.get(type(how), type(how))
                return compared(right, mirrored(), left)
            raise _refused(text, f"holds `{ast.unparse(left)}`, which is not supported")
        column, dtype = _column(left.id, schema, text), schema[left.id]
        if isinstance(right, ast.Name) and type(how) in _COMPARED:
            return _compared(type(how), column, _column(right.id, schema, text), dtype)
        try:
            value = ast.literal_eval(right)
        except ValueError as error:
            raise _refused(text, f"holds `{ast.unparse(right)}`, which is no constant") from error
        if isinstance(how, ast.In | ast.NotIn):
            inside = among(column, value, dtype)
            return inside if isinstance(how, ast.In) else ~inside
        if type(how) not in _COMPARED or value is None:
            raise _refused(text, "compares by `is` or with None; write isnull()")
        return _compared(type(how), column, value, dtype)

    return boolean(tree)
