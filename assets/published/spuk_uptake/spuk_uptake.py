"""How far each specific grant is used: six measures that are never blended into one number.

Grain    measure × scheme × component × window × round × period × geography × area
Unit     euros, recipients or components, in the column unit
Traps    participation and advances say nothing about use; a number that is not there is not zero, and the row
         says whether it is not published or not yet due; rates are over recipients of whom both sides are
         known, and coverage says how much of the whole these are
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from assets.calc.ratios import percent
from assets.framework.declared_tables import Transform
from assets.published.spuk_uptake.areas import AREA, SUMS, by_area
from assets.published.spuk_uptake.cells import cells
from assets.published.spuk_uptake.entries import (
    CONFIDENCE,
    NUMBER,
    at_once,
    ceilings,
    spans,
    stated,
)
from assets.published.spuk_uptake.measures import MEASURES, SUBJECT, measures_of
from assets.published.spuk_uptake.national import MEASURE_KEY, nation_rows, rank, terms_of
from assets.reference.spuk_components import TOTAL
from assets.reference.spuk_schemes import Scheme, schemes

GRANTS = {
    "nl": "lijst met beschikkingen (docs/templates/spuk-grants) in drop/spuk_grants",
    "en": "list of grant decisions (docs/templates/spuk-grants) in drop/spuk_grants",
}
PAYMENTS = {
    "nl": "betaallijst (docs/templates/spuk-payments) in drop/spuk_payments",
    "en": "list of payments (docs/templates/spuk-payments) in drop/spuk_payments",
}
SISA = {"nl": "SiSa-bijlagen in drop/sisa", "en": "SiSa annexes in drop/sisa"}
# Which file in the drop folder makes a side known; the other sides are in regulations.
FILLS = {
    "applied": GRANTS,
    "granted": GRANTS,
    "settled": GRANTS,
    "recovered": GRANTS,
    "advanced": PAYMENTS,
    "spent_and_carried_over": SISA,
}
ITSELF = ["municipality", "region", "joint_authority"]
PUBLISHED = [*SUBJECT, *AREA, "unit", *SUMS, "numerator_is", "denominator_is", "rate_pct", "recipients",
    "recipients_known", "coverage_pct", "availability", "due_date", "fills_from_nl", "fills_from_en",
    "confidence", "vintage", "flags",
]  # fmt: skip
# A thousand times the whole is no rate but a mistake, which the findings of the ledger tell.
BEYOND = 1000


def spuk_uptake(
    spuk_ledger: pl.LazyFrame,
    spuk_ledger__terms: pl.LazyFrame,
    core_spuk_ledger__known: pl.LazyFrame,
    municipalities: pl.LazyFrame,
    municipalities__years: pl.LazyFrame,
    municipalities__weights: pl.LazyFrame,
    spuk_allocations__iza_regions: pl.LazyFrame,
) -> pl.LazyFrame:
    """Uptake of the declared schemes."""
    return uptake(
        spuk_ledger,
        spuk_ledger__terms,
        core_spuk_ledger__known,
        municipalities,
        municipalities__years,
        municipalities__weights,
        spuk_allocations__iza_regions,
        schemes(),
    )


def uptake(
    ledger: pl.LazyFrame,
    terms: pl.LazyFrame,
    known: pl.LazyFrame,
    register: pl.LazyFrame,
    years: pl.LazyFrame,
    weights: pl.LazyFrame,
    regions: pl.LazyFrame,
    declared: Mapping[str, Scheme],
) -> pl.LazyFrame:
    """Every measure of every scheme: national rows always, other areas where there is something to tell.

    ledger, terms: as these tables of dataset spuk_ledger. known: one row, known_on, up to which
    day was looked. register, years, weights: tables of dataset municipalities. regions: iza_regions.
    """
    # Each step is made once and then used in many ways.
    rows = (
        stated(ledger.filter(pl.col("scheme").is_in(list(declared))), regions, declared)
        .collect()
        .lazy()
    )
    reported_once = at_once(rows, declared)
    offered = ceilings(rows, spans(declared, "allocation", reported_once)).collect()
    wanted = measures_of(declared, offered, terms.collect(), reported_once)
    parts = cells(rows, offered.lazy(), declared, reported_once)
    areas = by_area(parts, years, weights, register, regions).collect()
    nation = nation_rows(wanted, areas.lazy(), offered.lazy())
    others = (
        areas.lazy()
        .filter(~pl.col("area_kind").is_in(["nation", "national"]) & _worth_publishing())
        .join(terms_of(wanted), on=MEASURE_KEY, how="left", nulls_equal=True)
    )
    return _explained(_exists(pl.concat([nation, others], how="diagonal_relaxed"), declared), known)


def _worth_publishing() -> pl.Expr:
    """What was measured; and of a recipient the whole of which only the denominator is known.

    Which components one recipient took up is no measure but a list, and the ledger has it.
    """
    itself, is_total = pl.col("area_kind").is_in(ITSELF), pl.col("component") == TOTAL
    listed = itself & ~is_total & (pl.col("measure") == "component_take_up")
    expected = itself & is_total & pl.col("denominator").is_not_null()
    return ((pl.col("recipients_known") > 0) | expected) & ~listed


def _exists(rows: pl.LazyFrame, declared: Mapping[str, Scheme]) -> pl.LazyFrame:
    """Without spending per component in years that are accounted for as a whole: there is no such number."""
    totals = pl.LazyFrame(
        [
            {"scheme": each.id, "measure": "spending", "period": str(year)}
            for each in declared.values()
            for one in each.accountability
            if one.lines == "total"
            for year in one.years
        ],
        dict.fromkeys(["scheme", "measure", "period"], pl.String),
    )
    parts = pl.col("component") != TOTAL
    return pl.concat(
        [
            rows.filter(~parts),
            rows.filter(parts).join(totals, on=["scheme", "measure", "period"], how="anti"),
        ]
    )


def _explained(rows: pl.LazyFrame, known: pl.LazyFrame) -> pl.LazyFrame:
    """Rates, whether the number is there and why not, and which file would fill it."""
    measured = pl.col("numerator").is_not_null()
    within = pl.col("numerator").abs() < pl.col("denominator_known").abs() * BEYOND
    words = (
        pl.concat_list(
            pl.col("flags").str.split(";").fill_null([]),
            pl.when(measured & pl.col("may_carry_over") & pl.col("no_carry_over")).then(
                pl.lit("carry_over_unknown")
            ),
        )
        .list.drop_nulls()
        .list.sort()
    )
    judged = rows.join(known.select("known_on"), how="cross").with_columns(
        unit=_of_measure(0),
        numerator_is=_of_measure(1),
        denominator_is=pl.coalesce("denominator_is", _of_measure(2)),
        rate_pct=pl.when(within).then(
            percent(pl.col("numerator"), pl.when(within).then("denominator_known"))
        ),
        coverage_pct=percent(
            pl.coalesce("denominator_known", pl.lit(0).cast(NUMBER)), pl.col("denominator")
        ),
        availability=pl.when(measured)
        .then(pl.lit("measured"))
        .when(_not_yet_due())
        .then(pl.lit("not_yet_due"))
        .otherwise(pl.lit("not_published")),
        confidence=pl.coalesce("sure", rank("measure_confidence")).replace_strict(
            dict(enumerate(CONFIDENCE)), return_dtype=pl.String
        ),
        flags=pl.when(words.list.len() > 0).then(words.list.join(";")),
    )
    return judged.with_columns(
        pl.when(~measured).then(_fills(language)).alias(f"fills_from_{language}")
        for language in ("nl", "en")
    ).select(PUBLISHED)


def _not_yet_due() -> pl.Expr:
    """Whether the last day lies ahead; a day known to the month is over when the month is.

    Where no day is provided for, a period that has not begun yet is not due.
    """
    day = pl.col("known_on").dt.to_string("%Y-%m-%d")
    ahead = pl.col("due_date") >= day.str.head(pl.col("due_date").str.len_chars())
    starts = pl.col("period").str.head(4).cast(pl.Int64, strict=False)
    return pl.coalesce(ahead, starts > pl.col("known_on").dt.year())


def _fills(language: str) -> pl.Expr:
    """The files that would tell the sides that are not known, in words."""
    missing = [
        pl.when(pl.col(side).is_null()).then(
            pl.col(f"{side}_is").replace_strict(
                {state: file[language] for state, file in FILLS.items()},
                default=None,
                return_dtype=pl.String,
            )
        )
        for side in ("numerator", "denominator")
    ]
    files = pl.concat_list(missing).list.drop_nulls().list.unique(maintain_order=True)
    return pl.when(files.list.len() > 0).then(files.list.join("; "))


def _of_measure(place: int) -> pl.Expr:
    return pl.col("measure").replace_strict(
        {name: each[place] for name, each in MEASURES.items()}, return_dtype=pl.String
    )


TABLES = (Transform("spuk_uptake.spuk_uptake", spuk_uptake),)
