"""What may be asked of each scheme nationally: also what nobody published yet.

Grain    measure × scheme × component × window × round × period
Traps    components are accounted for only where the scheme says so (Brede SPUK: 2023 and 2024), so there is
         no row for their spending in later years: that is not missing, it does not exist
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from assets.reference.spuk_components import TOTAL
from assets.reference.spuk_schemes import Accountability, Scheme

# The years of a scheme of which nothing tells them.
UNKNOWN = "unknown"
SUBJECT = ["measure", "scheme", "component", "window", "round", "period"]
# Per measure its unit, the state that is counted and the state it is held against.
MEASURES = {
    "participation": ("recipients", "applied", "eligible"),
    "component_take_up": ("components", "applied", "offered"),
    "allocation": ("EUR", "granted", "allocatable"),
    "spending": ("EUR", "spent_and_carried_over", "granted"),
    "realised": ("EUR", "settled", "granted"),
    "recovery": ("EUR", "recovered", "advanced"),
}
# Per measure the term after which it must be known: applications when a window closes, grants when they are
# decided upon, spending when it is accounted for, settlement and what follows it when the state decides.
TERMS = {
    "participation": "application_window",
    "component_take_up": "application_window",
    "allocation": "decision_due",
    "spending": "accountability_due",
    "realised": "settlement_due",
    "recovery": "settlement_due",
}
# A settlement once for all years is held against all years together, and so is recovery, which follows it.
AFTER_THE_END = ("realised", "recovery")

COLUMNS: dict[str, pl.DataType] = {
    **dict.fromkeys(SUBJECT, pl.String()),
    "eligible": pl.Int64(),
    "declared": pl.Decimal(18, 3),
    "declared_by": pl.String(),
    "ceiling": pl.Decimal(18, 3),
    "due_date": pl.String(),
    "measure_confidence": pl.String(),
    "may_carry_over": pl.Boolean(),
}


def period_of(years: tuple[int, ...]) -> str | None:
    """Grant years as one code: 2026, or 2023-2026."""
    if not years:
        return None
    first, last = min(years), max(years)
    return str(first) if first == last else f"{first}-{last}"


def span(scheme: Scheme) -> str:
    """The whole of a scheme as one period."""
    return scheme.period or period_of(scheme.years) or UNKNOWN


def years_of(period: str) -> range:
    """The grant years of a period; none where it names no years."""
    if not (period[:4].isdigit() and period[-4:].isdigit()):
        return range(0)
    return range(int(period[:4]), int(period[-4:]) + 1)


def in_one(scheme: Scheme, measure: str, at_once: Collection[str]) -> bool:
    """Whether a measure is reported for a scheme as a total and not for each year.

    at_once: schemes whose ceiling is printed for all years together.
    """
    once = scheme.settlement is not None and scheme.settlement.kind == "once"
    return not scheme.years or scheme.id in at_once or (measure in AFTER_THE_END and once)


def measures_of(
    schemes: Mapping[str, Scheme],
    offered: pl.DataFrame,
    terms: pl.DataFrame,
    at_once: Collection[str],
) -> pl.LazyFrame:
    """One row for each measure of each scheme, nationally: COLUMNS.

    offered: scheme, component, period, ceiling – components with money in a period, `total` among them.
    terms: as table spuk_ledger.terms.
    """
    rows = [
        row
        for scheme in schemes.values()
        for row in _MeasureRows(
            scheme,
            offered.filter(pl.col("scheme") == scheme.id),
            terms.filter(pl.col("scheme") == scheme.id),
            at_once,
        ).rows()
    ]
    return pl.LazyFrame(rows, COLUMNS)


@dataclass(frozen=True, slots=True)
class _MeasureRows:
    """What may be asked of one scheme."""

    scheme: Scheme
    offered: pl.DataFrame
    terms: pl.DataFrame
    at_once: Collection[str]

    def rows(self) -> Iterator[dict[str, Any]]:
        all_years = span(self.scheme)
        for window in self.scheme.windows:
            counted = window.counted or window
            yield self._row(
                "participation", TOTAL, period_of(window.years) or all_years, window=window.id,
                eligible=window.eligible, declared=window.applied,
                **({"declared_by": counted.source, "measure_confidence": counted.confidence}
                   if window.applied is not None else {}),
            )  # fmt: skip
        for measure in list(MEASURES)[1:]:
            yearly = [str(year) for year in self.scheme.years]
            for period in [all_years] if in_one(self.scheme, measure, self.at_once) else yearly:
                yield from self._per_component(measure, period)
        for each in self.scheme.rounds:
            amount = None if each.amount_eur is None else Decimal(each.amount_eur)
            yield self._row(
                "allocation", TOTAL, all_years, round=each.id, eligible=each.recipients, ceiling=amount,
                measure_confidence=each.confidence,
            )  # fmt: skip

    def _per_component(self, measure: str, period: str) -> Iterator[dict[str, Any]]:
        found = dict(
            self.offered.filter(pl.col("period") == period)
            .select("component", "ceiling")
            .iter_rows()
        )
        ceilings = found if measure == "allocation" else {}
        components = [each for each in found if each != TOTAL]
        if measure != "component_take_up" or components:
            yield self._row(measure, TOTAL, period, ceiling=ceilings.get(TOTAL))
        if self._has_components(measure, period):
            for each in components:
                yield self._row(measure, each, period, ceiling=ceilings.get(each))

    def _has_components(self, measure: str, period: str) -> bool:
        """Whether a measure exists per component: of spending only where it is accounted for so."""
        if measure in AFTER_THE_END:
            return False
        if measure != "spending":
            return True
        account = _account(self.scheme, period)
        return account is not None and account.lines == "component"

    def _row(self, measure: str, component: str, period: str, **more: Any) -> dict[str, Any]:
        last_day, sure = self._due(measure, period, more.get("window"))
        years = years_of(period)
        over = [each for each in self.scheme.carry_over if each.from_year in years]
        return {
            **dict.fromkeys(COLUMNS),
            "measure": measure,
            "scheme": self.scheme.id,
            "component": component,
            "period": period,
            "eligible": max((each.eligible or 0 for each in self.scheme.windows), default=0)
            or None,
            "due_date": last_day,
            "measure_confidence": sure,
            "may_carry_over": measure == "spending" and any(float(each.max_pct) for each in over),
            **more,
        }

    def _due(self, measure: str, period: str, window: str | None) -> tuple[str | None, str]:
        """The last day by which a number must be known, and how sure that is.

        Of several terms for the same years the last one: until then more may come.
        """
        of_kind = self.terms.filter(pl.col("kind") == TERMS[measure]).drop_nulls("date_to")
        days = [
            (day, sure)
            for term, covers, day, sure in of_kind.select(
                "term", "period", "date_to", "confidence"
            ).iter_rows()
            if (
                term == window
                if window
                else covers == period or set(years_of(covers)) & set(years_of(period))
            )
        ]
        return max(days, default=(None, self.scheme.legal_basis.confidence))


def _account(scheme: Scheme, period: str) -> Accountability | None:
    """What the scheme asks to account for in the last year of a period."""
    last = max(years_of(period), default=None)
    return next((each for each in scheme.accountability if last in each.years), None)
