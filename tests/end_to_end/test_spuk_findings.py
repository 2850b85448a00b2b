"""The real errors in the published material are found by rule, with the right class, cause and amount."""

from __future__ import annotations

from decimal import Decimal

import pytest

from expectations.paths import ROOT
from tests.conftest import Refreshed

pytestmark = pytest.mark.skipif(
    not (ROOT / "assets/published/spuk_ledger/spuk_ledger.py").exists(),
    reason="there is no ledger to judge",
)

# rule, scheme, component, period, recipient, class, cause, difference in euros
BREDE, IZA, FUNDS = "brede_spuk", "spuk_iza", "spuk_transformatiemiddelen"
ERROR, KNOWN, QUERY = "source_error", "known_exception", "needs_explanation"
REAL = [
    ("R06", IZA, "total", "2025", "Noord-Holland Noord", ERROR, "swapped", "101364"),
    ("R06", IZA, "total", "2025", "Noordoost Brabant", ERROR, "swapped", "-101364"),
    ("R06", FUNDS, "total", "2024-2028", "Nederland", QUERY, "ceiling_conflict", "-167230648"),
    ("R01", BREDE, "total", "2026", "Nederland", KNOWN, "floors", "266503.56"),
    ("R08", BREDE, "total", "2024", "Nederland", KNOWN, "raised_by_floors", "240904"),
    ("R08", BREDE, "lokaal_sportakkoord", "2023", "Ameland", KNOWN, "retroactive_change", "3569"),
    ("R06", BREDE, "total", "2026", "Nederland", ERROR, "text_differs", "3000060000"),
    ("R05", BREDE, "total", "2026", "Renswoude", KNOWN, "hidden_floor", "302.72"),
]
FLOORS = ["Ameland", "Renswoude", "Rozendaal", "Schiermonnikoog", "Terschelling", "Vlieland"]


@pytest.mark.parametrize("real", REAL, ids=lambda real: f"{real[0]}-{real[4]}-{real[6]}")
def test_a_real_error_is_found(published: Refreshed, real: tuple[str, ...]) -> None:
    rule, scheme, component, period, recipient, judged, cause, difference = real
    found = published.sql(
        f"""SELECT class, cause, difference_eur FROM spuk_ledger.findings
        WHERE rule = '{rule}' AND scheme = '{scheme}' AND component = '{component}'
        AND period = '{period}' AND recipient_name = '{recipient}'"""  # noqa: S608
    )
    assert found == [(judged, cause, Decimal(difference))]


def test_wageningen_is_counted_in_another_region_than_it_is_listed_in(published: Refreshed) -> None:
    """The list says Arnhem; both amounts fit when it counts in Gelderse Vallei (934 and 1115 per mille)."""
    ((recipient, judged, reported, ratio),) = published.sql(
        """SELECT recipient_name, class, cause_en, round(observed_eur / expected_eur, 3)
        FROM spuk_ledger.findings WHERE rule = 'R07'"""
    )
    assert (recipient, judged, float(ratio)) == ("Wageningen", "source_error", 0.934)
    assert "Gelderse Vallei" in reported


@pytest.mark.parametrize("rule", ["R02", "R05"])
def test_the_six_floors_of_2026_are_known_exceptions(published: Refreshed, rule: str) -> None:
    found = published.sql(
        f"""SELECT DISTINCT recipient_name FROM spuk_ledger.findings
        WHERE rule = '{rule}' AND scheme = 'brede_spuk' AND component = 'total' AND period = '2026'
        AND class = 'known_exception' ORDER BY 1"""  # noqa: S608
    )
    assert [name for (name,) in found] == FLOORS


def test_both_versions_of_ameland_stay_and_nothing_was_overwritten(published: Refreshed) -> None:
    kept = published.sql(
        """SELECT document_version, amount_eur, is_newest FROM spuk_ledger.spuk_ledger
        WHERE recipient_name = 'Ameland' AND component = 'lokaal_sportakkoord' AND period = '2023'
        AND state = 'allocatable' ORDER BY 1"""
    )
    assert kept == [("2023-11-11", Decimal(2431), "no"), ("2025-10-29", Decimal(6000), "yes")]
    assert not published.sql("FROM spuk_ledger.findings WHERE cause = 'overwritten'")


def test_nothing_in_the_published_material_is_a_breach(published: Refreshed) -> None:
    assert not published.sql("FROM spuk_ledger.findings WHERE class = 'breach'")


def test_what_is_not_due_is_not_missing(published: Refreshed) -> None:
    """The Brede SPUK is settled once, by 31 March 2028; the last account of SPUK IZA is due in 2027."""
    status = dict(published.sql("SELECT scheme, status FROM spuk_ledger.checks WHERE rule = 'R15'"))
    assert status["brede_spuk"] == status["spuk_iza"] == "not_due"
    assert not published.sql("FROM spuk_ledger.findings WHERE rule = 'R17'")


def test_every_rule_says_of_each_scheme_how_much_it_compared(published: Refreshed) -> None:
    assert published.value("SELECT count(DISTINCT rule) FROM spuk_ledger.checks") == 20
    unexpected = """FROM spuk_ledger.checks WHERE (status = 'judged') != (judged > 0)
        OR judged != agreed + breach + source_error + needs_explanation + known_exception"""
    assert not published.sql(unexpected)
