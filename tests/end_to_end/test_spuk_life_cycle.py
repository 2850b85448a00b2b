"""Three grants from decision to final account, made up, through the drop folder: what is found, and no more.

Lawful, 20,000 lines of lists and 1,000 annexes give no finding that the public documents alone do not
give. With one breach of each kind planted, each is found with its class and cause, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.core import spuk_received
from assets.ingest.archive import Archive
from assets.ingest.capture import capture
from assets.ingest.origins.dropped_files import DroppedFilesOrigin
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import sources
from assets.published.spuk_ledger.findings import checks, findings
from assets.published.spuk_ledger.spuk_ledger import spuk_ledger
from assets.raw import files
from expectations.paths import ROOT
from tests.support.spuk_life_cycle.breaches import Finding, plant
from tests.support.spuk_life_cycle.files import public, write
from tests.support.spuk_life_cycle.life_cycle import (
    BREDE,
    PAYMENTS,
    TOTAL,
    Cycle,
    Published,
    lawful,
)
from tests.support.spuk_life_cycle.misprints import MISPRINTS, misprinted, misread

Entries = tuple[pl.LazyFrame, pl.LazyFrame, pl.LazyFrame]
RULES = {f"R{number:02}" for number in range(1, 21)}
DROPPED = {
    "spuk_grants": spuk_received.grants,
    "spuk_payments": spuk_received.payments,
    "sisa": spuk_received.accounts,
}


@dataclass(frozen=True)
class Sample:
    """The tables of the refresh that all tests share, and what the rules find in a ledger of them."""

    tables: Path
    public: Published

    def table(self, name: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.tables / f"{name}.parquet")

    def _around(self, regions: pl.DataFrame | None) -> list[pl.LazyFrame]:
        return [
            self.table("core_spuk_ledger__known"),
            (self.public.regions if regions is None else regions).lazy(),
            self.table("core_municipalities__lists"),
            self.table("municipalities__transitions"),
        ]

    def found(
        self,
        received: Entries,
        official: pl.DataFrame | None = None,
        regions: pl.DataFrame | None = None,
    ) -> set[Finding]:
        ledger = spuk_ledger(
            (self.public.official if official is None else official).lazy(), *received
        )
        rows = findings(ledger, *self._around(regions)).collect()
        who = pl.coalesce("recipient_code", "recipient_name").alias("who")
        reported = rows.select("rule", "scheme", "component", "period", who, "class", "cause")
        return set(reported.iter_rows())

    def judged(self, received: Entries) -> dict[str, int]:
        """Rule -> how much it compared."""
        counts = checks(spuk_ledger(self.public.official.lazy(), *received), *self._around(None))
        return dict(counts.group_by("rule").agg(pl.col("judged").sum()).collect().iter_rows())


@pytest.fixture(scope="module")
def sample(published: Any) -> Sample:
    tables = published.state / "tables"
    return Sample(tables, public(tables))


class Team:
    """Lays files in a folder and has them captured; what is read of them all."""

    def __init__(self, folder: Path, lists: pl.LazyFrame) -> None:
        self.drop = folder / "drop"
        self._archive = Archive(folder / "archive")
        self._lists = lists

    def read(self, day: int = 1) -> dict[str, pl.DataFrame]:
        """Capture what lies there now, and read everything that ever lay there."""
        own = SampleOrigin(ROOT / "sample")
        origin = DroppedFilesOrigin(self.drop, own, lambda: datetime(2026, 10, day, tzinfo=UTC))
        taken = {name: capture(sources()[name], origin, self._archive) for name in DROPPED}
        return {
            name: entries(
                files.rows(self._archive, taken[name], sources()[name]).lazy(), self._lists
            ).collect()
            for name, entries in DROPPED.items()
        }


@pytest.fixture
def team(sample: Sample, tmp_path: Path) -> Team:
    return Team(tmp_path, sample.table("core_municipalities__lists"))


def fit(read: dict[str, pl.DataFrame]) -> Entries:
    """The entries of all three; every line was understood."""
    for name, entries in read.items():
        assert entries["_problem"].drop_nulls().to_list() == [], name
    grants, payments, accounts = (entries.lazy() for entries in read.values())
    return grants, payments, accounts


@pytest.fixture(scope="module")
def nothing(sample: Sample) -> Entries:
    """What is read of an empty folder."""
    names = ("grants", "payments", "accounts")
    grants, payments, accounts = (sample.table(f"core_spuk_ledger__{name}") for name in names)
    return grants, payments, accounts


@pytest.fixture(scope="module")
def of_the_sample(sample: Sample, nothing: Entries) -> set[Finding]:
    return sample.found(nothing)


def test_a_lawful_life_cycle_gives_no_finding(
    sample: Sample, team: Team, of_the_sample: set[Finding]
) -> None:
    lines = write(lawful(sample.public), team.drop)
    received = fit(team.read())
    assert lines > 90_000
    assert sum(entries.select(pl.len()).collect().item() for entries in received) > 40_000
    assert sample.found(received) == of_the_sample
    # Otherwise it would be an agreement about nothing. No municipality merged in these years.
    silent = {rule for rule, judged in sample.judged(received).items() if not judged}
    assert silent == {"R19"}


def test_every_breach_is_found_and_nothing_else(
    sample: Sample, team: Team, of_the_sample: set[Finding]
) -> None:
    cycle = lawful(sample.public)
    planted = plant(cycle, sample.public)
    write(cycle, team.drop)
    found = sample.found(fit(team.read())) - of_the_sample
    assert {about: [f for f in each if f not in found] for about, each in planted.items()} == {
        about: [] for about in planted
    }
    assert found == {finding for each in planted.values() for finding in each}


def test_every_misprint_is_found_and_nothing_else(
    sample: Sample, nothing: Entries, of_the_sample: set[Finding]
) -> None:
    regions, unknown = misread(sample.public.regions)
    found = sample.found(nothing, misprinted(sample.public.official), regions)
    assert found - of_the_sample == {unknown, *(f for each in MISPRINTS for f in each.found)}
    assert of_the_sample - found == {f for each in MISPRINTS for f in each.gone}


def test_a_file_that_is_replaced_is_a_new_version(
    sample: Sample, team: Team, of_the_sample: set[Finding]
) -> None:
    applied = next(row for row in lawful(sample.public).grants if row["Staat"] == "aangevraagd")
    for day, amount in ((1, "€ 1.000"), (2, "€ 1.001")):
        write(Cycle(grants=[applied | {"Bedrag": amount}]), team.drop)
        received = fit(team.read(day))
    place = (applied["Onderdeel"], applied["Uitkeringsjaar"], applied["Ontvangercode"])
    found = sample.found(received) - of_the_sample
    assert found == {("R08", BREDE, *place, "needs_explanation", "changed_in_file")}
    amounts = received[0].select("amount_eur", "visible_from").collect()
    assert amounts.height == 2, "what was replaced stays"


def test_who_merged_is_set_aside_by_its_line_or_found_in_the_ledger(
    sample: Sample, team: Team, nothing: Entries, of_the_sample: set[Finding]
) -> None:
    paid = dict.fromkeys(PAYMENTS, "") | {"Regeling": BREDE, "Uitkeringsjaar": "2024"}
    former, successor = (
        paid | {"Bedrag": "€ 500", "Ontvangercode": code} for code in ("GM0501", "GM1992")
    )
    write(Cycle(payments=[former, successor]), team.drop)
    read = team.read()["spuk_payments"]
    (stated,) = read["_problem"].drop_nulls()
    assert stated == 'E2: "GM0501" is no code of a municipality in 2024'

    fits = read.filter(pl.col("_problem").is_null())
    booked = fits.with_columns(recipient_code=pl.lit("GM0501"), recipient_name=pl.lit("Brielle"))
    both = pl.concat([fits, booked.with_columns(source_locator=pl.lit("elsewhere"))]).lazy()
    found = sample.found((nothing[0], both, nothing[2])) - of_the_sample
    assert found == {
        ("R19", BREDE, TOTAL, "2024", "GM0501", "source_error", "predecessor_after_merger"),
    }


def test_every_rule_is_broken_somewhere_here(sample: Sample) -> None:
    planted = plant(lawful(sample.public), sample.public).values()
    of_documents = (each.found for each in MISPRINTS)
    broken = {finding[0] for each in (*planted, *of_documents) for finding in each}
    assert broken | {misread(sample.public.regions)[1][0], "R19"} == RULES
