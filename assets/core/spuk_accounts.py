"""SiSa annexes: from the answer to a question to an entry of the ledger, or to what is wrong with it.

What belongs here: which scheme a line is about, what its question asks, which year and component the money
is of. What a question asks is data (`assets/reference/sisa_questions.csv`), and so is the code of a scheme; a
code that nobody has seen is never assumed: then the printed title decides. What does not: the form of an
annex (`assets/ingest/spreadsheets/sisa`) and how one cell is read (`spuk_entries`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

import polars as pl

from assets.core import spuk_entries as read
from assets.ingest.spreadsheets.header_tables import bare
from assets.reference.spuk_components import TOTAL
from assets.reference.spuk_schemes import Accountability, schemes
from assets.reference.tables import sisa_questions

_LEVELS = {"03": "province", "05": "joint_authority", "06": read.MUNICIPALITY}
_LINE = ["_capture", "sheet", "_scheme", "scheme_code", "line"]


def entries(raw: pl.LazyFrame, lists: pl.LazyFrame) -> pl.LazyFrame:
    """Amounts and answers about our schemes, those that do not fit with their `_problem`.

    raw: raw_sisa__rows. lists: core table municipalities.lists. What a line is about, the number of its
    decision and explanations are no entries: see `takes`.
    """
    lines = understood(raw)
    facts = lines.filter(pl.col("takes").is_in(["amount", "answer"]) | pl.col("takes").is_null())
    numbered = _with_grant_numbers(facts, lines.filter(takes="grant_number"))
    placed = _recipients(_components(numbered), lists, raw)
    is_answer = pl.col("takes") == "answer"
    text = pl.col("text").str.strip_chars()
    answer = text.str.to_lowercase().replace_strict(
        {"ja": "Ja", "nee": "Nee"}, default=None, return_dtype=pl.String
    )
    readable_kind = pl.col("value_kind").is_in(["text", "number"])
    amount = pl.when(readable_kind).then(read.amount(text, pl.col("value_kind") == "number"))
    wrong = [
        pl.when(pl.col("year").is_null()).then(
            pl.format("{}: neither file nor sheet is named sisa_<year>_<authority>", "file")
        ),
        pl.when(pl.col("takes").is_null()).then(
            pl.format(
                '{}: the question "{}" of {} is in no list of questions',
                *("_locator", pl.col("question").fill_null(""), "indicator"),
            )
        ),
        pl.when((pl.col("takes") == "amount") & amount.is_null()).then(
            pl.format('{}: cannot read "{}" as euros and cents', "_locator", "text")
        ),
        pl.when(is_answer & answer.is_null()).then(
            pl.format('{}: "{}" is neither Ja nor Nee', "_locator", "text")
        ),
        pl.col("_component_problem"),
        pl.col("_recipient_problem"),
    ]
    own_party = pl.col("party_code") == pl.col("authority_level") + pl.col("authority_code")
    return read.entries(
        placed.with_columns(
            read.problem(*wrong),
            scheme="_scheme",
            component="_component",
            recipient_kind="_kind",
            recipient_code="_code",
            recipient_name="_name",
            year=pl.col("_money_year").cast(pl.Int16),
            period=pl.col("_money_year").cast(pl.String),
            amount_eur=pl.when(pl.col("takes") == "amount").then(amount),
            answer=pl.when(is_answer).then(answer),
            control=pl.col("control").replace("n.v.t.", "nvt"),
            evidence=pl.lit("sisa_annex"),
            as_printed="text",
            remark=pl.when(~own_party).then(pl.format("{} {}", "party_code", "party_name")),
        ),
        "spuk_ledger.accounts",
    )


def understood(raw: pl.LazyFrame) -> pl.LazyFrame:
    """The answers about our schemes, with `_scheme`, and what the question above each asks.

    Adds `takes`, `state`, `basis` (null for a question that no pattern fits) and `_money_year`.
    """
    return _with_questions(_of_schemes(raw).filter(pl.col("_scheme").is_not_null()))


def of_no_scheme(raw: pl.LazyFrame) -> pl.LazyFrame:
    """The first answer of each line whose code nobody has seen and whose title is of no scheme of ours."""
    undeclared = _of_schemes(raw).filter(
        pl.col("_scheme").is_null() & (pl.col("code_status") == "unknown")
    )
    return undeclared.unique(
        ["_capture", "sheet", "scheme_code"], keep="first", maintain_order=True
    )


def _of_schemes(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Add `_scheme` and `_role`: by a code that was seen, else by the printed title."""
    seen = pl.LazyFrame(
        [
            (each.code, scheme.id, each.role)
            for scheme in schemes().values()
            for each in scheme.sisa
            if each.status == "seen" and each.code
        ],
        schema={"scheme_code": pl.String, "_by_code": pl.String, "_role": pl.String},
        orient="row",
    )
    printed = raw.select("scheme").unique().collect()["scheme"].drop_nulls()
    titled = {text: scheme for text in printed if (scheme := _titled(text))}
    by_title = pl.col("scheme").replace_strict(titled, default=None, return_dtype=pl.String)
    return raw.join(seen, on="scheme_code", how="left", maintain_order="left").with_columns(
        _scheme=pl.coalesce("_by_code", by_title)
    )


def _titled(printed: str) -> str | None:
    """The scheme whose title this is: one of its lines, or lines that follow each other."""
    titles = {bare(word): scheme for word, scheme in read.scheme_words()}
    return next((titles[each] for each in _readings(printed) if each in titles), None)


def _readings(printed: str) -> Iterator[str]:
    """Every run of lines as one text, the longest of each beginning first: a title may go over lines."""
    lines = [bare(line) for line in printed.split(" / ")]
    for start in range(len(lines)):
        yield from reversed(list(accumulate(lines[start:])))


def _with_questions(lines: pl.LazyFrame) -> pl.LazyFrame:
    """What each cell is, by the first pattern that fits its question, and of which year the money is.

    The question says that year: T is that of the annex. Only where it does not, the scheme does.
    """
    patterns = [
        (re.compile(pattern), *meaning)
        for pattern, *meaning in sisa_questions()
        .select("pattern", "takes", "state", "basis")
        .rows()
    ]
    questions = lines.select("question").unique().collect()["question"].drop_nulls().sort()
    meant = [
        (question, *meaning)
        for question in questions
        if (meaning := next((m for p, *m in patterns if p.search(question.casefold())), None))
    ]
    known = pl.LazyFrame(
        meant,
        schema=dict.fromkeys(("question", "takes", "state", "basis"), pl.String),
        orient="row",
    )
    # What a line is about stands in its first cell too, under whatever question.
    is_key = (pl.col("is_copy") == "true") | (pl.col("text") == pl.col("line_key"))
    about_earlier_year = pl.col("question").str.contains(r"(?i)\bT\s*[-\u2013]\s*1\b")
    about_own_year = pl.col("question").str.contains(r"(?i)\bjaar T\b")
    offset = (
        pl.when(about_earlier_year).then(1).when(about_own_year).then(0).otherwise(_members_later())
    )
    return lines.join(known, on="question", how="left", maintain_order="left").with_columns(
        takes=pl.when(is_key).then(pl.lit("key")).otherwise("takes"),
        _money_year=pl.col("year").cast(pl.Int32, strict=False) - offset,
    )


def _members_later() -> pl.Expr:
    """How many years later a member accounts than who it got the money from; 0 for who got it first."""
    later = {
        scheme.id: max((_later(each) for each in scheme.accountability), default=0)
        for scheme in schemes().values()
    }
    years = pl.col("_scheme").replace_strict(later, default=0, return_dtype=pl.Int32)
    return pl.when(pl.col("_role") == "member").then(years).otherwise(0)


def _later(each: Accountability) -> int:
    return (each.members_years_after or each.years_after) - each.years_after


def _components(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Add `_component` and `_component_problem`.

    Where a scheme accounts per component in the year of the money, the component is named by the line or by
    the question, the longest name first; elsewhere it is the whole.
    """
    per_component = pl.LazyFrame(
        [
            (scheme.id, year, True)
            for scheme in schemes().values()
            for each in scheme.accountability
            if each.lines == "component"
            for year in each.years
        ],
        schema={"_scheme": pl.String, "_money_year": pl.Int32, "_parts": pl.Boolean},
        orient="row",
    )
    words = sorted(
        {(bare(word), code) for word, code in read.component_words() if code != TOTAL},
        key=lambda pair: (-len(pair[0]), pair),
    )
    question_rows = lines.select("line_key", "question").unique().collect()
    named = [
        (key, question, next((c for w, c in words if w == bare(key or "")), None)
         or next((c for w, c in words if w in bare(question or "")), None))
        for key, question in question_rows.iter_rows()
    ]  # fmt: skip
    known = pl.LazyFrame(
        named,
        schema=dict.fromkeys(("line_key", "question", "_named"), pl.String),
        orient="row",
    )
    joined = lines.join(
        per_component, on=["_scheme", "_money_year"], how="left", maintain_order="left"
    ).join(known, on=["line_key", "question"], how="left", nulls_equal=True, maintain_order="left")
    parts = pl.col("_parts").fill_null(False)
    unknown = parts & pl.col("_named").is_null() & pl.col("line_key").is_not_null()
    return joined.with_columns(
        _component=pl.when(parts)
        .then(pl.coalesce("_named", pl.lit(TOTAL)))
        .otherwise(pl.lit(TOTAL)),
        _component_problem=pl.when(unknown).then(
            pl.format('{}: the line "{}" names no component', "_locator", "line_key")
        ),
    )


def _with_grant_numbers(facts: pl.LazyFrame, printed: pl.LazyFrame) -> pl.LazyFrame:
    """Add `grant_number`: the nearest one of the same line at or above a row, else the first one below.

    A scheme may have several decisions below each other, each with bands of its own.
    """
    by = [f"_by_{name}" for name in _LINE]

    def keyed(frame: pl.LazyFrame) -> pl.LazyFrame:
        line = [pl.col(name).fill_null("").alias(key) for name, key in zip(_LINE, by, strict=True)]
        return frame.with_columns(*line, _row=pl.col("row").cast(pl.Int64)).sort("_row")

    numbers = keyed(printed).select(*by, "_row", _number=pl.col("text").str.strip_chars())
    found = keyed(facts)
    for strategy, name in (("backward", "_above"), ("forward", "_below")):
        found = found.join_asof(
            numbers.rename({"_number": name}),
            on="_row",
            by=by,
            strategy=strategy,  # type: ignore[arg-type]
            check_sortedness=False,
        )
    return found.with_columns(grant_number=pl.coalesce("_above", "_below"))


def _recipients(lines: pl.LazyFrame, lists: pl.LazyFrame, raw: pl.LazyFrame) -> pl.LazyFrame:
    """Add `_kind`, `_code`, `_name` and `_recipient_problem`: the authority whose annex it is.

    A municipality has the name it has in the list of the year of the annex; another authority the name that
    any annex prints beside its number, else that number.
    """
    number = pl.col("authority_level") + pl.col("authority_code")
    kind = pl.col("authority_level").replace_strict(_LEVELS, default=None, return_dtype=pl.String)
    municipal = pl.col("_kind") == read.MUNICIPALITY
    printed = (
        raw.filter(pl.col("party_code").is_not_null())
        .group_by(_number="party_code")
        .agg(_printed=pl.col("party_name").min())
    )
    placed = lines.with_columns(
        _kind=kind,
        _number=number,
        _code=pl.when(kind == read.MUNICIPALITY).then("GM" + pl.col("authority_code")),
    )
    dated = read.with_list_year(placed, lists, pl.col("year").cast(pl.Int64, strict=False))
    named = read.with_listed_names(dated, lists).join(
        printed, on="_number", how="left", maintain_order="left"
    )
    return named.with_columns(
        _name=pl.when(municipal).then("_listed").otherwise(pl.coalesce("_printed", "_number")),
        _recipient_problem=pl.when(municipal & pl.col("_listed").is_null()).then(
            pl.format("{}: no municipality has the code {} in {}", "file", "_code", "_list_year")
        ),
    )
