"""The contracts' rules find the real defects in ten years of municipal figures, and cry wolf seldom.

`derived_known_anomalies.csv` lists defects that people found. A line counts as found when a rule
flags the same year, report and municipality for that reason and, where the line names a taakveld, on
that taakveld or a part of it (6.81 of the list is 6.81a in the figures of 2023). No rule knows the list.
"""

from __future__ import annotations

import csv
import gzip
import json
from functools import cache
from typing import Any

import polars as pl
import pytest

from expectations import contract
from tests.support import rule_findings
from tests.support.material import MATERIAL, needs_material
from tests.support.rule_findings import BUDGETS, DELIVERIES, REPORT

IV3 = MATERIAL / "iv3-gemeenten"
Report = tuple[int, str, str]

SUMMARY = ("jaar", "verslagsoort", "gm_code", "lasten", "baten", "inwoners")

# Which flag answers to which kind of defect in the list.
ANSWERS = {
    "non_reporter_all_zero": "not_reported",
    "non_reporter_absent": "not_reported",
    "negative_lasten": "wrong_sign",
    "negative_baten": "wrong_sign",
    "baten_ne_lasten": "unbalanced",
    "aggregate_row_in_detail": "national_row",
}
# True by definition: they say what was not delivered, or on which code something was booked.
DEFINITIONS = {"not_reported", "parent_still_used"}
# Any negative amount, however small: a description of the row, and no alarm.
DESCRIPTIONS = {"negative_lasten", "negative_baten"}


@cache
def listed() -> tuple[dict[str, Any], ...]:
    """The list, with the report in the words of the contracts and the code where only a name is."""
    names = {
        (row["year"], row["municipality_name"]): row["municipality_code"]
        for row in rule_findings.lists().collect().to_dicts()
    }
    with (IV3 / "derived_known_anomalies.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    words = {"X000": "begroting", "X005": "jaarrekening"}
    return tuple(
        line
        | {
            "year": int(line["jaar"]),
            "report_type": words.get(line["verslagsoort"][4:], line["verslagsoort"]),
            "municipality_code": line["gm_code"]
            or names.get((int(line["jaar"]), line["gemeente"])),
            "taakveld": line["taakveld"] if line["taakveld"] != "all" else "",
        }
        for line in lines
    )


@cache
def alarms() -> pl.DataFrame:
    """All flags on the figures of the sample: report, flag, taakveld where there is one."""
    flagged = []
    for table, frame in ((BUDGETS, rule_findings.budgets()), (DELIVERIES, rule_findings.reports())):
        for rule in rule_findings.rules(table).values():
            rows = rule_findings.failing(rule, frame, rule_findings.references())
            taakveld = pl.col("taakveld") if "taakveld" in rows.columns else pl.lit("")
            flagged.append(rows.select(*REPORT, taakveld.alias("taakveld"), flag=pl.lit(rule.flag)))
    return pl.concat(flagged)


def report_of(line: dict[str, Any]) -> Report:
    return line["year"], line["report_type"], line["municipality_code"] or line["gemeente"]


def reports_of(frame: pl.DataFrame) -> set[Report]:
    return set(frame.select(REPORT).unique().rows())


def of_files() -> pl.DataFrame:
    """The three files with lasten and baten of every taakveld, Nederland among the municipalities."""
    files = [
        (2023, "begroting", "2023_begroting"),
        (2023, "jaarrekening", "2023_jaarrekening"),
        (2025, "begroting", "2025_begroting"),
    ]
    sides = {"Lasten": "lasten_eur", "Baten": "baten_eur"}
    frames = [
        pl.read_csv(
            IV3 / f"findo_taakveld_{name}.csv.gz", separator=";", infer_schema=False
        ).select(
            pl.lit(year, pl.Int16).alias("year"),
            pl.lit(report).alias("report_type"),
            pl.col("Gemeenten").alias("municipality_code"),
            pl.col("Taakveld").str.extract(r"^(\S+)").alias("taakveld"),
            *(
                pl.col(a).cast(pl.Float64).cast(rule_findings.AMOUNT).alias(b) * 1000
                for a, b in sides.items()
            ),
        )
        for year, report, name in files
    ]
    return pl.concat(frames)


def delivered(frame: pl.DataFrame) -> pl.LazyFrame:
    """Rows per taakveld as whole deliveries, in the columns of the contract."""
    reserve = pl.col("taakveld").is_in(["0.10", "0.11"])
    sums = {"lasten_eur": ~reserve, "baten_eur": ~reserve}
    moved = {"to_reserves_eur": "lasten_eur", "from_reserves_eur": "baten_eur"}
    return (
        frame.lazy()
        .group_by(REPORT)
        .agg(
            *(pl.col(name).filter(rows).sum() for name, rows in sums.items()),
            *(pl.col(old).filter(reserve).sum().alias(new) for new, old in moved.items()),
        )
    )


@needs_material
def test_every_line_of_the_list_is_found_by_a_rule() -> None:
    flags = {(*row[:3], flag, taakveld) for *row, taakveld, flag in alarms().rows()}
    national = rule_findings.failing(
        rule_findings.rules(DELIVERIES)["SDB-65"], delivered(of_files()), rule_findings.references()
    )
    flags |= {(*row, "national_row", "") for row in national.select(REPORT).rows()}
    missed = []
    for line in listed():
        report = report_of(line)
        answer = ANSWERS[line["kind"]]
        if not any(
            flag[:4] == (*report, answer) and flag[4].startswith(line["taakveld"]) for flag in flags
        ):
            missed.append((line["kind"], report, line["taakveld"]))
    assert len(listed()) > 60
    assert missed == []


@needs_material
def test_false_alarms_stay_below_one_in_a_hundred_reports() -> None:
    """One report is one budget or account of one municipality.

    A false alarm is a report with a flag of a rule that judges size, sign or balance and of which the
    list knows nothing. That is strict: the list leaves out whole years, and amounts like the 41 million
    below zero of Nieuwkoop in 2024 are counted against the rules here.
    """
    judged = alarms().filter(~pl.col("flag").is_in(DEFINITIONS | DESCRIPTIONS))
    known = {report_of(line) for line in listed()}
    reports = reports_of(rule_findings.reports().collect())
    false = reports_of(judged) - known
    assert len(reports) == 6_402
    assert 0 < len(false) <= len(reports) / 100
    assert f"flag {len(false)} deliveries more" in rule_findings.PAGE.read_text("utf-8")


def test_what_is_booked_on_split_codes_is_flagged_to_the_thousand() -> None:
    """Millions on 6.71, 6.72, 6.81 and 6.82 in 2023, as counted in the files by people."""
    rows = rule_findings.failing(
        rule_findings.rules(BUDGETS)["SDB-52"], rule_findings.budgets(), rule_findings.references()
    )
    booked = rows.group_by("report_type", "taakveld").agg(pl.col("lasten_eur").sum())
    scales = {
        report: [float(amount / 1_000_000) for amount in part.sort("taakveld")["lasten_eur"]]
        for (report,), part in booked.group_by("report_type")
    }
    assert set(rows["year"]) == {2023}
    assert [round(each, 1) for each in scales["jaarrekening"]] == [7.9, 5.9, 3.5, 7.5]
    assert [round(each) for each in scales["begroting"]] == [54, 65, 33, 9]


@needs_material
def test_in_the_raw_files_only_the_nation_is_a_total_and_only_sliedrecht_out_of_balance() -> None:
    rows = delivered(of_files())
    rules = rule_findings.rules(DELIVERIES)
    nations = rule_findings.failing(rules["SDB-65"], rows, rule_findings.references())
    assert nations["municipality_code"].to_list() == ["Nederland"] * 3
    details = rows.filter(pl.col("municipality_code") != "Nederland")
    unexpected = rule_findings.failing(rules["SDB-62"], details, rule_findings.references())
    assert unexpected.select("year", "municipality_code").rows() == [(2023, "Sliedrecht")]


@cache
def of_the_summary() -> pl.LazyFrame:
    """Every delivery of 2017-2026 as others summarised it: who did not deliver has zeros, or no row."""
    entries = json.loads(gzip.decompress((IV3 / "iv3_summary_fixture.json.gz").read_bytes()))
    rows = [each["fields"] for each in entries if each["model"] == "iv3.iv3summary"]
    sides = {"lasten": "lasten_eur", "baten": "baten_eur"}
    amounts = [pl.col(a).cast(rule_findings.AMOUNT).alias(b) * 1000 for a, b in sides.items()]
    return pl.LazyFrame([{name: row[name] for name in SUMMARY} for row in rows]).select(
        pl.col("jaar").cast(pl.Int16).alias("year"),
        rule_findings.report_type("verslagsoort").alias("report_type"),
        pl.col("gm_code").alias("municipality_code"),
        *amounts,
        pl.col("inwoners").alias("inhabitants"),
    )


@needs_material
def test_zeros_and_absence_in_a_summary_are_recognised_as_no_report() -> None:
    zero = rule_findings.failing(
        rule_findings.rules(DELIVERIES)["SDB-61"], of_the_summary(), rule_findings.references()
    )
    absent = next(r for r in contract.table(DELIVERIES).all_rules if r.id == "SDB-64")
    lacking = rule_findings.failing(absent, of_the_summary(), rule_findings.references())
    wanted = {report_of(line) for line in listed() if line["kind"] == "non_reporter_all_zero"}
    assert wanted <= reports_of(zero)
    assert "year 2025, report_type begroting" in lacking["group"].to_list()


@needs_material
@pytest.mark.parametrize("factor", [1000, 0.001])
def test_a_delivery_in_the_wrong_unit_is_found(factor: float) -> None:
    """Every fiftieth delivery with amounts is multiplied; the same rule finds all, and nothing else."""
    rows = (
        of_the_summary()
        .filter(pl.col("lasten_eur") > 0)
        .sort(REPORT)
        .with_row_index()
        .with_columns(spoiled=pl.col("index") % 50 == 7)
        .with_columns(
            lasten_eur=pl.when("spoiled")
            .then((pl.col("lasten_eur").cast(pl.Float64) * factor).cast(rule_findings.AMOUNT))
            .otherwise("lasten_eur")
        )
        .collect()
    )
    enough = pl.len().over("report_type", "municipality_code") >= 4
    wanted = rows.filter(enough & pl.col("spoiled"))
    unexpected = rule_findings.failing(
        rule_findings.rules(DELIVERIES)["SDB-63"], rows.lazy(), rule_findings.references()
    )
    assert wanted.height > 100
    assert reports_of(unexpected) == reports_of(wanted)


def test_the_page_of_finds_is_what_the_rules_find() -> None:
    assert rule_findings.PAGE.read_text("utf-8") == rule_findings.page(), (
        "run: python -m tests.support.rule_findings"
    )
