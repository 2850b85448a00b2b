"""The ratio and its family again, from the published input tables, in SQL of its own.

Definitions are written out as patterns of codes and names of providers, so that the published table of
definitions is judged too.
"""

# ruff: noqa: S608 (queries are put together from the constants of this file)

from __future__ import annotations

from typing import Any

import pytest

BUDGETS = "(FROM social_domain_budgets.social_domain_budgets WHERE geography = 'as_reported')"
GRANTS = """(
    FROM social_domain_budgets.spuk_income WHERE geography = 'as_reported' AND main_field = '6'
)"""
CARE = "care_spending.care_spending"
RATIOS = "care_welfare_ratio.care_welfare_ratio"
MUNICIPAL = "(FROM care_welfare_ratio.municipal WHERE geography = 'as_reported')"
BRIDGE = "care_welfare_ratio.bridge"

MUNICIPAL_AGAIN = rf"""
WITH named(numerator, pattern) AS (VALUES
    ('6.1', '6\.1'), ('6.1+6.2', '6\.(1|2[1-3]?)'), ('6.1+6.2+7.1', '6\.(1|2[1-3]?)|7\.1'),
    ('7.1', '7\.1'), ('social_domain', '6\..*')),
field AS (
    SELECT year, report_type, municipality_code, numerator, inhabitants, lasten_eur, baten_eur
    FROM {BUDGETS} JOIN named ON regexp_full_match(taakveld, pattern)),
whole AS (
    SELECT year, report_type, municipality_code, numerator,
           any_value(inhabitants) AS inhabitants, sum(lasten_eur) AS gross,
           CASE WHEN count(*) FILTER (lasten_eur IS NOT NULL AND baten_eur IS NULL) = 0
                THEN sum(baten_eur) FILTER (lasten_eur IS NOT NULL) END AS baten
    FROM field GROUP BY ALL),
paid AS (
    SELECT whole.*, spuk_income_eur AS grants
    FROM whole LEFT JOIN {GRANTS} AS spuk USING (year, report_type, municipality_code)),
based AS (
    SELECT *, 'gross' AS basis, gross AS amount FROM paid
    UNION ALL SELECT *, 'net', gross - baten FROM paid
    UNION ALL SELECT *, 'net_of_other_income', gross - baten + grants FROM paid
              WHERE numerator = 'social_domain'
    UNION ALL SELECT *, 'gross_without_grants', gross - grants FROM paid
              WHERE numerator = 'social_domain')
"""
KEY = "year, report_type, municipality_code, numerator, basis"


def differing(published: Any, one: str, other: str) -> list[tuple[Any, ...]]:
    """Rows that only one of two queries gives."""
    return list(
        published.sql(f"(({one}) EXCEPT ({other})) UNION ALL (({other}) EXCEPT ({one})) LIMIT 5")
    )


def test_what_each_municipality_spends_under_each_definition(published: Any) -> None:
    again = f"{MUNICIPAL_AGAIN} SELECT {KEY}, amount FROM based WHERE amount IS NOT NULL"
    ours = f"SELECT {KEY}, amount_eur FROM {MUNICIPAL} WHERE amount_eur IS NOT NULL"
    assert published.value(f"SELECT count(*) FROM ({ours})") > 35_000
    assert differing(published, ours, again) == []
    # Who did not report stands there, empty and flagged, under every definition.
    empty = f"SELECT year, report_type, municipality_code FROM {MUNICIPAL} WHERE amount_eur IS NULL"
    assert (
        published.value(
            f"SELECT count(per_inhabitant_eur) FROM {MUNICIPAL} WHERE amount_eur IS NULL"
        )
        == 0
    )
    silent = (
        f"SELECT DISTINCT year, report_type, municipality_code FROM {BUDGETS} "
        "WHERE contains(flags, 'not_reported')"
    )
    flagged = f"{empty} AND basis = 'gross' AND contains(flags, 'not_reported')"
    five_times = f"SELECT year, report_type, municipality_code FROM ({silent}), range(5)"
    assert published.value(f"SELECT count(*) FROM ({flagged})") > 100
    assert published.sql(f"({five_times}) EXCEPT ALL ({flagged})") == []


def test_per_inhabitant_and_as_a_share(published: Any) -> None:
    off = published.sql(
        f"""
        {MUNICIPAL_AGAIN}
        SELECT ours.* FROM {MUNICIPAL} AS ours JOIN based USING ({KEY})
        LEFT JOIN (SELECT year, report_type, municipality_code, lasten_eur AS total FROM {BUDGETS}
                   WHERE taakveld = 'totaal') USING (year, report_type, municipality_code)
        LEFT JOIN (SELECT year, report_type, municipality_code, gross AS domain FROM paid
                   WHERE numerator = 'social_domain') USING (year, report_type, municipality_code)
        WHERE abs(per_inhabitant_eur - amount / based.inhabitants) > 0.00501
           OR (ours.basis = 'gross' AND abs(share_of_total_pct - 100.0 * amount / total) > 0.0000501)
           OR (ours.basis = 'gross' AND numerator NOT IN ('7.1', '6.1+6.2+7.1')
               AND abs(share_of_social_domain_pct - 100.0 * amount / domain) > 0.0000501)
        LIMIT 5
        """
    )
    assert off == []
    filled = published.sql(
        f"SELECT count(per_inhabitant_eur), count(share_of_total_pct), "
        f"count(share_of_social_domain_pct) FILTER (numerator = '7.1') FROM {MUNICIPAL}"
    )
    assert filled[0][0] > 35_000
    assert filled[0][1] > 30_000
    assert filled[0][2] == 0


RATIO_AGAIN = f"""
{MUNICIPAL_AGAIN},
nation AS (
    SELECT year, report_type, numerator, basis, NULL AS series, sum(amount) AS eur,
           100.0 * sum(inhabitants) FILTER (amount IS NOT NULL) / sum(inhabitants) AS coverage
    FROM based GROUP BY ALL
    HAVING count(amount) > 0 AND count(amount) = count(gross)),
provider AS (
    SELECT year, revision, item, amount_eur FROM {CARE}
    WHERE breakdown = 'provider' AND definition = 'broad'),
made(numerator, item) AS (VALUES
    ('welfare_narrow', 'shelter'), ('welfare_narrow', 'social_work_and_other_welfare'),
    ('wjk', 'shelter'), ('wjk', 'social_work_and_other_welfare'), ('wjk', 'childcare'),
    ('wjk', 'youth_care'), ('prevention_providers', 'prevention_and_public_health')),
added AS (
    SELECT year, revision, numerator, sum(amount_eur) AS eur FROM provider JOIN made USING (item)
    GROUP BY ALL HAVING count(*) = CASE numerator WHEN 'wjk' THEN 4 WHEN 'welfare_narrow' THEN 2
                                                  ELSE 1 END
    UNION ALL
    SELECT year, revision, 'wjk_plus_policy', sum(amount_eur) FROM provider
    WHERE item IN ('shelter', 'social_work_and_other_welfare', 'childcare', 'youth_care',
                   'policy_and_management')
    GROUP BY ALL HAVING count(*) = 5
    UNION ALL
    SELECT year, revision, item, amount_eur FROM {CARE}
    WHERE breakdown = 'group' AND item IN ('wjk', 'wjk_plus_policy')),
numerators AS (
    SELECT * FROM nation
    UNION ALL SELECT year, 'care_accounts', numerator, 'gross', revision, eur, NULL FROM added),
denominators AS (
    SELECT year, definition || '_' || revision AS denominator, revision,
           last(amount_eur ORDER BY published_at NULLS FIRST, source_table NULLS FIRST) AS total
    FROM {CARE} WHERE breakdown = 'total' AND revision IS NOT NULL GROUP BY ALL),
ratio AS (
    SELECT year, report_type, numerator, basis, denominator, eur, total, coverage
    FROM numerators JOIN denominators USING (year) WHERE (series IS NULL OR series = revision)
    -- Childcare and youth care are no part of SHA.
    AND NOT (numerator IN ('wjk', 'wjk_plus_policy') AND denominator LIKE 'sha%'))
"""
RATIO_KEY = "year, report_type, numerator, basis, denominator"


def test_every_ratio_and_no_other(published: Any) -> None:
    ours = f"SELECT {RATIO_KEY}, numerator_eur, denominator_eur FROM {RATIOS}"
    again = f"{RATIO_AGAIN} SELECT {RATIO_KEY}, eur, total FROM ratio"
    assert published.value(f"SELECT count(*) FROM {RATIOS}") > 150
    assert differing(published, ours, again) == []
    assert (
        published.sql(
            f"{RATIO_AGAIN} SELECT * FROM {RATIOS} JOIN ratio USING ({RATIO_KEY}) "
            "WHERE abs(ratio_pct - 100.0 * eur / total) > 0.0000501 "
            "OR abs(coverage_pct - coverage) > 0.0000501 "
            "OR (coverage_pct IS NULL) != (report_type = 'care_accounts')"
        )
        == []
    )


def test_which_definitions_reproduce_the_claim_and_which_do_not(published: Any) -> None:
    """In the years it can be about, and known for them: social base, access and health together; no other."""
    of_claim = f"FROM {RATIOS} WHERE year IN (2018, 2019) AND denominator LIKE 'broad%'"
    assert published.sql(
        f"SELECT DISTINCT numerator, basis {of_claim} AND reproduces_claim = 'yes'"
    ) == [("6.1+6.2+7.1", "gross")]
    assert published.value(f"SELECT count(*) {of_claim} AND reproduces_claim = 'elsewhere'") == 0
    assert published.sql(
        f"SELECT numerator, year FROM {RATIOS} "
        "WHERE reproduces_claim = 'elsewhere' AND report_type = 'care_accounts' GROUP BY ALL"
    ) == [("welfare_narrow", 2021)]
    assert (
        published.sql(
            f"SELECT * FROM {RATIOS} WHERE (reproduces_claim = 'no') "
            "= (100 * numerator_eur >= 3.5 * denominator_eur AND ratio_pct < 4.5)"
        )
        == []
    )


def test_what_is_missing_is_told_for_every_combination(published: Any) -> None:
    there = (
        f"SELECT {RATIO_KEY} FROM care_welfare_ratio.availability WHERE availability = 'available'"
    )
    assert differing(published, f"SELECT {RATIO_KEY} FROM {RATIOS}", there) == []
    assert published.sql(
        "SELECT availability FROM care_welfare_ratio.availability WHERE year = 2023 AND "
        "report_type = 'jaarrekening' AND numerator = '6.1' AND basis = 'gross_without_grants' "
        "AND denominator = 'broad_after_2024_revision'"
    ) == [("no_gross_without_grants",)]
    assert published.sql(
        "SELECT DISTINCT availability FROM care_welfare_ratio.availability WHERE year = 2022 AND "
        "numerator = 'wjk' AND denominator = 'sha_before_2024_revision'"
    ) == [("numerator_outside_denominator",)]


def test_every_bridge_reaches_its_end_step_by_step(published: Any) -> None:
    by = "bridge, definition, year, report_type, series"
    assert (
        published.sql(
            f"SELECT {by} FROM {BRIDGE} GROUP BY ALL HAVING "
            "sum(amount_eur) FILTER (role != 'end') != sum(amount_eur) FILTER (role = 'end') "
            "OR count(*) FILTER (role = 'start') != 1 OR count(*) FILTER (role = 'end') != 1"
        )
        == []
    )
    assert (
        published.sql(
            f"SELECT * FROM (SELECT *, sum(amount_eur) OVER (PARTITION BY {by} ORDER BY position) AS s "
            f"FROM {BRIDGE} WHERE role != 'end') WHERE s != running_eur"
        )
        == []
    )
    assert published.value(
        f"SELECT bool_and((explained = 'known') = (cause_en IS NULL)) FROM {BRIDGE}"
    )


def test_the_revision_of_2021_provider_by_provider(published: Any) -> None:
    steps = f"FROM {BRIDGE} WHERE bridge = 'revision' AND year = 2021"
    again = (
        "SELECT item, after.amount_eur - before.amount_eur FROM "
        f"(FROM {CARE} WHERE revision = 'after_2024_revision') AS after JOIN "
        f"(FROM {CARE} WHERE revision = 'before_2024_revision') AS before "
        "USING (year, breakdown, item) WHERE year = 2021 AND breakdown = 'provider'"
    )
    ours = f"SELECT step, amount_eur {steps} AND role = 'step' AND explained = 'known'"
    assert published.value(f"SELECT count(*) FROM ({ours})") == 22
    assert differing(published, ours, again) == []
    assert published.sql(
        f"SELECT role, explained, (running_eur / 1000000)::INTEGER {steps} "
        "AND (role != 'step' OR position >= 22) ORDER BY position"
    ) == [
        ("start", "known", 124_794),
        ("step", "known", 129_061),
        ("step", "rounding", 129_060),
        ("end", "known", 129_060),
    ]


@pytest.mark.parametrize("numerator", ["6.1", "6.1+6.2", "6.1+6.2+7.1", "social_domain"])
def test_the_way_through_the_fields_passes_every_definition(published: Any, numerator: str) -> None:
    passed = (
        f"SELECT DISTINCT year, report_type, running_eur FROM {BRIDGE} "
        f"WHERE bridge = 'fields' AND reaches = '{numerator}'"
    )
    sums = (
        f"{MUNICIPAL_AGAIN} SELECT year, report_type, sum(gross) FROM whole "
        f"WHERE numerator = '{numerator}' GROUP BY ALL"
    )
    assert published.value(f"SELECT count(*) FROM ({passed})") == 18
    assert differing(published, passed, sums) == []


def test_from_gross_to_net(published: Any) -> None:
    """Only where everybody's baten are known; split in grants and the rest only for all of 6.x."""
    steps = (
        f"SELECT year, report_type, definition, step, amount_eur FROM {BRIDGE} "
        "WHERE bridge = 'gross_to_net'"
    )
    again = f"""
        {MUNICIPAL_AGAIN},
        sums AS (
            SELECT year, report_type, numerator, sum(gross) AS all_in, sum(paid.baten) AS income,
                   sum(paid.grants) FILTER (numerator = 'social_domain') AS spuk
            FROM paid WHERE gross IS NOT NULL GROUP BY year, report_type, numerator
            HAVING count(paid.baten) = count(*))
        SELECT year, report_type, numerator, 'gross', all_in FROM sums
        UNION ALL SELECT year, report_type, numerator, 'net', all_in - income FROM sums
        UNION ALL SELECT year, report_type, numerator, 'baten', -income FROM sums WHERE spuk IS NULL
        UNION ALL SELECT year, report_type, numerator, 'specific_grants', -spuk FROM sums
                  WHERE spuk IS NOT NULL
        UNION ALL SELECT year, report_type, numerator, 'other_income', spuk - income FROM sums
                  WHERE spuk IS NOT NULL
    """
    assert published.value(f"SELECT count(*) FROM ({steps})") > 40
    assert differing(published, steps, again) == []


def test_prevention_and_its_distance_to_five_percent(published: Any) -> None:
    ours = (
        "SELECT year, report_type, definition, basis, denominator, care_eur, target_eur, spent_eur, "
        "distance_eur FROM prevention_share.prevention_share WHERE spent_eur IS NOT NULL"
    )
    again = f"""
        {RATIO_AGAIN}
        SELECT {RATIO_KEY}, total, total / 20, eur, eur - total / 20
        FROM (SELECT * REPLACE (total::DECIMAL(18, 2) AS total) FROM ratio)
        WHERE numerator NOT IN ('social_domain', 'wjk', 'wjk_plus_policy')
    """
    assert published.value(f"SELECT count(*) FROM ({ours})") > 80
    assert (
        published.sql(
            f"SELECT * FROM ({ours}) AS ours FULL JOIN ({again}) AS again "
            "ON (ours.year, ours.report_type, ours.definition, ours.basis, ours.denominator) = "
            "(again.year, again.report_type, again.numerator, again.basis, again.denominator) "
            "WHERE ours.year IS NULL OR again.year IS NULL OR spent_eur != eur "
            "OR abs(target_eur - total / 20) > 0.005 OR abs(distance_eur - eur + total / 20) > 0.005"
        )
        == []
    )
    assert (
        published.sql(
            "SELECT * FROM prevention_share.prevention_share "
            "WHERE abs(distance_pct - 100.0 * distance_eur / care_eur) > 0.000101 "
            "OR (spent_eur IS NULL) != (missing IS NOT NULL)"
        )
        == []
    )
    assert published.value("SELECT min(year) FROM prevention_share.targets") == 1998
