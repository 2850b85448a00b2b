"""The schemes as data: what they declare, what follows from it, and that nothing unknown is filled in."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.ingest.registry import sources
from assets.ingest.spreadsheets.sisa_annex import known_codes
from assets.published.spuk_ledger.schemes import (
    provision_table,
    provisions,
    scheme_table,
    schemes,
    term_table,
)
from assets.published.spuk_ledger.schemes import terms as all_terms
from assets.reference.spuk_schemes import Accountability, Scheme, Settlement, Window, span
from assets.reference.spuk_schemes import schemes as declared
from expectations.errors import VoorkantError
from expectations.paths import ROOT

TERMS = all_terms().collect()


def due(scheme: str, kind: str, term: str) -> tuple[str | None, str]:
    (row,) = (
        TERMS.filter(scheme=scheme, kind=kind, term=term).select("date_to", "confidence").rows()
    )
    return row


def test_a_file_has_the_name_of_its_scheme_and_names_sources_that_exist() -> None:
    folder = ROOT / "assets/sources/spuk/schemes"
    assert {path.stem for path in folder.glob("*.yaml")} == set(declared())
    for scheme in declared().values():
        assert set(scheme.sources) <= set(sources())


def test_a_scheme_with_an_unknown_key_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "made_up.yaml").write_text("id: made_up\ntranche: 1\n", "utf-8")
    with pytest.raises(VoorkantError) as refusal:
        declared(tmp_path)
    assert refusal.value.code == "VK-C009"
    assert "tranche" in refusal.value.problem


def test_the_example_of_the_guide_is_a_scheme(tmp_path: Path) -> None:
    guide = ROOT / "docs/howto/add-a-scheme.md"
    (_, example, *_) = guide.read_text("utf-8").split("```")
    (tmp_path / "libraries_2030.yaml").write_text(example.removeprefix("yaml\n"), "utf-8")
    terms = term_table(declared(tmp_path).values()).collect()
    days = terms.filter(kind="decision_due").select("date_to", "confidence").rows()
    assert days == [("2030-01-30", "derived")]


def test_a_sisa_code_is_one_that_was_seen_or_none() -> None:
    seen = set(known_codes().filter(status="seen")["code"])
    for scheme in declared().values():
        for each in scheme.sisa:
            assert (each.code is None) == (each.status == "unknown"), scheme.id
            assert each.code is None or each.code in seen, scheme.id


@pytest.mark.parametrize(
    ("scheme", "kind", "term", "day", "confidence"),
    [
        ("brede_spuk", "decision_due", "1", "2023-05-26", "derived"),
        ("brede_spuk", "decision_due", "2", "2024-01-30", "derived"),
        ("brede_spuk", "accountability_due", "2026", "2027-07-15", "derived"),
        ("brede_spuk", "members_accountability_due", "2023", "2025-07-15", "derived"),
        ("brede_spuk", "settlement_due", "once", "2028-03-31", "derived"),
        ("brede_spuk", "expiry", "regulation", "2027-07-16", "seen"),
        ("spuk_iza", "decision_due", "without_application", "2023-09-30", "seen"),
        ("spuk_iza", "decision_due", "2024-2026", "2024-05-31", "derived"),
        ("spuk_iza", "settlement_due", "2023", "2025-03-31", "derived"),
        ("spuk_transformatiemiddelen", "application_window", "1", "2027-03-31", "seen"),
        ("spuk_transformatiemiddelen", "settlement_due", "2024", "2026-03-31", "derived"),
        ("woningbouwimpuls", "application_window", "6", "2024-02-12", "secondary"),
    ],
)
def test_a_day_is_there_with_how_sure_it_is(
    scheme: str, kind: str, term: str, day: str, confidence: str
) -> None:
    assert due(scheme, kind, term) == (day, confidence)


def test_the_brede_spuk_is_settled_once_and_spuk_iza_every_year() -> None:
    settled = TERMS.filter(kind="settlement_due").group_by("scheme").agg(pl.col("term").sort())
    found = dict(settled.iter_rows())
    assert found["brede_spuk"] == ["once"]
    assert found["spuk_iza"] == ["2023", "2024", "2025", "2026"]
    # What nobody wrote down is not there: no term for the settlement of the SPUK AZWA.
    assert "spuk_azwa" not in found


def test_windows_rounds_and_instalments_stay_apart() -> None:
    kinds = TERMS.filter(
        pl.col("kind").is_in(["application_window", "funding_round", "payment_instalment"])
    )
    of = {scheme: set(kind) for scheme, kind in kinds.group_by("scheme").agg("kind").iter_rows()}
    assert of["brede_spuk"] == {"application_window"}
    assert of["spuk_iza"] == {"application_window", "payment_instalment"}
    assert of["kansrijke_wijk"] == {"application_window", "funding_round"}
    rounds = TERMS.filter(scheme="woningbouwimpuls", kind="funding_round").sort("term")
    assert [str(amount) for amount in rounds["amount_eur"]] == [
        "266000000.00", "110000000.00", "250000000.00", "300000000.00"
    ]  # fmt: skip


def test_the_tables_of_schemes_hold_what_was_declared() -> None:
    identity = schemes().collect()
    assert identity["scheme"].to_list() == list(declared())
    azwa = identity.row(by_predicate=pl.col("scheme") == "spuk_azwa", named=True)
    assert (azwa["status"], azwa["period"], azwa["sisa_status"]) == (
        "announced", "2027-2029", "unknown"
    )  # fmt: skip
    reported = provisions().collect()
    counted = reported.filter(scheme="brede_spuk", provision="applied")
    assert counted.select("value", "status").rows() == [("342", "secondary")]
    requested = reported.filter(scheme="spuk_transformatiemiddelen", provision="sisa_indicator")
    assert requested.sort("scope")["unit"].to_list() == ["nvt", "D1", "R", "R", "R", "R", "nvt"]


def test_no_scheme_at_all_gives_empty_tables_of_the_right_shape() -> None:
    for table in (scheme_table, term_table, provision_table):
        empty = table([]).collect()
        assert empty.height == 0 and empty.width > 5


def test_years_are_written_as_the_ledger_writes_a_period() -> None:
    assert (span(()), span((2023,)), span((2024, 2025, 2026))) == (None, "2023", "2024-2026")


@given(
    to=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    weeks=st.integers(0, 60),
    year=st.integers(2020, 2035),
)
def test_a_computed_day_is_so_many_weeks_after_the_day_it_counts_from(
    to: date, weeks: int, year: int
) -> None:
    reported = {"source": "made up", "confidence": "seen"}
    window = Window.model_validate({"id": "1", "to": str(to), "decision_weeks": weeks, **reported})
    assert window.decision_due == to + timedelta(days=7 * weeks)
    account = Accountability.model_validate({"years": [year], "lines": "total", **reported})
    settled = Settlement.model_validate({"kind": "yearly", "weeks": weeks, **reported})
    assert account.due(year) == date(year + 1, 7, 15)
    last = settled.due_after(account.due(year))
    assert last is not None and (last - account.due(year)).days == 7 * weeks


def test_a_day_that_rests_upon_a_secondary_source_stays_secondary() -> None:
    reported = {"source": "a page", "confidence": "secondary"}
    scheme = Scheme.model_validate(
        {
            "id": "made_up",
            "title": {"nl": "x", "en": "x"},
            "ministry": "VWS",
            "legal_basis": reported,
            "status": "unknown",
            "recipients": "municipality",
            "windows": [{"id": "1", "to": "2024-01-01", "decision_weeks": 1, **reported}],
        }
    )
    found = term_table([scheme]).collect()
    assert set(found["confidence"]) == {"secondary"}
    assert found["period"].to_list() == ["unknown", "unknown"]
