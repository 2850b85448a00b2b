"""The split of a table by a bitmask: one bit per rule about rows, set while the rows pass by.

What belongs here: the mask, and everything that can be read from it without judging a row again: how
many rows broke which rule, which rows stay, which leave, and with what words. What does not: counting
by a second engine, and what a failure means for a publication (`audit.py`).

The steps are lazy and keep the order of the rows, so the pass that writes a staged file can carry the
mask along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import ClassVar, Literal

import polars as pl

from expectations.contract import TRACE, Table
from expectations.vocabulary import PROBLEM, References, Rule
from expectations.vocabulary.wording import Sentence

BITS = 64
QUARANTINE = pl.Schema(
    {
        "dataset": pl.String(),
        "table": pl.String(),
        "rule_ids": pl.String(),
        "problem": pl.String(),
        "suggested_cause": pl.String(),
        "capture_sha256": pl.String(),
        "locator": pl.String(),
        "row": pl.String(),
    }
)


class Conserved(Rule):
    """Every row read is in exactly one of kept and quarantined. No contract asks for it; it always holds."""

    kind: Literal["conserved"] = "conserved"
    usual_cause: ClassVar[str] = "a rule kind that loses or doubles rows while it measures them"

    def description(self) -> Sentence:
        """The promise in one sentence."""
        return Sentence(
            nl="Elke gelezen rij is behouden of apart gezet, en nooit allebei.",
            en="Every row read is in exactly one of kept and quarantined.",
        )


def conserved(table: Table) -> Conserved:
    """The promise of conservation for one table."""
    return Conserved(
        id=f"{table.rule_prefix}-conserved",
        reason="A row that disappears takes an amount with it, and no total shows that.",
        source="voorkant: nothing is dropped",
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """What a mask counts. failed: rule id -> rows that break it; a row may break several."""

    read: int
    kept: int
    aside: int
    failed: Mapping[str, int]


@dataclass(frozen=True)
class Mask:
    """One bit for each rule, in as many UInt64 columns as that takes."""

    rules: tuple[Rule, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the mask columns."""
        return tuple(f"_broken_{word}" for word in range(-(-len(self.rules) // BITS)))

    @cached_property
    def leaving(self) -> tuple[Rule, ...]:
        """The rules that set a row aside."""
        return tuple(rule for rule in self.rules if rule.sets_aside)

    @cached_property
    def _bits(self) -> dict[str, tuple[str, int]]:
        return {
            rule.id: (self.columns[place // BITS], 1 << place % BITS)
            for place, rule in enumerate(self.rules)
        }

    def applied(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        """The frame with the columns the rules measure, and the mask."""
        for rule in self.rules:
            frame = rule.measured(frame, references)
        return frame.with_columns(self._word(column) for column in self.columns)

    def _word(self, column: str) -> pl.Expr:
        set_bits = [
            pl.when(rule.fails()).then(pl.lit(bit, pl.UInt64)).otherwise(pl.lit(0, pl.UInt64))
            for rule in self.rules
            for word, bit in [self._bits[rule.id]]
            if word == column
        ]
        return reduce(or_, set_bits).alias(column)

    def broken(self, rules: Iterable[Rule]) -> pl.Expr:
        """Whether a row breaks any of these rules."""
        wanted: dict[str, int] = {}
        for rule in rules:
            column, bit = self._bits[rule.id]
            wanted[column] = wanted.get(column, 0) | bit
        return pl.any_horizontal(
            pl.lit(False),
            *(pl.col(word) & pl.lit(bits, pl.UInt64) != 0 for word, bits in wanted.items()),
        )

    def tally(self, masked: pl.LazyFrame) -> Tally:
        """All counts at once: few masks occur, so one small table of masks holds them all."""
        counts = masked.group_by(self.columns).agg(pl.len().cast(pl.Int64)).collect()

        def rows(which: pl.Expr) -> int:
            return int(counts.filter(which)["len"].sum())

        return Tally(
            read=int(counts["len"].sum()),
            kept=rows(~self.broken(self.leaving)),
            aside=rows(self.broken(self.leaving)),
            failed={rule.id: rows(self.broken([rule])) for rule in self.rules},
        )

    def words(
        self, rules: Iterable[Rule], word: Callable[[Rule], str], separator: str = ";"
    ) -> pl.Expr:
        """The words of the broken rules, each once and alphabetical; null when there are none."""
        rules_of: dict[str, list[Rule]] = {}
        for rule in rules:
            rules_of.setdefault(word(rule), []).append(rule)
        parts = [
            pl.when(self.broken(those)).then(pl.lit(each))
            for each, those in sorted(rules_of.items())
        ]
        if not parts:
            return pl.lit(None, pl.String)
        return _filled(pl.concat_str(parts, separator=separator, ignore_nulls=True))

    def kept(self, table: Table, masked: pl.LazyFrame) -> pl.LazyFrame:
        """The rows that stay: contract columns and trace, the words of warnings among the flags."""
        staying = masked.filter(~self.broken(self.leaving))
        warnings = [r for r in self.rules if r.severity == "warning" and not r.sets_aside]
        if table.flags_column and warnings:
            flags = pl.col(table.flags_column)
            words = self.words(warnings, lambda rule: rule.flag or rule.id)
            staying = staying.with_columns(
                pl.when(flags.is_null())
                .then(words)
                .otherwise(_merged(flags, words))
                .alias(table.flags_column)
            )
        return staying.select([*table.dtypes, *TRACE])

    def quarantined(self, table: Table, masked: pl.LazyFrame) -> pl.LazyFrame:
        """The rows that leave, with all their reasons, their source cell and a suggested cause."""
        ordered = masked.filter(self.broken(self.leaving)).sort(in_full(table))
        return ordered.select(
            pl.lit(table.dataset).alias("dataset"),
            pl.lit(table.name).alias("table"),
            self.words(self.leaving, lambda rule: rule.id).alias("rule_ids"),
            pl.coalesce(
                PROBLEM, self.words(self.leaving, lambda rule: f"{rule.id}: {rule.sentence()}")
            ).alias("problem"),
            self.words(self.leaving, lambda rule: rule.suggested_cause(), separator="; ").alias(
                "suggested_cause"
            ),
            pl.col("_capture").alias("capture_sha256"),
            pl.col("_locator").alias("locator"),
            pl.struct(list(table.dtypes)).struct.json_encode().alias("row"),
        ).cast(QUARANTINE)


def in_full(table: Table) -> list[str]:
    """What puts rows in one order only: copies of one key differ in their other columns."""
    return list(dict.fromkeys([*table.key, *table.dtypes, *TRACE]))


def _merged(flags: pl.Expr, words: pl.Expr) -> pl.Expr:
    """The words that are there and those that come with them; null where there were none before."""
    both = pl.concat_str([flags, words], separator=";", ignore_nulls=True)
    each = pl.when(flags.is_not_null()).then(both).str.split(";")
    return _filled(each.list.unique().list.sort().list.join(";").str.strip_chars_start(";"))


def _filled(text: pl.Expr) -> pl.Expr:
    """The text, or null instead of nothing."""
    return pl.when(text != "").then(text)
