"""What the reconciliation rules look at: the ledger, the schemes, the regions, the map, and the day.

What belongs here: choosing rows of the ledger that several rules choose alike. What does not: comparing them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from assets.published.spuk_ledger.audit_rules.comparisons import CELL, CELLS_NAMED, summed
from assets.reference.spuk_components import TOTAL
from assets.reference.spuk_schemes import Scheme

PUBLISHED = ("regulation", "letter", "agreement", "web_page", "text_layer")
RECEIVED = ("grant_list", "payment_list", "sisa_annex")
VERSION = ("scheme", "period", "document_id", "document_version")
PLACE = ("scheme", "component", "party", "period")
# What one statement of a document is about; a later document about the same takes its place.
STATEMENT = (
    *PLACE,
    "state",
    "basis",
    "window",
    "round",
    "instalment",
    "grant_number",
    "event_date",
)
# Of a grant told on several bases: what was decided with price compensation is what may be spent.
_BASES = ("incl_lpo", "as_stated", "excl_lpo")
_ORDER = (
    "scheme", "component", "recipient_kind", "recipient_name", "period", "state", "basis",
    "document_id", "document_version", "source_locator",
)  # fmt: skip


@dataclass(frozen=True)
class RuleInputs:
    """Everything the rules read.

    ledger: the published table, in the order of its key, with `party`: who accounts for the money, the code
    or name of the recipient; in schemes for regions the region for it and for who holds its mandate; and
    `cell`, where the row was read.
    regions: `region_name`, `mandate_holder`, `mandate_holder_code`, `municipality_code`. lists: `year`,
    `municipality_code`. transitions: `date`, `from_code`, `to_code`, `split_weight`.
    """

    ledger: pl.LazyFrame
    schemes: Mapping[str, Scheme]
    known_on: date
    regions: pl.LazyFrame
    lists: pl.LazyFrame
    transitions: pl.LazyFrame

    @classmethod
    def of(
        cls,
        ledger: pl.LazyFrame,
        schemes: Mapping[str, Scheme],
        known_on: date,
        regions: pl.LazyFrame,
        lists: pl.LazyFrame,
        transitions: pl.LazyFrame,
    ) -> RuleInputs:
        """Collect the ledger once, because twenty rules read it, and say who accounts for each row."""
        of_regions = [name for name, scheme in schemes.items() if scheme.recipients == "region"]
        key = pl.coalesce("recipient_code", "recipient_name")
        region = pl.when(pl.col("scheme").is_in(of_regions)).then(pl.col("region_name"))
        placed = (
            ledger.with_columns(_key=key)
            .join(_holders(regions), on="_key", how="left")
            .with_columns(CELL, party=pl.coalesce(region, "_key"))
            .drop("region_name", "_key")
            .sort(_ORDER, nulls_last=True)
        )
        return cls(placed.collect().lazy(), schemes, known_on, regions, lists, transitions)

    @cached_property
    def newest(self) -> pl.LazyFrame:
        """Rows that no later version of their document changed."""
        return self.ledger.filter(pl.col("is_newest") == "yes")

    @cached_property
    def published(self) -> pl.LazyFrame:
        """What regulations, letters, agreements and pages say, every version."""
        return self.ledger.filter(pl.col("evidence").is_in(PUBLISHED))

    @cached_property
    def received(self) -> pl.LazyFrame:
        """What lists and annexes say, of each statement only the newest document that makes it."""
        document = ("visible_from", "document_id", "document_version")
        rows = self.newest.filter(pl.col("evidence").is_in(RECEIVED))
        last = rows.select(*STATEMENT, *document).sort(document).unique(STATEMENT, keep="last")
        kept = rows.join(last, on=[*STATEMENT, *document], how="semi", nulls_equal=True)
        return kept.collect().lazy()

    @cached_property
    def granted(self) -> pl.LazyFrame:
        """What was granted per place as `granted_eur`; a changed decision counts instead of the first one."""
        rows = self.received.filter(
            pl.col("state").is_in(["granted", "amended"]),
            pl.col("basis").is_in(_BASES),
            pl.col("amount_eur").is_not_null(),
        ).with_columns(
            _basis=pl.col("basis").replace_strict(_BASES, range(3), return_dtype=pl.Int8)
        )
        decision = [*PLACE, "window", "round", "grant_number"]
        changed = (pl.col("state") == "amended").any().over(decision)
        current = rows.filter((pl.col("state") == "amended") | ~changed).filter(
            pl.col("_basis") == pl.col("_basis").min().over(PLACE)
        )
        return summed(current, PLACE, "granted").collect().lazy()

    def granted_in_all(self) -> pl.LazyFrame:
        """The same per recipient and period: the total where one was granted, else its components."""
        return in_all(self.granted, "granted")

    def spent(self, *bases: str) -> pl.LazyFrame:
        """What annexes say was spent; `own` and `through_others` unless other bases are named.

        Only amounts that an accountant checked (R) or of which the kind of control is not known.
        """
        return self.received.filter(
            pl.col("state") == "spent",
            pl.col("basis").is_in(bases or ("own", "through_others")),
            pl.col("control").is_null() | (pl.col("control") == "R"),
        )


def in_all(amounts: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Amounts per recipient and period: that of `total` where there is one, else of the components."""
    is_total = pl.col("component") == TOTAL
    by = [column for column in PLACE if column != "component"]
    chosen = amounts.filter(is_total | ~is_total.any().over(by))
    counted = pl.col(f"{name}_cells").str.extract(r"^(\d+)$").cast(pl.Int64)
    number = pl.coalesce(counted, pl.col(f"{name}_cells").str.count_matches("; ") + 1).sum()
    several = (
        pl.when(number > CELLS_NAMED)
        .then(number.cast(pl.String))
        .otherwise(pl.col(f"{name}_cells").sort().str.join("; "))
    )
    return (
        chosen.group_by(by, maintain_order=True)
        .agg(
            pl.col(f"{name}_eur").sum(),
            several.alias(f"{name}_cells"),
            pl.col("recipient_kind", "recipient_code", "recipient_name").first(),
        )
        .with_columns(component=pl.lit(TOTAL))
    )


def is_year() -> pl.Expr:
    """The period is one year."""
    return pl.col("period").str.contains(r"^\d{4}$")


def _holders(regions: pl.LazyFrame) -> pl.LazyFrame:
    """Every code or name by which a region accounts -> `region_name`."""
    ways = (
        pl.col("region_name"),
        pl.coalesce("mandate_holder_code", "mandate_holder"),
    )
    return pl.concat([regions.select(way.alias("_key"), "region_name") for way in ways]).unique(
        "_key", keep="first", maintain_order=True
    )
