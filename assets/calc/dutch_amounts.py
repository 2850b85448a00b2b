"""Amounts as Dutch publications print them: `€ 1.234,56`.

What belongs here: the one rule that reads such a text, the one that writes it, and what is unusual about
the text of an amount. By rule, never by guess and never through a float: a text that does not follow the
rule is unreadable, not zero.
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import AMOUNT

_DASH = "[-\u2010-\u2015\u2212]"
# Thousands in groups of three or not at all; `,` and `,-` may stand for no cents.
_PRINTED = rf"^{_DASH}?(?:[0-9]{{1,3}}(?:\.[0-9]{{3}})+|[0-9]+)(?:,(?:[0-9]{{1,2}}|{_DASH})?)?$"
_PARTS = rf"^({_DASH}?)([0-9]+)(?:,([0-9]*){_DASH}?)?$"


def amount(text: pl.Expr) -> pl.Expr:
    """The amount in a printed text; null when the text is absent, a dash, or unreadable."""
    bare = _bare(text)
    digits = bare.str.replace_all(".", "", literal=True).str.replace(_PARTS, "$1$2.$3")
    signed = digits.str.replace(rf"^{_DASH}", "-")
    return pl.when(bare.str.contains(_PRINTED)).then(signed).cast(AMOUNT, strict=False)


def unreadable(text: pl.Expr) -> pl.Expr:
    """Whether something is printed that is no amount and no dash (the mark for no amount)."""
    printed = _bare(text).fill_null("")
    nothing = printed.str.contains(rf"^{_DASH}?$")
    return ~nothing & amount(text).is_null()


def noticed(text: pl.Expr) -> pl.Expr:
    """What is unusual about the text of an amount, in words split by `; `; null where nothing is.

    Usual is `€ 1.234` or `€ 1.234,50`. A text that is no amount is not judged.
    """
    bare = _bare(text)
    unusual = {
        "bold": text.str.contains("**", literal=True),
        "no euro sign": ~text.str.contains("€", literal=True),
        "no thousands points": bare.str.contains("[0-9]{4}"),
        "one decimal": bare.str.contains(",[0-9]$"),
        "stray comma": bare.str.ends_with(","),
    }
    words = pl.concat_str(
        [pl.when(seen).then(pl.lit(word)) for word, seen in unusual.items()],
        separator="; ",
        ignore_nulls=True,
    )
    return pl.when(amount(text).is_not_null() & (words != "")).then(words)


def printed(amount: str) -> str:
    """The other way: `1234.5` -> `€ 1.234,50`, `1234` -> `€ 1.234`. Other text stays as it is."""
    digits = amount.removeprefix("-")
    euros, point, cents = digits.partition(".")
    if not (euros + cents).isdecimal() or not euros or bool(point) != bool(cents):
        return amount
    grouped = f"{int(euros):,}".replace(",", ".")
    sign = "-" if amount.startswith("-") else ""
    return f"€ {sign}{grouped}" + (f",{cents.ljust(2, '0')}" if cents else "")


def _bare(text: pl.Expr) -> pl.Expr:
    """Without blanks around, bold marks (`**`) and the euro sign."""
    bare = text.str.strip_chars().str.strip_chars("*").str.strip_chars()
    # The sign may stand on either side of the euro sign.
    return bare.str.replace(rf"^({_DASH}?)\s*€\s*", "$1")
