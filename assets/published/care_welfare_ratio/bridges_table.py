"""Bridges that leave the municipal figures, and the published table of all bridges.

What belongs here: the ways inside the care accounts, between their publications and revisions, and from
them, from edited publications and from the public claim to Iv3.

Grain    as `bridge`
Unit     euros
Traps    care accounts count providers, Iv3 counts tasks; what that difference holds is not published
"""

from __future__ import annotations

import polars as pl

from assets.core.deliveries import NOT_SPENDING
from assets.framework.declared_tables import Transform
from assets.published.care_welfare_ratio.bridge import (
    AFTER_REST,
    fields,
    gross_to_net,
    ordered,
    spanned,
    steps,
)
from assets.published.care_welfare_ratio.care import (
    BROAD,
    REPORT,
    care_numerators,
    care_totals,
    newest,
)
from assets.published.care_welfare_ratio.definitions import of_kind, one
from assets.published.care_welfare_ratio.national import CLAIM, national_sums
from assets.reference.municipality_map import as_reported

BEFORE, AFTER = "before_2024_revision", "after_2024_revision"
ACCOUNT = "jaarrekening"
_UNEXPLAINED = pl.lit("unexplained")
_WITHOUT_RESERVES = "raw_without_reserves"
_GROUPS = {
    "shelter": None,
    "social_work_and_other_welfare": "welfare_narrow",
    "childcare": None,
    "youth_care": "wjk",
    "policy_and_management": "wjk_plus_policy",
}


def _start(frame: pl.LazyFrame, step: str, reaches: str) -> pl.LazyFrame:
    return frame.with_columns(step=pl.lit(step), position=pl.lit(0), reaches=pl.lit(reaches))


def _providers(care: pl.LazyFrame) -> pl.LazyFrame:
    broad = care.filter((pl.col("definition") == BROAD) & (pl.col("breakdown") == "provider"))
    return newest(broad, "year", "revision", "item").select(
        "year", "amount_eur", series="revision", step="item"
    )


def _care_numerator(care: pl.LazyFrame, name: str) -> pl.LazyFrame:
    found = care_numerators(care).filter(pl.col("numerator") == name)
    return found.select("year", "amount_eur", series="revision")


def _total(care: pl.LazyFrame, definition: str) -> pl.LazyFrame:
    """Totals of one definition, per year and series."""
    mine = care_totals(care).filter(pl.col("denominator").str.starts_with(f"{definition}_"))
    return mine.select("year", amount_eur="denominator_eur", series="denominator_series")


def care_groups(care: pl.LazyFrame) -> pl.LazyFrame:
    """From shelter to welfare, youth care and childcare, and policy, where all providers are published."""
    walked = (
        _providers(care)
        .filter(pl.col("step").is_in(list(_GROUPS)))
        .with_columns(
            position=ordered(list(_GROUPS), 0),
            reaches=pl.col("step").replace_strict(_GROUPS, return_dtype=pl.String),
        )
        .filter(pl.len().over("year", "series") == len(_GROUPS))
    )
    named = {"bridge": "care_groups", "report_type": REPORT}
    goal = {"step": "wjk_plus_policy", "reaches": "wjk_plus_policy"}
    ends = steps(_care_numerator(care, "wjk_plus_policy"), **named, **goal)
    return spanned(steps(walked, **named), ends)


def glz_to_broad(care: pl.LazyFrame) -> pl.LazyFrame:
    """From providers of medical and long-term care to all of care and welfare."""
    glz = care.filter((pl.col("breakdown") == "group") & (pl.col("item") == "glz")).select(
        "year", "amount_eur", series="revision"
    )
    rest = _care_numerator(care, "wjk_plus_policy").with_columns(
        step=pl.lit("wjk_plus_policy"), position=pl.lit(1)
    )
    named = {"bridge": "glz_to_broad", "report_type": REPORT}
    way = pl.concat([steps(_start(glz, "glz", "glz"), **named), steps(rest, **named)])
    starts = glz.select("year", "series")
    ends = _total(care, BROAD).join(starts, on=["year", "series"], how="semi")
    return spanned(way, steps(ends, **named, step="total", reaches=BROAD))


def sha_to_broad(care: pl.LazyFrame) -> pl.LazyFrame:
    """From the international to the national definition; the parts between them are not published."""
    named = {"bridge": "sha_to_broad", "report_type": REPORT}
    way = steps(_start(_total(care, "sha"), "total", "sha"), **named)
    return spanned(
        way, steps(_total(care, BROAD), **named, step="total", reaches=BROAD), _UNEXPLAINED
    )


def revision(care: pl.LazyFrame) -> pl.LazyFrame:
    """From before to after the revision; provider by provider where both are published."""
    named = {"bridge": "revision", "report_type": REPORT, "definition": BROAD}
    series = pl.lit("before_to_after").alias("series")
    before, after = (
        _total(care, BROAD).filter(pl.col("series") == s).with_columns(series)
        for s in (BEFORE, AFTER)
    )
    old, new = (_providers(care).filter(pl.col("series") == s) for s in (BEFORE, AFTER))
    changed = old.join(new, on=["year", "step"], suffix="_new").select(
        "year", "step", series, amount_eur=pl.col("amount_eur_new") - pl.col("amount_eur")
    )
    place = pl.col("step").rank("ordinal").over("year")
    way = pl.concat(
        [
            steps(_start(before, "total", f"broad_{BEFORE}"), **named),
            steps(changed.with_columns(position=place), **named),
        ]
    )
    split = pl.when(pl.col("known") > 1).then(pl.lit("rounding")).otherwise(_UNEXPLAINED)
    return spanned(way, steps(after, **named, step="total", reaches=f"broad_{AFTER}"), split)


def publications(care: pl.LazyFrame) -> pl.LazyFrame:
    """From one published total to another one of the same year, definition and series."""
    totals = (
        care.filter(pl.col("breakdown") == "total")
        .drop_nulls("revision")
        .sort("published_at", "source_table", nulls_last=False)
        .select("year", "definition", "amount_eur", "source_table", series="revision")
        .with_columns(
            rank=pl.int_range(pl.len()).over("year", "definition", "series"),
            of=pl.len().over("year", "definition", "series"),
        )
        .filter(pl.col("of") > 1)
    )
    named = {"bridge": "publications", "report_type": REPORT}
    labelled = totals.with_columns(step=pl.lit("total"), reaches="source_table")
    way = steps(labelled.filter(pl.col("rank") == 0).with_columns(position=pl.lit(0)), **named)
    ends = steps(labelled.filter(pl.col("rank") == pl.col("of") - 1), **named)
    return spanned(way, ends, _UNEXPLAINED)


def raw_to_edited(budgets: pl.LazyFrame, lines: pl.LazyFrame, cited: pl.LazyFrame) -> pl.LazyFrame:
    """From what municipalities delivered to what CBS published after editing.

    A total `with 0.10 and 0.11` starts without them; they are a step where they were delivered.
    """
    # A letter is a part of its field; parts and what is still booked on the field are added.
    field = pl.col("taakveld").str.replace(r"^(\d\.\d\d)[a-z]$", "$1")
    raw = as_reported(budgets).with_columns(field=field).select(
        "year", "report_type", "field", "lasten_eur"
    )  # fmt: skip
    known = ["year", "report_type", "taakvelden"]
    wanted = cited.select(*known, field=pl.col("taakvelden").str.split("+")).explode("field")
    delivered = (
        wanted.join(raw, on=["year", "report_type", "field"])
        .drop_nulls("lasten_eur")
        .group_by(known)
        .agg(amount_eur=pl.col("lasten_eur").sum())
        .with_columns(definition="taakvelden")
    )
    partly = pl.col("taakvelden").str.split("+").list.eval(
        pl.element().is_in(NOT_SPENDING)
    ).list.any()  # fmt: skip
    start = pl.when(partly).then(pl.lit(_WITHOUT_RESERVES)).otherwise(pl.lit("raw"))
    reserves = (
        wanted.join(
            lines.filter(pl.col("category").str.starts_with("L")).drop_nulls("amount_eur"),
            left_on=["year", "report_type", "field"],
            right_on=["year", "report_type", "taakveld"],
        )
        .filter(pl.col("field").is_in(NOT_SPENDING))
        .group_by("year", "report_type", definition="taakvelden")
        .agg(pl.col("amount_eur").sum())
        .with_columns(step=pl.lit("reserves_and_result"), position=pl.lit(1), reaches=pl.lit("raw"))
    )
    ends = cited.select("year", "report_type", definition="taakvelden", amount_eur="lasten_eur")
    named = {"bridge": "raw_to_edited"}
    begin = delivered.with_columns(step=start, reaches=start, position=pl.lit(0))
    return spanned(
        pl.concat([steps(begin, **named), steps(reserves, **named)]),
        steps(ends, **named, step="edited", reaches="edited"),
        _UNEXPLAINED,
    )


def claim_to_iv3(care: pl.LazyFrame, municipal: pl.LazyFrame) -> pl.LazyFrame:
    """From the claimed four billion to the municipal definition that comes near it."""
    claim = one(CLAIM)
    share = of_kind("claim").select(
        years=pl.int_ranges("first_year", pl.col("last_year") + 1, dtype=pl.Int16),
        # The middle of what rounds to the share, of the hundred that the claim speaks of, in billions.
        amount_eur=(pl.col("at_least_pct") + pl.col("below_pct")) / 2 * 1_000_000_000,
    )
    claimed = share.explode("years").rename({"years": "year"})
    published = _total(care, str(claim["parts"])).select("year").unique()
    named = {"bridge": "claim_to_iv3", "report_type": ACCOUNT, "definition": "6.1+6.2+7.1"}
    way = steps(_start(claimed.join(published, on="year"), "claim", "claim"), **named)
    ends = _account(municipal, "6.1+6.2+7.1")
    return spanned(
        way,
        steps(ends, **named, step="6.1+6.2+7.1", reaches="6.1+6.2+7.1"),
        # The claim names no definition, so that rounding is all of it would be a guess.
        _UNEXPLAINED,
    )


def welfare_to_iv3(care: pl.LazyFrame, municipal: pl.LazyFrame) -> pl.LazyFrame:
    """From welfare providers without shelter, which Iv3 has elsewhere, to 6.1+6.2, and with 7.1."""
    providers = _providers(care)
    welfare = _care_numerator(care, "welfare_narrow")
    shelter = providers.filter(pl.col("step") == "shelter").with_columns(
        -pl.col("amount_eur"), position=pl.lit(1), reaches=pl.lit("social_work_and_other_welfare")
    )
    health = _account(municipal, "7.1").join(welfare.select("year", "series"), on="year")
    named = {"bridge": "welfare_to_iv3", "report_type": ACCOUNT}
    way = pl.concat(
        [
            steps(_start(welfare, "welfare_narrow", "welfare_narrow"), **named),
            steps(shelter.join(welfare, on=["year", "series"], how="semi"), **named),
            steps(
                health.with_columns(step=pl.lit("volksgezondheid"), position=pl.lit(AFTER_REST)),
                **named,
            ),
        ]
    )
    ends = _account(municipal, "6.1+6.2+7.1").join(welfare.select("year", "series"), on="year")
    goal = {"step": "6.1+6.2+7.1", "reaches": "6.1+6.2+7.1"}
    return spanned(way, steps(ends, **named, **goal), _UNEXPLAINED, rest_reaches="6.1+6.2")


def _account(municipal: pl.LazyFrame, numerator: str) -> pl.LazyFrame:
    """Gross national sums of the annual accounts under one definition."""
    return (
        national_sums(municipal)
        .filter(
            (pl.col("numerator") == numerator)
            & (pl.col("report_type") == ACCOUNT)
            & (pl.col("basis") == "gross")
        )
        .drop_nulls("amount_eur")
        .select("year", "amount_eur")
    )


def bridge(
    social_domain_budgets: pl.LazyFrame,
    core_social_domain_budgets__lines: pl.LazyFrame,
    core_social_domain_budgets__cited_totals: pl.LazyFrame,
    care_welfare_ratio__municipal: pl.LazyFrame,
    care_spending: pl.LazyFrame,
) -> pl.LazyFrame:
    """All bridges, one below the other, with the cause of what cannot be split."""
    budgets, municipal, care = social_domain_budgets, care_welfare_ratio__municipal, care_spending
    lines = core_social_domain_budgets__lines
    all_of_them = pl.concat(
        [
            fields(budgets),
            gross_to_net(budgets, lines, municipal),
            care_groups(care),
            glz_to_broad(care),
            sha_to_broad(care),
            revision(care),
            publications(care),
            raw_to_edited(budgets, lines, core_social_domain_budgets__cited_totals),
            claim_to_iv3(care, municipal),
            welfare_to_iv3(care, municipal),
        ]
    )
    causes = of_kind("bridge").select(
        bridge="definition", cause_nl="meaning_nl", cause_en="meaning_en"
    )
    unsplit = pl.col("explained") != "known"
    return all_of_them.join(causes, on="bridge", how="left").select(
        "bridge", "definition", "year", "report_type", "series", "position", "role", "step",
        "amount_eur", "running_eur", "reaches", "explained",
        pl.when(unsplit).then(pl.col("cause_nl")).alias("cause_nl"),
        pl.when(unsplit).then(pl.col("cause_en")).alias("cause_en"),
    )  # fmt: skip


TABLES = (Transform("care_welfare_ratio.bridge", bridge),)
