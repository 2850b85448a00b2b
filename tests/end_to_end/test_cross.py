"""Rules between tables in a full refresh: they compare something, are reported, and stop a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from expectations.contract import CrossTable, contracts


def test_every_rule_between_tables_compares_something_and_is_in_the_report(published: Any) -> None:
    """A rule about nothing never fails."""
    for dataset, contract in contracts().items():
        for table in contract.tables.values():
            if isinstance(table, CrossTable):
                found = {rule["rule_id"]: rule for rule in published.audit(table.asset)["rules"]}
                judged = {rule.id: found[rule.id]["judged"] for rule in table.across}
                assert all(judged.values()), (dataset, judged)
                reported = (published.folder(dataset) / "validation.json").read_text("utf-8")
                assert all(f'"{rule.id}"' in reported for rule in table.across)


def test_the_sums_of_municipalities_stay_close_to_what_cbs_cites_but_for_one_known_field(
    published: Any,
) -> None:
    """6.72 in 2017: 3,559 million delivered, 3,349 edited by CBS."""
    assert published.failed("cross_social_domain_budgets") == {"SDB-08": 1}
    rules = published.audit("cross_social_domain_budgets")["rules"]
    (rule,) = [rule for rule in rules if rule["rule_id"] == "SDB-08"]
    assert rule["examples"][0].startswith("year 2017, report_type jaarrekening: 3559")


def test_a_municipality_without_inhabitants_stops_the_register_even_when_the_sum_is_right(
    refresh_into: Any, sample_copy: Path, edit: Any, tmp_path: Path
) -> None:
    """Amsterdam is not in, and the Netherlands are smaller by as much: no table alone can see it."""

    def without_amsterdam(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        (amsterdam,) = [
            int(row["inhabitants"])
            for row in rows
            if (row["year"], row["region_code"]) == ("2023", "GM0363")
        ]
        return [
            row | {"inhabitants": str(int(row["inhabitants"]) - amsterdam)}
            if row["region_code"] == "NL01" and row["year"] == "2023"
            else row
            for row in rows
            if (row["year"], row["region_code"]) != ("2023", "GM0363")
        ]

    edit(sample_copy / "figures/inhabitants.csv", without_amsterdam)
    refreshed = refresh_into(tmp_path / "now", sample=sample_copy, only=["municipalities"])
    assert refreshed.failed("municipalities__years") == {}
    assert refreshed.outcomes == {"municipalities": "blocked"}
    (problem,) = refreshed.report.problems
    assert problem.where == "cross_municipalities"
    assert "VK-D001" in problem.text
    assert "MUN-41" in problem.text
    assert "year 2023" in problem.text
