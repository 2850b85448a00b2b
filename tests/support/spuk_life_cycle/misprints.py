"""Misprints in public documents about SPUK: what is printed wrong, and the findings it must give.

What belongs here: entries of regulations, letters and agreements, and the list of regions. What does not:
what teams put in the folder (`spuk_breaches`), which cannot break the rules about publications.

One wrong cell is seen by every rule that holds it against another one, so a misprint has several findings.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from tests.support.spuk_life_cycle.breaches import Finding
from tests.support.spuk_life_cycle.life_cycle import BREDE, IZA, TOTAL


@dataclass(frozen=True)
class Misprint:
    """An amount or name of a public document that is wrong.

    where: SQL that is true of one row of the entries. more: euros added to its amount. values: what its other
    columns hold instead. found: what must be found; gone: what is found in the sample, and no longer then.
    """

    about: str
    where: str
    found: tuple[Finding, ...]
    more: int = 0
    values: dict[str, str] = field(default_factory=dict)
    gone: tuple[Finding, ...] = ()


def misprinted(official: pl.DataFrame) -> pl.DataFrame:
    """The entries with every misprint in them. Raises AssertionError where one is not about one row."""
    for each in MISPRINTS:
        here = official.select(pl.sql_expr(each.where).fill_null(value=False)).to_series()
        assert here.sum() == 1, f"{each.about}: {here.sum()} rows"
        instead = {name: pl.lit(value) for name, value in each.values.items()}
        if each.more:
            instead["amount_eur"] = pl.col("amount_eur") + each.more
        official = official.with_columns(
            pl.when(here).then(value.cast(official.schema[name])).otherwise(name).alias(name)
            for name, value in instead.items()
        )
    return official


def misread(regions: pl.DataFrame) -> tuple[pl.DataFrame, Finding]:
    """The regions, of which the first names a municipality that is no more."""
    gone = regions.head(1).with_columns(
        municipality_code=pl.lit("GM0501"), municipality_name=pl.lit("Brielle")
    )
    found = ("R07", IZA, TOTAL, "2026", "GM0501", "source_error", "not_on_the_list")
    return pl.concat([regions, gone]), found


_REGULATION = "state = 'allocatable' AND evidence = 'regulation' AND period = '2026' AND "
_LETTER = "state = 'allocatable' AND evidence = 'letter' AND "

MISPRINTS = (
    Misprint(
        "one component of Zwolle",
        _REGULATION + "component = 'mantelzorg' AND recipient_code = 'GM0193' "
        "AND document_version = '2025-10-29'",
        (
            (
                "R02",
                BREDE,
                "mantelzorg",
                "2026",
                "GM0193",
                "needs_explanation",
                "off_share",
            ),
        ),
        more=1_000,
    ),
    Misprint(
        "the total of Utrecht without price compensation",
        _REGULATION + "basis = 'excl_lpo' AND recipient_code = 'GM0344'",
        (
            ("R01", BREDE, TOTAL, "2026", "NL01", "breach", "allocated_over_ceiling"),
            ("R02", BREDE, TOTAL, "2026", "GM0344", "needs_explanation", "off_share"),
            ("R04", BREDE, TOTAL, "2026", "GM0344", "needs_explanation", "odd_compensation"),
        ),
        more=100_000,
        gone=(("R01", BREDE, TOTAL, "2026", "NL01", "known_exception", "floors"),),
    ),
    Misprint(
        "the total of Tilburg with price compensation",
        _REGULATION + "basis = 'incl_lpo' AND recipient_code = 'GM0855'",
        (
            ("R04", BREDE, TOTAL, "2026", "GM0855", "needs_explanation", "odd_compensation"),
            ("R06", BREDE, TOTAL, "2026", "GM0855", "needs_explanation", "publications_differ"),
        ),
        more=500,
    ),
    Misprint(
        "'s-Hertogenbosch in the letter",
        _LETTER + "period = '2026' AND recipient_code = 'GM0796'",
        (
            ("R05", BREDE, TOTAL, "2026", "GM0796", "needs_explanation", "odd_growth"),
            ("R06", BREDE, TOTAL, "2026", "GM0796", "needs_explanation", "publications_differ"),
        ),
        more=500,
    ),
    Misprint(
        "a region in the letter",
        _LETTER + "period = '2026' AND recipient_name = 'Achterhoek'",
        (("R06", IZA, TOTAL, "2026", "Achterhoek", "needs_explanation", "publications_differ"),),
        more=10,
    ),
    Misprint(
        "the printed total of a page",
        "state = 'policy_amount' AND document_id = 'GALA' AND scheme = 'brede_spuk' "
        "AND component = 'total' AND period = '2025'",
        (("R03", BREDE, TOTAL, "2025", "NL01", "source_error", "stated_total_wrong"),),
        more=10_000_000,
    ),
    Misprint(
        "a municipality that is no more, in the letter",
        _LETTER + "period = '2025' AND recipient_code = 'GM1992'",
        (
            ("R09", BREDE, TOTAL, "2025", "GM1992", "needs_explanation", "not_named"),
            ("R09", BREDE, TOTAL, "2025", "GM0501", "source_error", "not_on_the_list"),
        ),
        values={"recipient_code": "GM0501", "recipient_name": "Brielle"},
    ),
)
