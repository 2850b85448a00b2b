"""How far municipalities lie apart in what they spend on the social base, per inhabitant.

Grain    year × report type × fields × basis × selection × weighting; and × municipality left out
Unit     euros per inhabitant, in whole cents, as reported by the municipalities of that year
Traps    who did not report is left out and counted, never zero; net is often negative since shelter is on
         6.1, and then Gini and Theil do not exist; outliers are judged on gross 6.1 and are the same
         municipalities under every definition
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import polars as pl

from assets.calc import inequality
from assets.calc.ratios import known_sum, per_head, percent
from assets.framework.declared_tables import Transform
from assets.reference.municipality_map import as_reported
from assets.reference.size_classes import size_class
from assets.reference.taakvelden import words_of

FIELDS = {"6.1": ["sociale_basis"], "6.1+6.2": ["sociale_basis", "toegang"]}
BASES = {"gross": "lasten_eur", "net": "net_eur"}
EVERYBODY, WITHOUT_OUTLIERS = "all", "without_outliers"
REPORT = ["year", "report_type"]
SUBJECT = [*REPORT, "fields", "basis"]
# Tukey's outer fence: farther above the upper quartile than three times the middle half is wide.
FENCE = 3
DIGITS = {"p90_p10": 3, "gini": 4, "theil": 4, "theil_between": 4, "theil_within": 4}
EUROS = 2


def amounts(budgets: pl.LazyFrame) -> pl.LazyFrame:
    """What each municipality spends under each definition, and per inhabitant where all of it is known.

    Gives SUBJECT, municipality_code, municipality_name, inhabitants, spending_eur (of the fields that are
    known), per_inhabitant_eur, out_of_scale. A basis of which nothing is known in a report is left out.
    """
    place = [*REPORT, "municipality_code", "municipality_name", "inhabitants"]
    per_group = (
        # As they were that year: a merger would average away what was apart.
        as_reported(budgets)
        .filter(pl.col("taakveld_group").is_in(FIELDS["6.1+6.2"]))
        .group_by(*place, "taakveld_group")
        .agg(
            *(known_sum(pl.col(column)).alias(basis) for basis, column in BASES.items()),
            # Net is known only where everything that was spent has its income beside it.
            net_known=(pl.col("net_eur").is_not_null() | pl.col("lasten_eur").is_null()).all(),
            out_of_scale=pl.col("flags").str.contains("out_of_scale").fill_null(False).any(),
        )
        .with_columns(net=pl.when("net_known").then("net"))
    )
    per_definition = pl.concat(
        per_group.filter(pl.col("taakveld_group").is_in(groups))
        .group_by(place)
        .agg(
            known_sum(pl.col(basis)).alias("spending_eur"),
            complete=pl.col(basis).count() == len(groups),
            out_of_scale=pl.col("out_of_scale")
            .filter(pl.col("taakveld_group") == "sociale_basis")
            .any(),
        )
        .with_columns(fields=pl.lit(fields), basis=pl.lit(basis))
        for fields, groups in FIELDS.items()
        for basis in BASES
    )
    each = per_head(pl.col("spending_eur"), pl.col("inhabitants"))
    return (
        per_definition.filter(pl.col("complete").any().over(SUBJECT))
        .with_columns(per_inhabitant_eur=pl.when("complete").then(each))
        .sort(*SUBJECT, "municipality_code")
    )


def left_out(social_domain_budgets: pl.LazyFrame) -> pl.LazyFrame:
    """Every municipality that some figure does not count, with its value and why."""
    every = amounts(social_domain_budgets)
    judged = (
        every.filter((pl.col("fields") == "6.1") & (pl.col("basis") == "gross"))
        .select(*REPORT, "municipality_code", judged_eur="per_inhabitant_eur")
        .join(_fences(every), on=REPORT, how="left")
    )
    considered = every.join(judged, on=[*REPORT, "municipality_code"], how="left")
    unknown = pl.col("per_inhabitant_eur").is_null()
    silent = pl.when(pl.col("spending_eur").is_null()).then(pl.lit("not_reported"))
    far_out, too_large = pl.col("judged_eur") > pl.col("limit_eur"), pl.col("out_of_scale")
    outlying = (
        pl.when(far_out & too_large)
        .then(pl.lit("far_out_and_out_of_scale"))
        .when(far_out)
        .then(pl.lit("far_out"))
        .when(too_large)
        .then(pl.lit("out_of_scale"))
    )
    not_counted = considered.filter(unknown).with_columns(
        selection=pl.lit(EVERYBODY),
        reason=silent.otherwise(pl.lit("part_not_reported")),
        judged_eur=None,
        limit_eur=None,
    )
    outliers = (
        considered.filter(~unknown)
        .with_columns(selection=pl.lit(WITHOUT_OUTLIERS), reason=outlying)
        .drop_nulls("reason")
    )
    return pl.concat([not_counted, outliers], how="diagonal_relaxed").select(
        *SUBJECT, "selection", "municipality_code", "municipality_name", "reason", "spending_eur",
        "inhabitants", "per_inhabitant_eur", "judged_eur", "limit_eur",
    )  # fmt: skip


def social_base_inequality(
    social_domain_budgets: pl.LazyFrame, social_base_inequality__left_out: pl.LazyFrame
) -> pl.LazyFrame:
    """The measures of every definition, selection and weighting, with intervals."""
    every = amounts(social_domain_budgets).with_columns(size_class())
    outlying = social_base_inequality__left_out.filter(pl.col("selection") == WITHOUT_OUTLIERS)
    counted = every.drop_nulls("per_inhabitant_eur")
    without = counted.join(outlying, on=[*SUBJECT, "municipality_code"], how="anti")
    chosen = pl.concat(
        frame.with_columns(selection=pl.lit(name))
        for name, frame in {EVERYBODY: counted, WITHOUT_OUTLIERS: without}.items()
    )
    subject = [*SUBJECT, "selection"]
    known = every.group_by(SUBJECT).agg(
        all_inhabitants=pl.col("inhabitants").sum(),
        not_reported=pl.col("per_inhabitant_eur").null_count(),
        reported=pl.col("per_inhabitant_eur").count(),
    )
    sums = chosen.group_by(subject).agg(
        pl.col("spending_eur", "inhabitants").sum(),
        municipalities=pl.len(),
        negative=(pl.col("per_inhabitant_eur") < 0).any(),
    )
    covered = percent(pl.col("inhabitants"), pl.col("all_inhabitants"))
    flags = pl.concat_list(
        pl.when("negative").then(pl.lit("negative_values")),
        pl.when(pl.col("p90_p10").is_null()).then(pl.lit("p10_not_positive")),
    ).list.drop_nulls()
    return (
        pl.LazyFrame(list(_measured(chosen.collect(), subject)), infer_schema_length=None)
        .with_columns(pl.col("year").cast(pl.Int16))
        .join(sums, on=subject)
        .join(known, on=SUBJECT)
        .join(_breaks(), on=["year", "report_type", "fields"], how="left")
        .with_columns(
            pl.col("not_reported").cast(pl.Int64),
            pl.col("municipalities").cast(pl.Int64),
            outliers=(pl.col("reported") - pl.col("municipalities")).cast(pl.Int64),
            coverage_pct=covered,
            status=pl.lit("unedited"),
            flags=pl.when(flags.list.len() > 0).then(flags.list.join(";")),
        )
        .drop("all_inhabitants", "reported", "negative")
    )


def _measured(chosen: pl.DataFrame, subject: list[str]) -> Iterator[dict[str, Any]]:
    """One row of measures per group and weighting; amounts go in as whole cents."""
    ordered = chosen.sort(*subject, "municipality_code")
    for key, group in ordered.group_by(subject, maintain_order=True):
        cents = (group["per_inhabitant_eur"].cast(pl.Float64) * 100).round().to_numpy()
        classes = group["size_class"].to_physical().cast(pl.Int64).to_numpy()
        masses = {
            "municipalities": np.ones(group.height, dtype=np.int64),
            "inhabitants": group["inhabitants"].cast(pl.Int64).to_numpy(),
        }
        for weighting, mass in masses.items():
            row = dict(zip(subject, key, strict=True)) | {"weighting": weighting}
            for name, estimate in inequality.estimates(cents, mass, classes).items():
                for suffix, value in zip(("", "_low", "_high"), estimate, strict=True):
                    row |= _cell(name, suffix, value)
            yield row


def _cell(measure: str, suffix: str, value: float) -> dict[str, Decimal | None]:
    """A published number: rounded here, once, far from the last digits that differ by machine."""
    digits = DIGITS.get(measure)
    column = f"{measure}{suffix}" if digits else f"{measure}{suffix}_eur"
    if math.isnan(value):
        return {column: None}
    exact = Decimal(value) if digits else Decimal(value) / 100
    return {column: exact.quantize(Decimal(1).scaleb(-(digits or EUROS)), ROUND_HALF_UP)}


def _fences(every: pl.LazyFrame) -> pl.LazyFrame:
    """The limit per report above which gross 6.1 per inhabitant is far out."""
    judged = every.filter((pl.col("fields") == "6.1") & (pl.col("basis") == "gross"))
    known = judged.drop_nulls("per_inhabitant_eur").select(*REPORT, "per_inhabitant_eur").collect()
    rows = []
    for key, group in known.group_by(REPORT, maintain_order=True):
        cents = (group["per_inhabitant_eur"].cast(pl.Float64) * 100).round().sort().to_numpy()
        once = np.ones((1, len(cents)), dtype=np.int64)
        lower, upper = (float(inequality.quantile(cents, once, percent)[0]) for percent in (25, 75))
        fence = _cell("limit", "", upper + FENCE * (upper - lower))
        rows.append(dict(zip(REPORT, key, strict=True)) | fence)
    schema = {"year": pl.Int16(), "report_type": pl.String(), "limit_eur": pl.Decimal(18, 2)}
    return pl.LazyFrame(rows, schema)


def _breaks() -> pl.LazyFrame:
    """year, report_type, fields, breaks: the words of all breaks in the series of the fields."""
    made_of = [
        {"touched": fields, "series": each} for fields in FIELDS for each in fields.split("+")
    ]
    return words_of(pl.LazyFrame(made_of)).rename({"touched": "fields"})


TABLES = (
    Transform("social_base_inequality.left_out", left_out),
    Transform("social_base_inequality.social_base_inequality", social_base_inequality),
)
