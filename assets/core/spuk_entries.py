"""What lists and annexes that a team dropped have in common on their way into the ledger.

What belongs here: reading one printed cell (a word, an amount, a date, a period, a recipient), the sentence
for one that cannot be read, and the columns of an entry. What does not: the forms
(`assets/ingest/spreadsheets`), and which cell says what (`spuk_lists`, `spuk_accounts`).
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from assets.calc import dutch_amounts
from assets.calc.ratios import AMOUNT
from assets.reference.municipality_names import with_codes
from assets.reference.spuk_schemes import schemes
from assets.reference.tables import spuk_components
from expectations import contract as contracts
from expectations.vocabulary import PROBLEM

TRACE = ("_capture", "_locator")
MUNICIPALITY = "municipality"

_PERIOD = r"^(20\d\d)(?:\s*[-\u2013/]\s*(20\d\d))?$"
_STORED = pl.Decimal(38, 9)
_CENT = 0.001  # a stored number is binary; more than this beside the cent was typed


def bare(column: str) -> pl.Expr:
    """A text as words are compared: without case, blanks and signs."""
    return pl.col(column).str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")


def known_as(
    frame: pl.LazyFrame, words: Iterable[tuple[str, str]], column: str, into: str
) -> pl.LazyFrame:
    """Add `into`: the code of the word in a column; null for an empty cell and for a word that is not known.

    words: (word, code); of a word that comes twice the first.
    """
    known = (
        pl.LazyFrame(list(words), schema={"_word": pl.String, into: pl.String}, orient="row")
        .with_columns(bare("_word"))
        .unique("_word", keep="first", maintain_order=True)
    )
    keyed = frame.with_columns(_word=bare(column))
    return keyed.join(known, on="_word", how="left", maintain_order="left").drop("_word")


def scheme_words() -> list[tuple[str, str]]:
    """Every id and title of a scheme, and its id."""
    return [
        (word, scheme.id)
        for scheme in schemes().values()
        for word in (scheme.id, scheme.title.nl, scheme.title.en, *scheme.titles)
    ]


def component_words() -> list[tuple[str, str]]:
    """Every label, name and code of a component, and its code."""
    listed = spuk_components()
    spelled = ("label", "component_name_nl", "component")
    return [pair for name in spelled for pair in listed.select(name, to="component").iter_rows()]


def amount(text: pl.Expr, is_point: pl.Expr) -> pl.Expr:
    """Euros: printed in Dutch, or a number of a workbook. Null where the text is no amount in cents."""
    plain = pl.when(text.str.contains(r"^-?\d+(\.\d+)?$")).then(text)
    stored = plain.cast(_STORED, strict=False)
    rounded = stored.round(2)
    in_cents = pl.when((stored - rounded).abs() < _CENT).then(rounded)
    point = in_cents.cast(AMOUNT, strict=False)
    return pl.when(is_point).then(point).otherwise(dutch_amounts.amount(text))


def moment(text: pl.Expr) -> pl.Expr:
    """ISO, as precise as printed: `2024`, `2024-03`, `2024-03-01`, `1-3-2024`. Null where it is no date."""
    stripped = text.str.strip_chars().str.replace(r"T00:00:00$", "")
    dutch_order = stripped.str.extract_groups(r"^(\d{1,2})[-/.](\d{1,2})[-/.](20\d\d)$")
    day, month, year = (dutch_order.struct.field(str(place)) for place in (1, 2, 3))
    iso = (
        pl.when(year.is_not_null())
        .then(pl.concat_str(year, month.str.zfill(2), day.str.zfill(2), separator="-"))
        .otherwise(stripped)
    )
    filled = pl.concat_str(iso, pl.lit("-01-01")).str.slice(0, 10)
    is_date = filled.str.to_date("%Y-%m-%d", strict=False).is_not_null()
    return pl.when(iso.str.contains(r"^20\d\d(-\d\d(-\d\d)?)?$") & is_date).then(iso)


def period(text: pl.Expr) -> pl.Expr:
    """`2024` or `2024-2028`; null where it is neither, or ends before it begins."""
    years = text.str.strip_chars().str.extract_groups(_PERIOD)
    first, last = years.struct.field("1"), years.struct.field("2")
    several = pl.concat_str(first, last, separator="-")
    return pl.when(last.is_null()).then(first).when(last > first).then(several)


def year_of(period: str) -> pl.Expr:
    """The year, where a period is one year."""
    return pl.when(pl.col(period).str.len_chars() == 4).then(pl.col(period)).cast(pl.Int16)


def with_list_year(frame: pl.LazyFrame, lists: pl.LazyFrame, year: pl.Expr) -> pl.LazyFrame:
    """Add `_list_year`: whose list of municipalities holds: that of the year, or the nearest one."""
    years = lists.select("year").unique().collect()["year"]
    return frame.with_columns(
        _list_year=year.cast(pl.Int64).clip(years.min(), years.max())  # type: ignore[arg-type]
    )


def with_listed_names(frame: pl.LazyFrame, lists: pl.LazyFrame) -> pl.LazyFrame:
    """Add `_listed`: the name of the municipality in `_code`, where the list of `_list_year` has it.

    The name is that of the newest list: CBS spells some differently from year to year.
    """
    names = lists.sort("year").group_by("municipality_code").agg(pl.col("municipality_name").last())
    listed = _by_year(lists).join(names, left_on="_code", right_on="municipality_code")
    return frame.join(
        listed.rename({"municipality_name": "_listed"}),
        on=["_list_year", "_code"],
        how="left",
        maintain_order="left",
    )


def with_codes_of_year(frame: pl.LazyFrame, lists: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Add `_code_of_name`, and `_problem` where a name is not in the list of `_list_year`.

    A name of another year will do, where it was of one municipality only and that one is in the list. Keeps
    no order.
    """
    years = frame.select("_list_year").unique().collect()["_list_year"].drop_nulls().sort()
    nothing = pl.lit(None, pl.String)
    undated = frame.filter(pl.col("_list_year").is_null())
    parts = [undated.with_columns(nothing.alias("_in_list"), nothing.alias(PROBLEM))]
    parts += [
        with_codes(
            frame.filter(pl.col("_list_year") == year),
            lists,
            name=name,
            year=year,
            code="_in_list",
        )
        for year in years
    ]
    ever = (
        lists.group_by(pl.col("municipality_name").alias(name))
        .agg(_code=pl.col("municipality_code").unique())
        .filter(pl.col("_code").list.len() == 1)
        .with_columns(pl.col("_code").list.first())
        .join(_by_year(lists), on="_code")
        .rename({"_code": "_ever"})
    )
    found = pl.concat(parts, how="diagonal").join(ever, on=[name, "_list_year"], how="left")
    return found.with_columns(
        pl.when(pl.col("_ever").is_null()).then(PROBLEM).alias(PROBLEM),
        _code_of_name=pl.coalesce("_in_list", "_ever"),
    )


def _by_year(lists: pl.LazyFrame) -> pl.LazyFrame:
    """Which codes are in which list."""
    return lists.select(_list_year=pl.col("year").cast(pl.Int64), _code="municipality_code")


def problem(*sentences: pl.Expr) -> pl.Expr:
    """The column `_problem`: the sentences that there are; null when there is none."""
    joined = pl.concat_str(sentences, separator="; ", ignore_nulls=True)
    return pl.when(joined != "").then(joined).alias(PROBLEM)


def entries(frame: pl.LazyFrame, table: str) -> pl.LazyFrame:
    """The columns of an entry, with what every dropped file says of itself.

    frame: `file`, `received_on`, `version` and the trace of raw rows, `_problem`, and whatever else an entry
    has; columns that it does not have are empty.
    """
    with_fields = frame.with_columns(
        document_id="file",
        # In order of what came after what, also within a day.
        document_version=pl.format("{} {}", "version", pl.col("_capture").str.slice(0, 12)),
        visible_from=pl.col("received_on").str.to_date("%Y-%m-%d"),
        confidence=pl.lit("seen"),
        source_sha256="_capture",
        source_locator="_locator",
    )
    there = with_fields.collect_schema().names()
    promised = contracts.table(table).dtypes
    missing = [
        pl.lit(None, kind).alias(name) for name, kind in promised.items() if name not in there
    ]
    return with_fields.with_columns(missing).select(*promised, *TRACE, PROBLEM)
