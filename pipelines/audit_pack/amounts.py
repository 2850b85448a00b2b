"""The amounts of a ledger by scheme, period and state, without counting a euro twice.

A ledger holds every publication of an amount, in every version. For each recipient only the newest version of
the deciding document is added up: its total, or its components where it gives no total. What belongs here:
those sums. What does not: comparisons between states (findings, uptake).
"""

from __future__ import annotations

import polars as pl

from assets.reference.spuk_evidence import DECIDING, rank

_BASES = (
    "as_stated", "excl_lpo", "own", "through_others", "cumulative", "cumulative_through_others",
    "incl_lpo", "bcf", "correction_own", "correction_through_others",
)  # fmt: skip
PLAIN = ("as_stated", "excl_lpo")
"""The bases that a reader takes for granted; any other is noted beside the amount."""
STATES = (
    "policy_amount", "ceiling", "allocatable", "applied", "granted", "advanced", "spent",
    "carried_over", "accounted", "plausible", "settled", "recovered", "waived",
)  # fmt: skip
_OF_THE_NATION = ("policy_amount", "ceiling")
OF_A_RECIPIENT = tuple(state for state in STATES if state not in _OF_THE_NATION)
_ONE_AMOUNT = (
    "scheme", "component", "recipient_kind", "recipient_name", "period", "state", "basis", "window",
    "round", "instalment", "grant_number", "day",
)  # fmt: skip
_DECISION = (
    "scheme", "component", "recipient_kind", "recipient_name", "period", "window", "round",
    "grant_number",
)  # fmt: skip
_DOUBTFUL = "implausible_total"  # the flag of an amount that its source cannot have meant
_LISTS = ("grant_list", "payment_list", "sisa_annex")
_RECIPIENT = ("scheme", "period", "state", "basis", "recipient_kind", "recipient_name")
_DOCUMENT = ("document_id", "document_version")


def deciding(ledger: pl.DataFrame) -> pl.DataFrame:
    """The rows of a ledger that are added up: newest, with an amount, from the document that decides.

    contested: another document states another amount. A changed decision counts with its new amount, under
    `granted`. Unaudited spending is not mixed with audited spending.
    """
    unaudited = (
        (pl.col("state") == "spent")
        & pl.col("basis").is_in(["own", "through_others"])
        & pl.col("control").is_in(["D1", "D2", "nvt"])
    )
    changed = (pl.col("state") == "amended").any().over(_DECISION)
    rows = (
        ledger.filter(pl.col("is_newest") == "yes", pl.col("amount_eur").is_not_null())
        .filter(~unaudited.fill_null(False), ~((pl.col("state") == "granted") & changed))
        .with_columns(
            state=pl.col("state").replace("amended", "granted"),
            # Two days are two payments in a list; two documents may well date one amount differently.
            day=pl.when(pl.col("evidence").is_in(_LISTS)).then("event_date"),
        )
    )
    first = (
        rows.sort(rank(DECIDING), -pl.col("visible_from").to_physical(), *_DOCUMENT)
        .unique(_ONE_AMOUNT, keep="first", maintain_order=True)
        .select(*_ONE_AMOUNT, *_DOCUMENT)
    )
    others = pl.col("amount_eur").n_unique().over(_ONE_AMOUNT) > 1
    rows = rows.with_columns(contested=others & ~pl.col("evidence").is_in(_LISTS))
    kept = rows.join(first, on=[*_ONE_AMOUNT, *_DOCUMENT], how="semi", nulls_equal=True)
    has_total = (pl.col("component") == "total").any().over(_RECIPIENT)
    return kept.filter((pl.col("component") == "total") | ~has_total)


def components(ledger: pl.DataFrame) -> pl.DataFrame:
    """scheme, period -> how many `components` there are: with a ceiling, else at one recipient at most."""
    rows = deciding(ledger).filter(pl.col("component") != "total", pl.col("amount_eur") != 0)
    number = pl.col("component").n_unique()
    ceilings = rows.filter(pl.col("state") == "ceiling").group_by("scheme", "period").agg(number)
    most = (
        rows.group_by(_RECIPIENT)
        .agg(number)
        .group_by("scheme", "period")
        .agg(pl.col("component").max())
    )
    return (
        pl.concat([ceilings, most])
        .unique(["scheme", "period"], keep="first", maintain_order=True)
        .rename({"component": "components"})
    )


def by_recipient(ledger: pl.DataFrame, there_are: pl.DataFrame) -> pl.DataFrame:
    """scheme, period, state, basis, recipient -> amount_eur, its `cells`, and whether it is `complete`.

    there_are: what `components` gives of the ledger before a part of it was chosen. cells: of each the
    `document` with its version, and the `place` in it. `stated`: a document gives the total;
    `complete`: it does, or all components are summed; `doubtful`: a rule of the contract flags the amount as
    implausible; `contested`: another document states another amount.
    """
    cells = pl.struct(
        pl.concat_str(*_DOCUMENT, separator=" ").alias("document"),
        pl.col("source_locator").alias("place"),
    )
    summed = (
        deciding(ledger)
        .sort("document_id", "document_version", "source_locator")
        .group_by(*_RECIPIENT, maintain_order=True)
        .agg(
            pl.col("amount_eur").sum(),
            cells.alias("cells"),
            (pl.col("component") == "total").any().alias("stated"),
            pl.col("flags").str.contains(_DOUBTFUL).fill_null(False).any().alias("doubtful"),
            pl.col("contested").any(),
            pl.col("component").n_unique().alias("summed"),
        )
        .join(there_are, on=["scheme", "period"], how="left")
    )
    enough = pl.col("summed") >= pl.col("components")
    return _ordered(
        summed.with_columns(complete=pl.col("stated") | enough.fill_null(True)).drop(
            "summed", "components"
        )
    )


def by_scheme(ledger: pl.DataFrame, there_are: pl.DataFrame) -> pl.DataFrame:
    """scheme, period, state, basis -> amount_eur, `recipients`, `of_nation`, and the flags of `by_recipient`.

    recipients: of how many the amount is known; complete: for each of them; of_nation: it is
    the amount of the nation itself.
    Ceilings are those of the nation where it has them; other states are added over the recipients where they
    are named.
    """
    nation = pl.col("recipient_kind") == "nation"
    wanted = pl.col("state").is_in(_OF_THE_NATION)
    group = ("scheme", "period", "state", "basis")
    chosen = by_recipient(ledger, there_are).filter(
        pl.when(wanted)
        .then(nation | ~nation.any().over(group))
        .otherwise(~nation | nation.all().over(group))
    )
    return _ordered(
        chosen.group_by(group).agg(
            pl.col("amount_eur").sum(),
            pl.struct("recipient_kind", "recipient_name").n_unique().alias("recipients"),
            pl.col("complete", "stated").all(),
            pl.col("doubtful", "contested").any(),
            nation.all().alias("of_nation"),
        )
    )


def one_basis(sums: pl.DataFrame) -> pl.DataFrame:
    """One basis for each state, for a table with a column per state: complete, most recipients, first.

    A total that a document states goes before a sum of components on the other plain basis: of a municipality
    with a floor amount the components hold its share only.
    """
    group = [name for name in (*_RECIPIENT, "scheme") if name in sums.columns and name != "basis"]
    sums = sums.filter(pl.col("complete") == pl.col("complete").max().over(group))
    if "recipients" in sums.columns:
        sums = sums.filter(pl.col("recipients") == pl.col("recipients").max().over(group))
    summed = pl.col("basis").is_in(PLAIN) & ~pl.col("stated")
    stated = pl.col("basis").is_in(PLAIN) & pl.col("stated")
    sums = sums.filter(~(summed & stated.any().over(group)))
    return sums.unique(group, keep="first", maintain_order=True)


def _ordered(sums: pl.DataFrame) -> pl.DataFrame:
    """By scheme, period, state and basis as they follow each other, then by name."""
    state = pl.col("state").replace_strict({s: n for n, s in enumerate(STATES)}, default=99)
    basis = pl.col("basis").replace_strict({b: n for n, b in enumerate(_BASES)}, default=99)
    named = [name for name in ("recipient_kind", "recipient_name") if name in sums.columns]
    return sums.sort("scheme", "period", state, "state", basis, "basis", *named)
