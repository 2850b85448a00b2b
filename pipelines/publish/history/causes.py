"""Why figures differ between two releases: what is recorded to have changed, and which change it made.

    source_revised     a source serves other figures than in the capture before
    source_corrected   the same, for a figure its source had called definitive
    our_correction     a correction of ours was added, changed or dropped
    boundary_change    a municipality began or ended
    code_changed       other code, lock or writers made the release
    contract_changed   the promise changed, and with it the row
    unexplained        nothing that is recorded differs; that should not be possible

What belongs here: naming causes. What does not: finding differences (`changes.py`), and building the
states between two releases to separate causes (`attribution.py`). A cause is certain when only one thing
differs between the two releases, or between the two builds that show the change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

CauseKind = Literal[
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
        "certain": pl.Boolean(),
        "evidence": pl.String(),
    }
)
_CELL = ["table", "key", "column"]
_CLAIMED = ("cause", "certain", "evidence")
# What a correction does; the rest of its record is about the capture it met.
_CORRECTS = ("source", "table", "cell", "before", "after")


@dataclass(frozen=True, slots=True)
class Factor:
    """Something that is recorded to differ between two releases.

    evidence: which, in words. source: whose captures differ, where both releases used one.
    """

    cause: CauseKind
    evidence: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    """The causes found by building the states between two releases.

    claims: rows of CLAIMS. obstacle: why several factors could not be separated; empty when they were.
    """

    claims: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CLAIMS))
    obstacle: str = ""


def factors(
    before: Mapping[str, Any], after: Mapping[str, Any], contract_changed: bool
) -> tuple[Factor, ...]:
    """What differs between two manifests, sources first.

    contract_changed: whether the promise differs in more than words.
    """
    old = {each["source"]: each for each in before["inputs"]}
    found = [
        Factor("source_revised", evidence, each["source"] if each["source"] in old else "")
        for each in after["inputs"]
        if (evidence := _captured_anew(old.get(each["source"]), each))
    ]
    gone = sorted(old.keys() - {each["source"] for each in after["inputs"]})
    found += [Factor("source_revised", f"{source}: no longer used") for source in gone]
    if contract_changed:
        found.append(Factor("contract_changed", "the contract changed"))
    if evidence := ", ".join(_programmed_anew(before["code"], after["code"], after["dataset"])):
        found.append(Factor("code_changed", evidence))
    return tuple(found)


def _programmed_anew(
    before: Mapping[str, Any], after: Mapping[str, Any], dataset: str
) -> Iterator[str]:
    """The parts of the program that differ, except contract and corrections, which are factors themselves."""
    old, new = before.get("parts_sha256", {}), after.get("parts_sha256", {})
    differing = {part for part in old.keys() | new.keys() if old.get(part) != new.get(part)}
    differing -= {"corrections", f"datasets/{dataset}"}
    for key, name in (("code_sha256", "code"), ("lock_sha256", "lock")):
        was, now = str(before.get(key)), str(after.get(key))
        if was == now or (name == "code" and old and new and not differing):
            continue
        where = f" in {', '.join(sorted(differing))}" if name == "code" and old and new else ""
        yield f"{name} {was[:12]} -> {now[:12]}{where}"


def corrected(before: pl.DataFrame, after: pl.DataFrame) -> tuple[Factor, ...]:
    """The corrections of ours that differ. before, after: the corrections of two releases, by id.

    One whose outcome alone differs met another source; that is the source's doing.
    """
    old, new = (
        {record["id"]: record for record in frame.iter_rows(named=True)}
        for frame in (before, after)
    )
    found = []
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was and now and all(was[each] == now[each] for each in _CORRECTS):
            continue
        word = "changed" if was and now else "added" if now else "dropped"
        cell = (now or was or {})["cell"]
        found.append(Factor("our_correction", f"correction {name} {word} ({cell})"))
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


def claims_of_step(changes: pl.DataFrame, *differing: Factor) -> pl.DataFrame:
    """What these factors alone changed, as claims. changes: between two builds that differ in them only.

    Building the old inputs with the new code, for instance, shows exactly what the code changed.
    """
    named = zip(_CLAIMED, _by_elimination(differing), strict=True)
    return changes.select(*_CELL, *(pl.lit(value).alias(name) for name, value in named)).cast(
        CLAIMS
    )


def attributed(
    changes: pl.DataFrame,
    known: Sequence[Factor],
    steps: Steps,
    moved: pl.Expr | None = None,
) -> pl.DataFrame:
    """The changes with `cause`, `certain` and `evidence`.

    steps: a claim that names the cell goes before one that names its row; what none names follows from
    what is known to differ. moved: for rows of a municipality that began or ended, that in words.
    """
    found = changes
    for level in ("cell", "row"):
        found = _claimed(found, steps.claims, level)
    otherwise = zip(_CLAIMED, _by_elimination(known, steps.obstacle), strict=True)
    found = found.with_columns(
        pl.coalesce(f"{name}_cell", f"{name}_row", pl.lit(value)).alias(name)
        for name, value in otherwise
    )
    # A source that came with other municipalities was not revised, and neither is a definitive figure.
    from_source = pl.col("cause") == "source_revised"
    definitive = (pl.col("status_before") == "definitive") & (
        pl.col("status_after") == "definitive"
    )
    boundary = pl.lit(None, pl.String) if moved is None else pl.when(from_source).then(moved)
    found = found.with_columns(boundary=boundary)
    there = pl.col("boundary").is_not_null()
    return found.with_columns(
        cause=pl.when(there)
        .then(pl.lit("boundary_change"))
        .when(from_source & definitive & (pl.col("change") == "revised"))
        .then(pl.lit("source_corrected"))
        .otherwise("cause"),
        certain=there | pl.col("certain"),
        evidence=pl.when(there)
        .then(pl.format("{}; {}", "boundary", "evidence"))
        .otherwise("evidence"),
    )


def _claimed(changes: pl.DataFrame, claims: pl.DataFrame, level: str) -> pl.DataFrame:
    """Add the claims of a level: `cause_<level>`, `certain_<level>` and `evidence_<level>`."""
    on = _CELL if level == "cell" else _CELL[:2]
    of_row = pl.col("column").is_null()
    by_cell = (
        claims.filter(of_row if level == "row" else ~of_row)
        .group_by(on, maintain_order=True)
        .agg(
            # The evidence of all claims on a cell is kept; the last one made the value it has now.
            pl.col("cause").last().alias(f"cause_{level}"),
            pl.col("certain").last().alias(f"certain_{level}"),
            pl.col("evidence")
            .unique(maintain_order=True)
            .str.join("; ")
            .alias(f"evidence_{level}"),
        )
    )
    return changes.join(by_cell, on=on, how="left", maintain_order="left")


def _by_elimination(known: Sequence[Factor], obstacle: str = "") -> tuple[CauseKind, bool, str]:
    """The cause of a change that no claim names: certain when only one thing differs."""
    if not known:
        return "unexplained", False, "nothing that is recorded differs"
    evidence = " or ".join(factor.evidence for factor in known)
    # Several sources may differ at once; then it is certain that a source did, not which.
    certain = len({factor.cause for factor in known}) == 1
    return known[0].cause, certain, evidence + (f"; {obstacle}" if obstacle else "")
