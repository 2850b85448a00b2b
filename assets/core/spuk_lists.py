"""Lists of grants and payments: from the cells of a row to an entry of the ledger, or to what is wrong.

What belongs here: which cell of a list is which column of an entry. What does not: the form of a list
(`assets/ingest/spreadsheets/spuk_lists`), how one cell is read (`spuk_entries`), and the
tables (`spuk_received`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from assets.core import spuk_entries as read
from assets.ingest.spreadsheets.spuk_lists import FORMS
from assets.reference.spuk_components import TOTAL
from assets.reference.spuk_schemes import Scheme, schemes
from assets.reference.tables import spuk_words
from expectations.vocabulary import PROBLEM

_CBS_NUMBER = r"^(?:GM|gm)?(\d{1,4})$"
_OTHER_CODE = r"^(NL01|PV\d{2})$"


def grants(raw: pl.LazyFrame, lists: pl.LazyFrame) -> pl.LazyFrame:
    """Entries of lists of grants, those that do not fit with their `_problem`.

    raw: raw rows of the form. lists: core table municipalities.lists.
    """
    frame = read.known_as(_known(raw, "spuk_grants"), _words("state"), "state_printed", "state")
    frame = read.known_as(frame, _words("basis"), "basis_printed", "_basis").with_columns(
        basis=pl.coalesce(
            "_basis", pl.when(pl.col("basis_printed").is_null()).then(pl.lit("as_stated"))
        ),
        # A fact without an amount is printed in its word.
        as_printed=pl.coalesce("text", "state_printed"),
    )
    answer_word = (
        pl.col("answer")
        .str.to_lowercase()
        .replace_strict({"ja": "Ja", "nee": "Nee", "yes": "Ja", "no": "Nee"}, default=None)
    )
    about_accounts = pl.col("state") == "plausible"
    own = [
        _unknown("state_printed", "state", "no state of a list"),
        _unknown("basis_printed", "basis", "no basis of an amount"),
        pl.when(about_accounts & answer_word.is_null()).then(
            pl.format("{}: whether it is plausible must be Ja or Nee", "_locator")
        ),
    ]
    answered = frame.with_columns(
        answer=pl.when(about_accounts).then(answer_word).otherwise("answer")
    )
    return _finished(answered, lists, "grants", "grant_list", own)


def payments(raw: pl.LazyFrame, lists: pl.LazyFrame) -> pl.LazyFrame:
    """Entries of lists of payments: what was paid, and beside it what went to the BCF. See `grants`."""
    frame = _known(raw, "spuk_payments").with_columns(
        state=pl.lit("advanced"), basis="basis_given", as_printed="text"
    )
    nothing = pl.when(pl.col("text").is_null()).then(
        pl.format("{}: a payment without an amount", "_locator")
    )
    return _finished(frame, lists, "payments", "payment_list", [nothing])


def _known(raw: pl.LazyFrame, source: str) -> pl.LazyFrame:
    """The cells without blanks around, and what the words among them mean."""
    names = [column.name for column in FORMS[source] if not column.amount]
    texts = {name: pl.col(name).str.strip_chars() for name in names}
    # The raw column of that name says whether a figure is one; in the ledger it is the state of the euro.
    frame = raw.rename({"state": "figure"}).with_columns(
        pl.when(~text.is_in(["", "-"])).then(text).alias(name) for name, text in texts.items()
    )
    frame = read.known_as(frame, read.scheme_words(), "scheme", "_scheme")
    frame = read.known_as(frame, read.component_words(), "component", "_component")
    return read.known_as(frame, _words("recipient_kind"), "recipient_kind", "_kind")


def _words(what: str) -> list[tuple[str, str]]:
    listed = spuk_words().filter(what=what)
    return [
        pair for name in ("nl", "en", "code") for pair in listed.select(name, to="code").iter_rows()
    ]


def _finished(
    frame: pl.LazyFrame,
    lists: pl.LazyFrame,
    table: str,
    evidence: str,
    own: Iterable[pl.Expr],
) -> pl.LazyFrame:
    """The columns that both forms have, and everything that is wrong with a row."""
    amount = read.amount(pl.col("text"), pl.col("notation") == "point")
    period = read.period(pl.col("period"))
    dated = read.moment(pl.col("event_date"))
    kind = pl.coalesce(
        "_kind", pl.when(pl.col("recipient_kind").is_null()).then(pl.lit(read.MUNICIPALITY))
    )
    component = pl.coalesce(
        "_component", pl.when(pl.col("component").is_null()).then(pl.lit(TOTAL))
    )
    typed = frame.with_columns(
        amount_eur=amount,
        _kind=kind,
        _component=component,
        _period=period,
        _dated=dated,
        _unreadable=pl.when((pl.col("figure") == "amount") & amount.is_null()).then(
            pl.format('{}: cannot read "{}" as euros and cents', "_locator", "text")
        ),
    )
    placed = _recipients(typed, lists)
    wrong = [
        _unknown("scheme", "_scheme", "no scheme that is known"),
        _unknown("component", "_component", "in no list of components"),
        _unknown("recipient_kind", "_kind", "no kind of recipient"),
        _unknown("period", "_period", "no year, and no years as 2024-2028"),
        _unknown("event_date", "_dated", "no date as 2024-03-01 or 1-3-2024"),
        *(_not_of_scheme(name, of) for name, of in _PARTS.items()),
        *own,
        pl.col("_unreadable"),
        pl.col("_recipient_problem"),
    ]
    return read.entries(
        placed.with_columns(
            read.problem(*wrong),
            scheme="_scheme",
            component="_component",
            period="_period",
            event_date="_dated",
            recipient_kind="_kind",
            recipient_name="_name",
            recipient_code="_code",
            evidence=pl.lit(evidence),
        ).with_columns(year=read.year_of("period")),
        f"spuk_ledger.{table}",
    )


# What is a window or a round, for the schemes of which they are declared.
_PARTS: dict[str, Callable[[Scheme], list[str]]] = {
    "window": lambda scheme: [each.id for each in scheme.windows],
    "round": lambda scheme: [each.id for each in scheme.rounds],
}


def _not_of_scheme(column: str, parts: Callable[[Scheme], list[str]]) -> pl.Expr:
    """The sentence for a window or round that its scheme does not have, where it has any."""
    declared = {name: parts(scheme) for name, scheme in schemes().items() if parts(scheme)}
    sentences = [
        pl.when((pl.col("_scheme") == name) & ~pl.col(column).is_in(known)).then(
            _is_not(column, f"no {column} of {name}, which has {', '.join(known)}")
        )
        for name, known in declared.items()
    ]
    return pl.coalesce(*sentences, pl.lit(None, pl.String))


def _recipients(frame: pl.LazyFrame, lists: pl.LazyFrame) -> pl.LazyFrame:
    """Add `_code`, `_name` and `_recipient_problem`: municipalities by the list of the grant year.

    Of a municipality its code or its name will do; where both are given they must be of one municipality.
    """
    municipal = pl.col("_kind") == read.MUNICIPALITY
    code, name = pl.col("recipient_code"), pl.col("recipient_name")
    given = frame.with_columns(
        _given_code=pl.when(municipal).then("GM" + code.str.extract(_CBS_NUMBER).str.zfill(4)),
        _given_name=pl.when(municipal).then(name),
    )
    first_year = pl.col("_period").str.slice(0, 4).cast(pl.Int64)
    dated = read.with_list_year(given, lists, first_year)
    named = read.with_codes_of_year(dated, lists, "_given_name").with_columns(
        _code=pl.coalesce("_given_code", "_code_of_name")
    )
    spelled = pl.col(PROBLEM).str.replace("_given_name", _cell("recipient_name"), literal=True)
    of_municipality = (
        pl.when(code.is_null() & name.is_null())
        .then(pl.format("{}: a municipality needs a code or a name", "_locator"))
        .when(pl.col("_list_year").is_null())
        .then(None)  # the period is what is wrong
        .when(code.is_not_null() & pl.col("_listed").is_null())
        .then(_is_not("recipient_code", "no code of a municipality in {}", "_list_year"))
        .when(spelled.is_not_null())
        .then(spelled)
        .when(pl.col("_code_of_name") != pl.col("_given_code"))
        .then(_is_not("recipient_name", "{}, which is not {}", "_code_of_name", "_given_code"))
    )
    of_other = (
        pl.when(name.is_null())
        .then(pl.format("{}: the recipient has no name", "_locator"))
        .when(~code.str.contains(_OTHER_CODE))
        .then(_is_not("recipient_code", "no code of this kind of recipient"))
    )
    return read.with_listed_names(named, lists).with_columns(
        _code=pl.when(municipal).then("_code").otherwise(code),
        _name=pl.when(municipal).then("_listed").otherwise(name),
        _recipient_problem=pl.when(municipal).then(of_municipality).otherwise(of_other),
    )


def _unknown(column: str, found: str, is_what: str) -> pl.Expr:
    """The sentence for a filled cell of which nothing was found."""
    unread = pl.col(column).is_not_null() & pl.col(found).is_null()
    return pl.when(unread).then(_is_not(column, is_what))


def _is_not(column: str, is_what: str, *more: str) -> pl.Expr:
    """`C12: "Groninge" is …`: the cell, its text, and what is the matter with it."""
    return pl.format('{}: "{}" is ' + is_what, _cell(column), column, *more)


def _cell(column: str) -> pl.Expr:
    """The address of the cell of a column in this row."""
    return pl.col("places").str.json_path_match(f"$.{column}")
