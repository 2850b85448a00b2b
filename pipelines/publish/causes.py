"""Why figures differ between two releases: what is recorded to have changed, and which change it made.

    source_revised     a source serves other figures than in the capture before
    source_corrected   the same, for a figure its source had called definitive
    our_correction     a correction of ours was added, changed or dropped
    boundary_change    a municipality began or ended
    code_changed       other code, lock or writers made the release
    contract_changed   the promise changed, and with it the row
    unexplained        nothing that is recorded differs; that should not be possible

What belongs here: naming causes. What does not: finding differences (`changes.py`). A cause is certain
when a claim names the very cell, or when nothing else differs between the two releases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

Kind = Literal[
    "source_revised",
    "source_corrected",
    "our_correction",
    "boundary_change",
    "code_changed",
    "contract_changed",
    "unexplained",
]

CLAIMS = pl.Schema(
    {
        "table": pl.String(),
        "key": pl.String(),  # as in changes.parquet
        "column": pl.String(),  # null: the whole row
        "cause": pl.String(),
        "evidence": pl.String(),
    }
)
_CELL = ["table", "key", "column"]


@dataclass(frozen=True, slots=True)
class Factor:
    """Something that is recorded to differ between two releases. evidence: which, in words."""

    cause: Kind
    evidence: str


def factors(
    before: Mapping[str, Any], after: Mapping[str, Any], contract_changed: bool
) -> tuple[Factor, ...]:
    """What differs between two manifests, sources first.

    contract_changed: whether the promise differs in more than words.
    """
    old = {each["source"]: each for each in before["inputs"]}
    found = [
        Factor("source_revised", told)
        for each in after["inputs"]
        if (told := _captured_anew(old.get(each["source"]), each))
    ]
    gone = sorted(old.keys() - {each["source"] for each in after["inputs"]})
    found += [Factor("source_revised", f"{source}: no longer used") for source in gone]
    if contract_changed:
        found.append(Factor("contract_changed", "the contract changed"))
    parts = [
        f"{name} {str(before['code'].get(key))[:12]} -> {str(after['code'].get(key))[:12]}"
        for key, name in (("code_sha256", "code"), ("lock_sha256", "lock"))
        if before["code"].get(key) != after["code"].get(key)
    ]
    if parts:
        found.append(Factor("code_changed", ", ".join(parts)))
    return tuple(found)


def _captured_anew(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> str:
    """Which capture brought something else than the one before; empty when it brought the same."""
    capture = f"{after['source']}: capture of {after['retrieved_at']} from {after['origin']}"
    if before is None:
        return f"{capture}, not used before"
    old, new = (
        {(r["name"], r["page"]): r["sha256"] for r in c["responses"]} for c in (before, after)
    )
    differing = [place for place in old.keys() | new.keys() if old.get(place) != new.get(place)]
    if not differing:
        return ""
    return f"{capture}, {len(differing)} of {len(old | new)} answers differ from {before['retrieved_at']}"


def claims_of_step(changes: pl.DataFrame, factor: Factor) -> pl.DataFrame:
    """What one factor alone changed, as claims. changes: between two builds that differ in it only.

    Building the old inputs with the new code, for instance, shows exactly what the code changed.
    """
    return changes.select(
        *_CELL, pl.lit(factor.cause).alias("cause"), pl.lit(factor.evidence).alias("evidence")
    ).cast(CLAIMS)


def attributed(
    changes: pl.DataFrame,
    known: Sequence[Factor],
    claims: pl.DataFrame | None = None,
    moved: pl.Expr | None = None,
) -> pl.DataFrame:
    """The changes with `cause`, `certain` and `evidence`.

    claims: rows of CLAIMS; one that names the cell goes before one that names its row.
    moved: true for rows of a municipality that began or ended between the releases.
    """
    claimed = changes
    for level in ("cell", "row"):
        claimed = _claimed(
            claimed, pl.DataFrame(schema=CLAIMS) if claims is None else claims, level
        )
    by_claim = pl.coalesce("cause_cell", "cause_row")
    boundary = pl.lit(False) if moved is None else moved.fill_null(False)
    default, certain, evidence = _by_elimination(known)
    definitive = (pl.col("status_before") == "definitive") & (
        pl.col("status_after") == "definitive"
    )
    corrected = (pl.lit(default) == "source_revised") & definitive & (pl.col("change") == "revised")
    return claimed.with_columns(
        cause=pl.when(by_claim.is_not_null())
        .then(by_claim)
        .when(boundary)
        .then(pl.lit("boundary_change"))
        .when(corrected)
        .then(pl.lit("source_corrected"))
        .otherwise(pl.lit(default)),
        certain=by_claim.is_not_null() | boundary | pl.lit(certain),
        evidence=pl.when(by_claim.is_not_null())
        .then(pl.coalesce("evidence_cell", "evidence_row"))
        .when(boundary)
        .then(pl.lit("the municipality began or ended between the two releases"))
        .otherwise(pl.lit(evidence)),
    ).drop("cause_cell", "evidence_cell", "cause_row", "evidence_row")


def _claimed(changes: pl.DataFrame, claims: pl.DataFrame, level: str) -> pl.DataFrame:
    """Add what the claims of a level say: `cause_<level>` and `evidence_<level>`."""
    on = _CELL if level == "cell" else _CELL[:2]
    mine = claims.filter(pl.col("column").is_not_null() | pl.lit(level == "row"))
    mine = mine if level == "cell" else mine.filter(pl.col("column").is_null())
    said = mine.group_by(on, maintain_order=True).agg(
        # Several claims on one cell are all told; the last one made the value it has now.
        pl.col("cause").last().alias(f"cause_{level}"),
        pl.col("evidence").unique(maintain_order=True).str.join("; ").alias(f"evidence_{level}"),
    )
    return changes.join(said, on=on, how="left", maintain_order="left")


def _by_elimination(known: Sequence[Factor]) -> tuple[Kind, bool, str]:
    """The cause of a change that no claim names: certain when only one thing differs."""
    if not known:
        return "unexplained", False, "nothing that is recorded differs"
    told = " or ".join(factor.evidence for factor in known)
    # Several sources may differ at once; then it is certain that a source did, not which.
    return known[0].cause, len({factor.cause for factor in known}) == 1, told
