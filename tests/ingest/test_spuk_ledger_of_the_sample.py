"""The ledger of the sample, from the bytes of the regulations on, against SQL on the figures themselves."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest

from assets.core import spuk_allocations, spuk_annexes, spuk_ledger, spuk_letters
from assets.ingest.archive import Archive
from assets.ingest.capture import capture
from assets.ingest.connectors import figures_csv
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import sources
from assets.raw import regulations
from expectations import contract as contracts
from expectations.paths import ROOT

SAMPLE = ROOT / "sample"
# document, version, period, state, basis, number of entries, their sum
EXPECTED = """
WITH iii AS (SELECT * FROM '{figures}/brede_spuk_annex_iii.csv'),
iv AS (SELECT *, CASE WHEN column_label LIKE 'Totaalbedrag excl%' THEN 'excl_lpo'
  WHEN column_label LIKE 'Totaalbedrag incl%' THEN 'incl_lpo' ELSE 'as_stated' END AS basis
  FROM '{figures}/brede_spuk_annex_iv.csv'),
iza AS (SELECT * FROM '{figures}/spuk_iza_annex_1.csv'),
letter AS (SELECT 'incl_lpo' AS basis, amount_2025_eur, amount_2026_eur
  FROM '{figures}/brede_spuk_letter_2025.csv' UNION ALL
  SELECT 'as_stated', amount_2025_eur, amount_2026_eur FROM '{figures}/spuk_iza_letter_2025.csv'),
gala AS (SELECT 'GALA' AS document_id, period, coalesce(as_shown, as_printed) AS text
  FROM '{figures}/gala_budget.csv' UNION ALL
  SELECT 'GALA text layer', period, as_printed FROM '{figures}/gala_budget.csv' WHERE as_shown <> '')
SELECT 'BWBR0047862', CAST(version AS VARCHAR), CAST(year AS VARCHAR), 'ceiling', 'as_stated',
  count(*), sum(amount_eur) FROM iii GROUP BY ALL
UNION ALL SELECT 'BWBR0047862', CAST(version AS VARCHAR), CAST(year AS VARCHAR), 'allocatable', basis,
  count(*), sum(amount_eur::DECIMAL(18, 2)) FROM iv GROUP BY ALL
UNION ALL SELECT 'BWBR0048411', '2025-10-18', CAST(y AS VARCHAR), 'allocatable', 'as_stated', count(*),
  sum(max_2023_2025_eur) FROM iza, range(2023, 2026) AS years(y) GROUP BY ALL
UNION ALL SELECT 'BWBR0048411', '2025-10-18', '2026', 'allocatable', 'as_stated', count(*),
  sum(max_2026_eur) FROM iza
UNION ALL SELECT '4190863-1084972-DMO', '2025-09-12', '2025', 'allocatable', basis, count(*),
  sum(amount_2025_eur) FROM letter GROUP BY ALL
UNION ALL SELECT '4190863-1084972-DMO', '2025-09-12', '2026', 'allocatable', basis, count(*),
  sum(amount_2026_eur) FROM letter GROUP BY ALL
UNION ALL SELECT '1097348-DMO', '2026-04-22', CAST(year AS VARCHAR), 'policy_amount', 'as_stated',
  count(*), sum(amount_mln_eur) * 1000000 FROM '{figures}/spuk_azwa.csv' GROUP BY ALL
UNION ALL SELECT document_id, '2023-02-03', period, 'policy_amount', 'as_stated', count(*),
  sum(CAST(replace(text, ',', '.') AS DECIMAL(18, 2)) * 1000000) FROM gala GROUP BY ALL
UNION ALL SELECT document_id, CAST(document_version AS VARCHAR), CAST(period AS VARCHAR), state,
  'as_stated', count(*), sum(amount_eur) FROM '{figures}/spuk_statements.csv' GROUP BY ALL
"""


def stored(table: str, frame: pl.LazyFrame) -> pl.LazyFrame:
    """A table as the next one finds it: in the types of its contract."""
    promised = contracts.table(f"spuk_allocations.{table}").dtypes
    columns = [pl.col(name).cast(kind) for name, kind in promised.items()]
    return frame.select(*columns, "_capture", "_locator", "_problem").collect().lazy()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    archive = Archive(tmp_path_factory.mktemp("archive"))
    taken = {
        id_: capture(sources()[id_], SampleOrigin(SAMPLE), archive)
        for id_ in ("brede_spuk", "spuk_iza", "cited_figures")
    }

    def cells(id_: str) -> pl.LazyFrame:
        return regulations.cells(archive, taken[id_], sources()[id_]).lazy()

    def figures(table: str) -> pl.LazyFrame:
        return figures_csv.read_table(archive, taken["cited_figures"], table).lazy()

    lists = pl.scan_csv(SAMPLE / "figures/municipalities_by_year.csv", infer_schema=False).select(
        pl.col("year").cast(pl.Int16), "municipality_code", municipality_name="name"
    )
    municipal, regional, azwa = map(
        figures, ("brede_spuk_letter_2025", "spuk_iza_letter_2025", "spuk_azwa")
    )
    annexes = stored("cells", spuk_annexes.cells(cells("brede_spuk"), cells("spuk_iza")))
    allocations = spuk_allocations.allocations(
        annexes,
        stored("letter_municipalities", spuk_letters.letter_municipalities(municipal, lists)),
        stored("letter_regions", spuk_letters.letter_regions(regional)),
        stored("azwa", spuk_letters.azwa(azwa)),
        lists,
    )
    return spuk_ledger.official(
        stored("allocations", allocations),
        annexes,
        municipal,
        regional,
        azwa,
        figures("gala_budget"),
        figures("spuk_statements"),
    ).collect()


def test_every_figure_is_an_entry_and_every_entry_a_figure(ledger: pl.DataFrame) -> None:
    reported = ledger.group_by("document_id", "document_version", "period", "state", "basis").agg(
        pl.len(), pl.col("amount_eur").sum()
    )
    expected = duckdb.execute(EXPECTED.format(figures=SAMPLE / "figures")).fetchall()
    # A sum of nothing is 0 in Polars and null in SQL; the entry with a count has no amount.
    assert sorted(reported.rows()) == sorted((*row[:-1], row[-1] or 0) for row in expected)
    assert ledger["_problem"].null_count() == ledger.height


def test_the_quirks_of_the_printed_cells_survive(ledger: pl.DataFrame) -> None:
    unexpected = ledger.filter(pl.col("remark").str.contains("comma|euro sign"))
    assert sorted(unexpected.select("recipient_name", "as_printed", "remark").rows()) == [
        ("Nederland", "€ 12.978.290,", "stray comma"),
        *(
            ("Voorne aan Zee", text, "no euro sign")
            for text in ("10.088", "22.195", "35.915", "40.354", "40.354")
        ),
    ]


def test_ameland_has_both_versions_of_2023(ledger: pl.DataFrame) -> None:
    cell = {"recipient_name": "Ameland", "component": "lokaal_sportakkoord", "period": "2023"}
    both = ledger.filter(**cell).sort("visible_from")
    assert both.select("visible_from", "valid_from", "as_printed").rows() == [
        (date(2023, 11, 11), date(2023, 1, 1), "€ 2.431"),
        (date(2025, 10, 29), date(2025, 10, 29), "€ 6.000"),
    ]
    assert both["source_sha256"].n_unique() == 2


def test_both_ceilings_of_the_transformation_funds_are_there(ledger: pl.DataFrame) -> None:
    found = ledger.filter(scheme="spuk_transformatiemiddelen").sort("amount_eur")
    assert found.select("evidence", "as_printed", "period").rows() == [
        ("web_page", "€185.742.677", "2024-2028"),
        ("regulation", "€ 352.973.325", "2024-2028"),
    ]
