"""Names of types: Polars' own, and the common names of Python, numpy, pandas and SQL.

What belongs here: which names a column type answers to. What does not: the expectations about it.
"""

from __future__ import annotations

import polars as pl

# name in lower case -> names of the Polars types it means
_INTEGERS = ("Int8", "Int16", "Int32", "Int64", "Int128", "UInt8", "UInt16", "UInt32", "UInt64")
_NUMBERS = (*_INTEGERS, "Float32", "Float64", "Decimal")
_COMMON: dict[str, tuple[str, ...]] = {
    "int": _INTEGERS,
    "integer": ("Int32", "Int64"),
    "bigint": ("Int64",),
    "smallint": ("Int16",),
    "tinyint": ("Int8",),
    "float": ("Float32", "Float64"),
    "double": ("Float64",),
    "real": ("Float32",),
    "bool": ("Boolean",),
    "boolean": ("Boolean",),
    "bool_": ("Boolean",),
    "str": ("String", "Categorical", "Enum"),
    "object": ("String", "Object"),
    "text": ("String",),
    "utf8": ("String",),
    "varchar": ("String",),
    "category": ("Categorical", "Enum"),
    "bytes": ("Binary",),
    "datetime64": ("Datetime",),
    "timestamp": ("Datetime",),
    "timedelta64": ("Duration",),
    "numeric": ("Decimal",),
    "number": _NUMBERS,
    "list": ("List", "Array"),
    "dict": ("Struct",),
}
_OWN = {
    name.lower(): kind.__name__  # Utf8 is another name of String
    for name, kind in vars(pl).items()
    if isinstance(kind, type) and issubclass(kind, pl.DataType) and kind is not pl.DataType
}


def named(dtype: pl.DataType) -> str:
    """A type as Polars writes it: `Int64`, `Decimal(precision=18, scale=2)`."""
    return str(dtype)


def is_of(dtype: pl.DataType, name: str) -> bool:
    """Whether a type answers to a name; capitals and spaces do not matter.

    A name without parameters (`Decimal`, `Datetime`) means all of that family. Raises ValueError
    for an unknown name, so that a typing error never just fails the data.
    """
    wanted = name.replace(" ", "").lower()
    if wanted == named(dtype).replace(" ", "").lower():
        return True
    family = type(dtype).__name__
    if wanted in _OWN:
        return _OWN[wanted] == family or wanted == family.lower()
    if wanted in _COMMON:
        return family in _COMMON[wanted]
    if "(" in wanted and wanted.split("(")[0] in _OWN:
        return False
    raise ValueError(f"Unrecognized type: {name}. Use a name of Polars, such as Int64 or String.")
