"""Published figures against facts: numbers that were read in the sources by people, not computed here.

Everything is asked of the published files in SQL, as a reader would. Nothing is imported from the code
that made them, so a wrong constant there cannot make a test right.
"""

# ruff: noqa: S608 (queries are put together from the constants of this file)

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from expectations.paths import ROOT

CONTRACTS = sorted(ROOT.glob("datasets/*/contract.yaml"))
PROMISED: dict[str, dict[str, Any]] = {
    path.parent.name: yaml.safe_load(path.read_text("utf-8")) for path in CONTRACTS
}
TABLES = [
    (dataset, name)
    for dataset, contract in PROMISED.items()
    for name, table in contract["tables"].items()
    if table["stage"] == "published"
]
ALL_TABLES = [(dataset, name) for dataset, each in PROMISED.items() for name in each["tables"]]
# Tables of dropped files: the sample has none of those, so they are empty.
DROPPED = {
    (dataset, name)
    for dataset, name in ALL_TABLES
    if PROMISED[dataset]["tables"][name].get("dropped_files")
}
# What is flagged there is spending; tests/unit/assets/published/test_spuk_uptake.py has some.
NOTHING_FLAGGED = {("spuk_uptake", "spuk_uptake")}
# The words of a contract in Arrow; written out, so that the code's own list is not its own judge.
ARROW = {
    "code": pa.string(),
    "text": pa.string(),
    "flags": pa.string(),
    "moment": pa.string(),
    "date": pa.date32(),
    "year": pa.int16(),
    "integer": pa.int64(),
    "amount": pa.decimal128(18, 2),
    "number": pa.decimal128(18, 3),
    "rate": pa.decimal128(9, 4),
    "share": pa.decimal128(9, 6),
}
# One of the two maps; the other has the same euros once more.
BUDGETS = "(FROM social_domain_budgets.social_domain_budgets WHERE geography = 'as_reported')"
GRANTS = "spuk_allocations.spuk_allocations"
RATIOS = "care_welfare_ratio.care_welfare_ratio"


# --- what municipalities spend -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taakveld", "column", "millions"),
    [
        ("6.1", "lasten_eur", 4131),
        ("6.2", "lasten_eur", 1868),
        ("7.1", "lasten_eur", 1150),
        ("6.1", "net_eur", 1254),
    ],
)
def test_national_accounts_of_2023(
    published: Any, taakveld: str, column: str, millions: int
) -> None:
    total = published.value(
        f"SELECT sum({column}) FROM {BUDGETS} "
        f"WHERE year = 2023 AND report_type = 'jaarrekening' AND taakveld = '{taakveld}'"
    )
    assert abs(float(total) / 1_000_000 - millions) <= 1


@pytest.mark.parametrize(
    ("year", "basis", "decimals", "percent"),
    [
        (2018, "gross", 2, "3.73"),
        (2019, "gross", 2, "3.70"),
        (2023, "gross", 1, "5.0"),
        (2023, "net", 2, "2.65"),
    ],
)
def test_of_hundred_euros_to_care_and_welfare_so_many_go_to_the_social_base(
    published: Any, year: int, basis: str, decimals: int, percent: str
) -> None:
    rows = published.sql(
        f"SELECT ratio_pct FROM {RATIOS} WHERE year = {year} AND report_type = 'jaarrekening' "
        f"AND numerator = '6.1+6.2+7.1' AND basis = '{basis}' AND denominator LIKE 'broad%'"
    )
    assert [f"{ratio:.{decimals}f}" for (ratio,) in rows] == [percent]


def test_the_ratio_is_its_numerator_over_its_denominator(published: Any) -> None:
    assert published.value(f"SELECT count(*) FROM {RATIOS}") > 100
    wrong = published.sql(
        f"SELECT * FROM {RATIOS} WHERE abs(ratio_pct - 100.0 * numerator_eur / denominator_eur) > 0.0001"
    )
    assert wrong == []


def test_budgets_added_up_straight_from_the_source_figures(published: Any) -> None:
    """A second road from the same figures, without any of our code: CSV, DuckDB, sum."""
    files = ROOT / "sample/figures/iv3/*.csv"
    straight = duckdb.connect().execute(
        f"""
        SELECT left(trim(verslagsoort), 4)::SMALLINT AS year,
               CASE substr(trim(verslagsoort), 5) WHEN 'X000' THEN 'begroting'
                                                  WHEN 'X005' THEN 'jaarrekening' END AS report_type,
               trim(taakveld) AS field,
               sum(amount_keur::DECIMAL(18, 3) * 1000) FILTER (categorie LIKE 'L%') AS lasten,
               sum(amount_keur::DECIMAL(18, 3) * 1000) FILTER (categorie LIKE 'B%') AS baten,
               count(DISTINCT gemeente) AS municipalities
        FROM read_csv('{files}', header = true, all_varchar = true)
        WHERE field SIMILAR TO '6\\.[0-9]+[a-z]?' OR field IN ('7.1', 'totaal')
        GROUP BY ALL ORDER BY ALL
        """
    )
    ours = published.sql(
        f"SELECT year, report_type, taakveld, sum(lasten_eur), sum(baten_eur), count(*) "
        f"FROM {BUDGETS} GROUP BY ALL ORDER BY ALL"
    )
    assert len(ours) > 200
    assert ours == straight.fetchall()


def test_municipalities_that_did_not_report_are_missing_and_never_zero(published: Any) -> None:
    name = "municipality_name, count(*), count(lasten_eur), count(baten_eur), count(net_eur)"
    assert published.sql(
        f"SELECT {name} FROM {BUDGETS} WHERE year = 2023 AND report_type = 'jaarrekening' "
        "AND municipality_code = 'GM1961' AND contains(flags, 'not_reported') GROUP BY ALL"
    ) == [("Vijfheerenlanden", 30, 0, 0, 0)]
    silent = published.sql(
        f"SELECT year, report_type, municipality_code FROM {BUDGETS} "
        "GROUP BY ALL HAVING count(lasten_eur) = 0 ORDER BY ALL"
    )
    flagged = published.sql(
        f"SELECT DISTINCT year, report_type, municipality_code FROM {BUDGETS} "
        "WHERE contains(flags, 'not_reported') ORDER BY ALL"
    )
    assert len(flagged) > 20
    assert flagged == silent


def test_who_did_not_report_is_who_has_no_amount_in_the_source(published: Any) -> None:
    files = ROOT / "sample/figures/iv3/*.csv"
    straight = duckdb.connect().execute(
        f"""
        SELECT left(verslagsoort, 4)::SMALLINT, gemeente
        FROM read_csv('{files}', header = true, all_varchar = true)
        WHERE (taakveld LIKE '6.%' OR taakveld IN ('7.1', 'totaal')) AND categorie = 'L'
        GROUP BY verslagsoort, gemeente HAVING count(amount_keur) = 0 ORDER BY ALL
        """
    )
    assert (
        published.sql(
            f"SELECT year, municipality_code FROM {BUDGETS} WHERE contains(flags, 'not_reported') "
            "GROUP BY year, report_type, municipality_code ORDER BY ALL"
        )
        == straight.fetchall()
    )


def test_only_sliedrecht_budgets_more_than_it_has_to_spend(published: Any) -> None:
    """Where reserves and result are known, in three deliveries of everybody, baten equal lasten."""
    balance = "baten_eur + from_reserves_eur - lasten_eur - to_reserves_eur"
    assert published.sql(
        f"SELECT year, report_type, municipality_name, ({balance})::VARCHAR "
        "FROM social_domain_budgets.reports WHERE contains(flags, 'unbalanced')"
    ) == [(2023, "begroting", "Sliedrecht", "14174000.00")]
    assert (
        published.value(f"SELECT count({balance}) FROM social_domain_budgets.reports")
        == 3 * 342 - 1 - 1 - 4  # who did not report
    )


def test_amounts_out_of_all_proportion_are_flagged(published: Any) -> None:
    """Rozendaal, of 1,754 inhabitants, spent 1,967 euros on each of them on 6.1 in 2023."""
    assert published.sql(
        f"SELECT round(lasten_eur / inhabitants)::INTEGER FROM {BUDGETS} WHERE year = 2023 "
        "AND municipality_name = 'Rozendaal' AND contains(flags, 'out_of_scale')"
    ) == [(1967,)]


# --- municipalities ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "counted",
    [
        "municipalities.years WHERE year = 2026 AND geography = 'as_reported'",
        "municipalities.years WHERE year = 2017 AND geography = 'on_map_2026'",
        f"{BUDGETS} WHERE year = 2026 AND report_type = 'begroting'",
        "spuk_allocations.iza_regions",
    ],
)
def test_there_are_342_municipalities_in_2026(published: Any, counted: str) -> None:
    listed = published.sql(f"SELECT DISTINCT municipality_code FROM {counted} ORDER BY ALL")
    years = "FROM municipalities.years WHERE year = 2026 AND geography = 'as_reported'"
    assert len(listed) == 342
    assert listed == published.sql(f"SELECT municipality_code {years} ORDER BY ALL")


@pytest.mark.parametrize("geography", ["as_reported", "on_map_2026"])
def test_inhabitants_of_all_municipalities_are_those_of_the_country(
    published: Any, geography: str
) -> None:
    ours = published.sql(
        f"SELECT year, sum(inhabitants) FROM municipalities.years WHERE geography = '{geography}' "
        "GROUP BY year "
        "HAVING sum(inhabitants) IS NOT NULL ORDER BY year"
    )
    file = ROOT / "sample/figures/inhabitants.csv"
    national = duckdb.connect().execute(
        f"SELECT year::SMALLINT, inhabitants::BIGINT FROM read_csv('{file}', all_varchar = true) "
        "WHERE region_code = 'NL01' ORDER BY ALL"
    )
    assert len(ours) == 10
    assert ours == national.fetchall()


def test_weesp_existed_until_the_day_before_it_became_amsterdam(published: Any) -> None:
    assert published.sql(
        "SELECT municipality_name, valid_to::VARCHAR FROM municipalities.municipalities "
        "WHERE municipality_code = 'GM0457'"
    ) == [("Weesp", "2022-03-23")]
    assert published.sql(
        "SELECT date::VARCHAR, to_code, split_weight::VARCHAR FROM municipalities.transitions "
        "WHERE from_code = 'GM0457'"
    ) == [("2022-03-24", "GM0363", "1.000000")]


def test_split_weights_of_a_municipality_add_up_to_one(published: Any) -> None:
    split = published.sql(
        "SELECT from_name, count(*), sum(split_weight) FROM municipalities.transitions "
        "GROUP BY date, from_code, from_name ORDER BY 2 DESC"
    )
    assert split[0][1] > 1, "no municipality was split, so this would prove nothing"
    # Each weight is rounded to six places.
    assert [name for name, parts, total in split if abs(float(total) - 1) > parts * 5e-7] == []


# --- SPUK ----------------------------------------------------------------------------------------


def test_spuk_iza_maxima(published: Any) -> None:
    assert published.sql(
        f"SELECT year, count(*), sum(amount_eur)::VARCHAR FROM {GRANTS} "
        "WHERE scheme = 'spuk_iza' AND amount_kind = 'region_maximum' GROUP BY year ORDER BY year"
    ) == [
        (2023, 42, "142900002.00"),
        (2024, 42, "142900002.00"),
        (2025, 42, "142900002.00"),
        (2026, 42, "153213599.00"),
    ]


def test_brede_spuk_2026_exceeds_its_ceiling_by_the_floor_amounts_of_six(published: Any) -> None:
    newest = "scheme = 'brede_spuk' AND year = 2026 AND regulation_version = '2025-10-29'"
    allocated = f"FROM {GRANTS} WHERE {newest} AND amount_kind = 'allocation_excl_lpo'"
    assert published.sql(
        f"SELECT count(DISTINCT recipient_code), sum(amount_eur)::VARCHAR {allocated}"
    ) == [(342, "254266504.56")]
    assert (
        published.value(
            f"SELECT sum(amount_eur)::VARCHAR FROM {GRANTS} "
            f"WHERE {newest} AND amount_kind = 'ceiling' AND component <> 'total'"
        )
        == "254000001.00"
    )
    six = ["Ameland", "Renswoude", "Rozendaal", "Schiermonnikoog", "Terschelling", "Vlieland"]
    flagged = "AND contains(flags, 'floor_amount') ORDER BY recipient_name"
    assert [n for (n,) in published.sql(f"SELECT recipient_name {allocated} {flagged}")] == six
    assert published.sql(
        "SELECT ceiling_eur::VARCHAR, allocated_eur::VARCHAR, floor_municipalities, "
        f"abs(unexplained_eur) <= 10 FROM spuk_allocations.reconciliation WHERE {newest}"
    ) == [("254000001.00", "254266504.56", "; ".join(six), True)]


def test_every_version_of_a_regulation_keeps_its_own_amount(published: Any) -> None:
    assert published.sql(
        f"SELECT regulation_version, amount_eur::VARCHAR FROM {GRANTS} "
        "WHERE recipient_name = 'Ameland' AND year = 2023 "
        "AND component_name_nl = 'Lokaal Sportakkoord' ORDER BY ALL"
    ) == [("2023-11-11", "2431.00"), ("2025-10-29", "6000.00")]


def test_who_was_mixed_up_with_whom_carries_a_flag(published: Any) -> None:
    """A letter exchanged the amounts of two regions; a list has Wageningen in another one than the sums."""
    assert published.sql(
        f"SELECT year, recipient_name, amount_eur::VARCHAR FROM {GRANTS} "
        "WHERE contains(flags, 'swapped_amount') ORDER BY ALL"
    ) == [
        (2025, "Noord-Holland Noord", "5508786.00"),
        (2025, "Noordoost Brabant", "5407422.00"),
    ]
    assert published.sql(
        "SELECT municipality_name, region_name, flags FROM spuk_allocations.iza_regions "
        "WHERE flags IS NOT NULL"
    ) == [("Wageningen", "Arnhem/Centraal Gelderland", "misplaced_member")]


def test_the_two_regions_whose_amounts_a_letter_swapped_are_reported(published: Any) -> None:
    found = published.validation("spuk_allocations", "spuk_allocations")
    (rule,) = [rule for rule in found["rules"] if rule["rule_id"] == "SPK-04"]
    assert (rule["severity"], rule["failed"]) == ("warning", 2)
    north, east = [each for each in found["failures"] if each["rule_id"] == "SPK-04"]
    assert "Noord-Holland Noord" in north["words"]
    assert "Noordoost Brabant" in east["words"]
    assert [Decimal(each["deviation"]) for each in (north, east)] == [-101_364, 101_364]


# --- care spending -------------------------------------------------------------------------------


def test_2021_is_there_before_and_after_the_revision(published: Any) -> None:
    assert published.sql(
        "SELECT revision, amount_eur::VARCHAR, status FROM care_spending.care_spending "
        "WHERE year = 2021 AND definition = 'broad' AND breakdown = 'total' ORDER BY ALL"
    ) == [
        ("after_2024_revision", "129060000000.00", "revised"),
        ("before_2024_revision", "124794000000.00", "revised_provisional"),
    ]


# --- every table ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("dataset", "table"), TABLES)
def test_the_key_is_unique_and_orders_the_rows(published: Any, dataset: str, table: str) -> None:
    promised = PROMISED[dataset]["tables"][table]
    # What readers ask by comes first; the key decides the rest.
    order = list(dict.fromkeys([*promised.get("sorted_by", []), *promised["key"]]))
    rows = pq.read_table(published.folder(dataset) / f"{table}.parquet", columns=order)
    keys = list(zip(*(rows[name].to_pylist() for name in promised["key"]), strict=True))
    assert keys or (dataset, table) in DROPPED
    assert len(set(keys)) == len(keys)
    places = list(zip(*(rows[name].to_pylist() for name in order), strict=True))
    # A missing part of a key comes first, as Polars and the contract have it.
    assert places == sorted(places, key=lambda row: [(part is not None, part) for part in row])


@pytest.mark.parametrize(("dataset", "table"), TABLES)
def test_the_file_has_the_promised_schema(published: Any, dataset: str, table: str) -> None:
    columns = PROMISED[dataset]["tables"][table]["columns"]
    # YAML's `<<` is merged by the loader, behind the table's own keys.
    schema = pq.read_schema(published.folder(dataset) / f"{table}.parquet")
    assert {field.name: (field.type, field.nullable) for field in schema} == {
        name: (ARROW[column["type"]], not column.get("required", False))
        for name, column in columns.items()
    }
    for field in schema:
        about = {k.decode(): v.decode() for k, v in field.metadata.items()}
        assert about["description_nl"] == columns[field.name]["nl"]
        assert about["unit"] == columns[field.name].get("unit", "")


@pytest.mark.parametrize(("dataset", "table"), ALL_TABLES)
def test_what_was_read_was_kept_or_set_aside(published: Any, dataset: str, table: str) -> None:
    rows = published.validation(dataset, table)["run"]
    assert (rows["read"] > 0) != ((dataset, table) in DROPPED)
    assert rows["read"] == rows["kept"] + rows["quarantined"]
    aside = published.value(
        f"SELECT count(*) FROM {dataset}.quarantine WHERE \"table\" = '{table}'"
    )
    assert aside == rows["quarantined"]
    if (dataset, table) in TABLES:
        assert published.value(f"SELECT count(*) FROM {dataset}.{table}") == rows["kept"]


@pytest.mark.parametrize(
    ("dataset", "table", "column"),
    [
        (dataset, table, name)
        for dataset, table in TABLES
        for name, column in PROMISED[dataset]["tables"][table]["columns"].items()
        if column["type"] == "flags"
    ],
)
def test_flags_are_different_words_in_order(
    published: Any, dataset: str, table: str, column: str
) -> None:
    texts = published.sql(f"SELECT DISTINCT {column} FROM {dataset}.{table} WHERE {column} <> ''")
    assert bool(texts) != ((dataset, table) in NOTHING_FLAGGED)
    for words in (text.split(";") for (text,) in texts):
        assert words == sorted(set(words))
        assert all(words)
    assert published.sql(f"SELECT 1 FROM {dataset}.{table} WHERE {column} = ''") == []
