"""Public claims beside what the published tables say about them.

Grain    claim; claim × reading
Unit     the unit of each claim
Traps    a claim without year or definition is at best reproduced under a definition, and the row says which;
         a verdict is about a number, not about its author; a demand is met or not, never true
"""

from __future__ import annotations

import polars as pl

from assets.calc import sql_answers
from assets.framework.declared_tables import Transform
from assets.reference.public_claims import Claim, ClaimReading, Claims, claims
from expectations import contract as contracts
from expectations.contract import TYPES

_NUMBER = TYPES["number"]
_OF_ANSWER = [name for name in sql_answers.ANSWER if name not in ("value", "breaks")]
_YES_NO = {True: "yes", False: "no"}
# Kind of claim -> its verdict when a reading agrees as stated, when another does, and when none does.
_VERDICTS = {
    "statement": ("reproduced", "reproduced_under_definition", "not_reproducible"),
    "demand": ("met", "met_under_definition", "not_met"),
}


def _read(claim: Claim, number: int, reading: ClaimReading) -> dict[str, object]:
    lowest, highest = claim.bounds
    return {
        "claim": claim.id,
        "reading": reading.id,
        "rank": number,
        "as_stated": _YES_NO[reading.as_stated],
        "decides": _YES_NO[reading.decides],
        "definition_nl": reading.definition.nl,
        "definition_en": reading.definition.en,
        "query": reading.query,
        "tables": ";".join(sql_answers.tables_read(reading.query)),
        "measured_in": claim.unit,
        "claimed": claim.value,
        "lowest": lowest,
        "highest": highest,
    }


def readings(declared: Claims, tables: dict[str, pl.LazyFrame]) -> pl.LazyFrame:
    """Every reading of every claim, with the number that its query finds in the tables.

    tables: `dataset.table` -> its rows. Raises VK-D005 when a query does not give one number.
    """
    rows = [
        _read(claim, number, reading)
        for claim in declared.claims
        for number, reading in enumerate(claim.readings, start=1)
    ]
    numbers = dict.fromkeys(("claimed", "lowest", "highest"), _NUMBER)
    declared_readings = pl.DataFrame(
        rows, schema_overrides={**numbers, "rank": TYPES["integer"]}, infer_schema_length=None
    )
    name = pl.concat_str("claim", "reading", separator="/")
    queries = dict(declared_readings.select(name, "query").iter_rows())
    found = sql_answers.answers(queries, tables).rename({"value": "found", "breaks": "flags"})
    within = pl.col("found").is_between(
        pl.coalesce("lowest", "found"), pl.coalesce("highest", "found")
    )
    return (
        declared_readings.lazy()
        .with_columns(question=name)
        .join(found.lazy(), on="question", how="left")
        .with_columns(
            difference=(pl.col("found") - pl.col("claimed")).cast(_NUMBER),
            agrees=pl.when(within).then(pl.lit("yes")).otherwise(pl.lit("no")),
        )
        .drop("question")
    )


def judged(declared: Claims, read: pl.LazyFrame) -> pl.LazyFrame:
    """One row per claim: its verdict and the reading that decides it.

    Of the readings that may decide, one that agrees does, and of several first what the claim itself says,
    then the order they are declared in.
    """
    decisive = (
        read.filter(pl.col("decides") == "yes")
        .sort(
            "claim",
            pl.col("agrees") != "yes",
            pl.col("as_stated") != "yes",
            "rank",
        )
        .group_by("claim", maintain_order=True)
        .first()
    )
    agrees, as_stated = pl.col("agrees") == "yes", pl.col("as_stated") == "yes"
    as_worded, defined, refuted = (
        pl.col("kind").replace_strict({kind: words[place] for kind, words in _VERDICTS.items()})
        for place in range(3)
    )
    verdict = (
        pl.when(pl.col("agrees").is_null())
        .then(pl.lit("no_open_data"))
        .when(agrees & as_stated)
        .then(as_worded)
        .when(agrees)
        .then(defined)
        .otherwise(refuted)
    )
    kept = [
        "claim", "reading", "definition_nl", "definition_en", "query", "tables", "found",
        "difference", "agrees", "as_stated", "flags", *_OF_ANSWER,
    ]  # fmt: skip
    return (
        _claimed(declared)
        .join(decisive.select(kept), on="claim", how="left")
        .with_columns(verdict=verdict)
        .drop("agrees", "as_stated")
    )


def _claimed(declared: Claims) -> pl.LazyFrame:
    """What was claimed, by whom, and within which bounds a number counts as that."""
    rows = []
    for claim in declared.claims:
        published, would = declared.publications[claim.source], claim.would_answer
        lowest, highest = claim.bounds
        rows.append(
            {
                "claim": claim.id,
                "kind": claim.kind,
                "text_nl": claim.text.nl,
                "text_en": claim.text.en,
                "source": published.title,
                "source_author": published.author,
                "source_published_at": published.published_at,
                "claimed": claim.value,
                "measured_in": claim.unit,
                "comparison": claim.comparison,
                "lowest": lowest,
                "highest": highest,
                "would_answer": would and would.title,
                "would_answer_id": would and would.id,
                "would_answer_status": would and would.status,
                "note_nl": claim.note and claim.note.nl,
                "note_en": claim.note and claim.note.en,
            }
        )
    numbers = dict.fromkeys(("claimed", "lowest", "highest"), _NUMBER)
    return pl.LazyFrame(rows, schema_overrides=numbers, infer_schema_length=None)


_TABLES = {contracts.table(name).asset: name for name in claims().tables()}


def _readings(**given: pl.LazyFrame) -> pl.LazyFrame:
    named = {
        name: given[asset].select(*contracts.table(name).columns) for asset, name in _TABLES.items()
    }
    return readings(claims(), named)


def _claims(claims__readings: pl.LazyFrame) -> pl.LazyFrame:
    return judged(claims(), claims__readings)


TABLES = (
    Transform("claims.readings", _readings, reads=tuple(_TABLES)),
    Transform("claims.claims", _claims),
)
