"""The regularities of the Brede SPUK hold for all 342 municipalities, and the exceptions are named.

Figures: annex IV of BWBR0047862 (2026) and annex 2A of the letter of 12 September 2025, recorded.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import polars as pl

from expectations.vocabulary import Rule
from expectations.vocabulary.peers import NoTotalAmongParts, RatioUniform, ShareConstant
from expectations.vocabulary.series import Jump
from tests.support.material import MATERIAL, needs_material

pytestmark = needs_material

WHY = "An example."
ISLANDS = {"Ameland", "Schiermonnikoog", "Terschelling", "Vlieland"}
FLOORS = ISLANDS | {"Rozendaal", "Renswoude"}
# Annex III, version of 2025-10-29: the ceiling of Welzijn op recept and the sum of all ceilings.
CEILINGS = {"wor": "12126130", "excl_lpo": "254000001"}


@cache
def annex() -> pl.DataFrame:
    """Annex IV, 2026: one row per municipality and kind of amount, and the ceilings."""
    columns = {
        "gemeente": "recipient",
        "welzijn_op_recept_2026_eur": "wor",
        "totaal_excl_lpo_2026_eur": "excl_lpo",
        "totaal_incl_lpo_uit_2024_2026_eur": "incl_lpo",
    }
    printed = pl.read_csv(
        MATERIAL / "brede-spuk-regeling" / "bijlage4_2026_deel3_per_gemeente.csv",
        infer_schema=False,
    )
    ceilings = pl.DataFrame({"recipient": "ceiling", **CEILINGS, "incl_lpo": None})
    named = printed.rename(columns).select(columns.values())
    return _long(pl.concat([named, ceilings], how="vertical_relaxed"), "kind")


@cache
def letter() -> pl.DataFrame:
    """Annex 2A: one row per municipality and year."""
    columns = {
        "gemeente_zoals_in_bron": "recipient",
        "bedrag_2025_eur": "2025",
        "bedrag_2026_eur": "2026",
    }
    printed = pl.read_csv(
        MATERIAL / "vws-brief-spuk-2025" / "bijlage2a_brede_spuk_2025_2026_per_gemeente.csv",
        infer_schema=False,
    )
    return _long(printed.rename(columns).select(columns.values()), "year")


def _long(wide: pl.DataFrame, column: str) -> pl.DataFrame:
    long = wide.unpivot(index="recipient", variable_name=column, value_name="amount_eur")
    return long.with_columns(pl.col("amount_eur").cast(pl.Decimal(18, 2)))


def flagged(rule: Rule, frame: pl.DataFrame) -> set[str]:
    found = rule.measured(frame.lazy(), {}).filter(rule.fails().fill_null(value=False)).collect()
    return set(found["recipient"])


def test_totals_are_the_share_of_one_component_except_for_floors() -> None:
    rule = ShareConstant(
        id="EX-1",
        reason=WHY,
        column="amount_eur",
        by=("kind",),
        recipient="recipient",
        parts={"kind": ("wor", "excl_lpo")},
        total={"recipient": "ceiling"},
        basis={"kind": "wor"},
        within=Decimal("1.2"),
    )
    assert flagged(rule, annex()) == FLOORS


def test_wages_and_prices_raise_all_alike_except_for_floors() -> None:
    rule = RatioUniform(
        id="EX-1",
        reason=WHY,
        column="amount_eur",
        member="recipient",
        old={"kind": "excl_lpo"},
        new={"kind": "incl_lpo"},
        within=Decimal(1),
        within_pct=Decimal("0.001"),
    )
    assert flagged(rule, annex()) == FLOORS


def test_the_step_from_one_year_to_the_next_shows_even_the_floor_that_hides() -> None:
    """Renswoude falls by 14.5 % where the others fall by 14.9 %."""
    rule = RatioUniform(
        id="EX-1",
        reason=WHY,
        column="amount_eur",
        member="recipient",
        old={"year": "2025"},
        new={"year": "2026"},
        within=Decimal(1),
        within_pct=Decimal("0.001"),
    )
    assert flagged(rule, letter()) == FLOORS
    excepted = rule.model_copy(update={"except_where": {"recipient": tuple(sorted(FLOORS))}})
    assert flagged(excepted, letter()) == set()


def test_a_jump_needs_more_than_a_floor_unless_peers_are_known_to_move_as_one() -> None:
    rule = Jump(id="EX-1", reason=WHY, column="amount_eur", by=("recipient",), period="year")
    assert flagged(rule, letter()) == set()
    strict = rule.model_copy(update={"min_spread_pct": Decimal("0.01")})
    assert flagged(strict, letter()) == FLOORS


def test_a_thousand_fold_amount_is_a_jump() -> None:
    rule = Jump(id="EX-1", reason=WHY, column="amount_eur", by=("recipient",), period="year")
    wrong = (pl.col("recipient") == "Zwolle") & (pl.col("year") == "2026")
    amount = pl.col("amount_eur")
    inflated = letter().with_columns(pl.when(wrong).then(amount * 1000).otherwise(amount))
    assert flagged(rule, inflated) == {"Zwolle"}


def test_a_national_row_among_342_municipalities_is_found_by_its_amount() -> None:
    rule = NoTotalAmongParts(id="EX-1", reason=WHY, column="amount_eur", by=("year",))
    assert flagged(rule, letter()) == set()
    national = letter().group_by("year").agg(pl.col("amount_eur").sum(), recipient=pl.lit("Overig"))
    both = pl.concat([letter(), national.select(letter().columns)])
    assert flagged(rule, both) == {"Overig"}
