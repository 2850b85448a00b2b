"""What goes into an audit pack, and how its texts and numbers are written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from expectations.errors import VoorkantError
from pipelines.audit_pack import pack_data
from pipelines.audit_pack.language import Localizer
from pipelines.audit_pack.pack_data import LEDGER, UPTAKE, PackData, PackRequest
from pipelines.audit_pack.selection import select
from tests.support.releases.audit_evidence import (
    audited,
    check,
    entry,
    finding,
    frame,
    measure,
    term,
)

ALMERE = {"recipient_name": "Almere", "recipient_code": "GM0034"}
REGION = {
    "scheme": "spuk_iza", "recipient_kind": "region", "recipient_name": "Utrecht/Utrecht",
    "recipient_code": None,
}  # fmt: skip


@pytest.fixture
def data() -> PackData:
    return audited(
        ledger=[
            entry(),
            entry(**ALMERE),
            entry(**REGION),
            entry(period="2024-2028", year=None, scheme="spuk_transformatiemiddelen"),
        ],
        findings=[finding(), finding(**ALMERE), finding(**REGION)],
        checks=[check(), check(scheme="spuk_iza")],
        uptake=[
            measure(),
            measure(area_kind="municipality", area="GM0344", area_name="Utrecht"),
            measure(area_kind="municipality", area="GM0034", area_name="Almere"),
            measure(measure="participation", availability="measured"),
        ],
        terms=[term(), term(scheme="spuk_iza")],
        regions=[
            {"year": 2026, "region_name": "Utrecht/Utrecht", "municipality_code": "GM0344"},
            {"year": 2026, "region_name": "Flevoland", "municipality_code": "GM0034"},
        ],
    )


@pytest.mark.parametrize("given", ["Utrecht", "utrecht", " UTRECHT ", "GM0344", "gm0344"])
def test_a_municipality_is_found_by_name_or_code(data: PackData, given: str) -> None:
    found = select(data, PackRequest(municipality=given))
    assert found.municipality is not None
    assert (found.municipality.code, found.municipality.region) == ("GM0344", "Utrecht/Utrecht")
    assert set(found.ledger["recipient_name"]) == {"Utrecht", "Utrecht/Utrecht"}
    assert set(found.findings["recipient_name"]) == {"Utrecht", "Utrecht/Utrecht"}


def test_a_municipality_is_found_by_the_name_that_a_source_prints() -> None:
    nuenen = entry(recipient_code="GM0820", recipient_name="Nuenen, Gerwen en Nederwetten")
    found = select(audited(ledger=[nuenen, entry()]), PackRequest(municipality="nuenen c.a."))
    assert found.municipality is not None
    assert found.municipality.name == "Nuenen, Gerwen en Nederwetten"


def test_what_is_not_published_is_unknown_for_a_municipality_too(data: PackData) -> None:
    found = select(data, PackRequest(municipality="Utrecht")).uptake
    areas = found.select("area", "availability").rows()
    assert sorted(areas) == [("GM0344", "not_published"), ("NL01", "not_published")]


def test_an_unknown_municipality_is_answered_with_the_nearest(data: PackData) -> None:
    with pytest.raises(VoorkantError) as caught:
        select(data, PackRequest(municipality="Utrect"))
    assert caught.value.code == "VK-U001"
    assert "Utrecht (GM0344)" in caught.value.remedy


def test_a_scheme_is_selected_and_an_unknown_one_is_answered_with_the_nearest(
    data: PackData,
) -> None:
    found = select(data, PackRequest(schemes=("spuk_iza",)))
    frames = (found.ledger, found.findings, found.checks, found.terms)
    assert all(set(each["scheme"]) == {"spuk_iza"} for each in frames)
    with pytest.raises(VoorkantError, match="VK-U001") as caught:
        select(data, PackRequest(schemes=("spuk_izza",)))
    assert "spuk_iza" in caught.value.remedy


def test_a_year_also_selects_the_periods_that_include_it(data: PackData) -> None:
    assert set(select(data, PackRequest(years=(2027,))).ledger["period"]) == {"2024-2028"}
    assert set(select(data, PackRequest(years=(2026,))).ledger["period"]) == {"2026", "2024-2028"}
    assert select(data, PackRequest(years=(2019,))).ledger.is_empty()


def test_on_an_earlier_day_only_what_was_visible_counts(data: PackData) -> None:
    late = frame(LEDGER, [entry(visible_from=date(2026, 11, 19), document_version="later")])
    now = pl.concat([data.ledger, late])
    seen: dict[str, Any] = {}

    def recompute_tables(visible: pl.DataFrame, day: date) -> pack_data.Recomputed:
        seen.update(visible=visible, day=day)
        return visible, data.findings.clear(), data.checks, data.uptake

    day = date(2026, 11, 18)
    then = pack_data.as_of(_with(data, now), day, recompute_tables)
    assert seen["day"] == then.known_on == day
    assert seen["visible"].equals(data.ledger)
    assert then.findings.is_empty()


def test_a_day_after_the_newest_capture_is_refused(data: PackData) -> None:
    with pytest.raises(VoorkantError, match="VK-U001"):
        pack_data.as_of(data, date(2026, 11, 21), lambda *_: pytest.fail("called"))


def _with(data: PackData, ledger: pl.DataFrame) -> PackData:
    from dataclasses import replace

    return replace(data, ledger=ledger)


# --- how it is written ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "amount", "written"),
    [
        ("nl", "1234567.89", "€ 1.234.567,89"),
        ("nl", "-0.5", "€ −0,50"),
        ("en", "1234567.89", "€1,234,567.89"),
        ("en", "-12", "−€12.00"),
    ],
)
def test_euros_are_written_in_the_notation_of_the_language(
    language: Any, amount: str, written: str
) -> None:
    found = Localizer(language).euros(Decimal(amount))
    assert found.replace("\N{NO-BREAK SPACE}", " ") == written


def test_a_missing_value_is_a_dash_never_a_zero() -> None:
    localizer = Localizer("nl")
    missing = [
        localizer.euros(None),
        localizer.number(None),
        localizer.percent(None),
        localizer.day(None),
    ]
    assert missing == ["–"] * 4


def test_days_are_as_precise_as_known() -> None:
    assert Localizer("nl").day(date(2028, 3, 31)) == "31 maart 2028"
    assert Localizer("en").day("2028-03") == "March 2028"
    assert Localizer("nl").day("2028") == "2028"
    assert Localizer("nl").day("onbekend") == "onbekend"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_code_shown_in_a_document_has_a_label(language: Any, data: PackData) -> None:
    ledger, uptake = (data.contracts[name].tables for name in (LEDGER, UPTAKE))
    shown = {
        "state": ledger[LEDGER].columns["state"],
        "basis": ledger[LEDGER].columns["basis"],
        "class": ledger["findings"].columns["class"],
        "status": ledger["checks"].columns["status"],
        "kind": ledger["terms"].columns["kind"],
        "availability": uptake[UPTAKE].columns["availability"],
        "measure": uptake[UPTAKE].columns["measure"],
    }
    localizer = Localizer(language)
    for kind, column in shown.items():
        assert column.values
        assert all(localizer.text(f"{kind}.{code}") for code in column.values)
