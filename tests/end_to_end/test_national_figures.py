"""Every national figure that people read at a source, against what is published: one test per figure.

A figure is reproduced when a published amount rounds to it. One that was edited by its producer ends a
bridge, with the difference to what we publish as a step. What the datasets cannot express is listed with
the reason, and may not grow silently.

The list of figures is part of the reference material. Where that is absent, the figures that the sample
carries are held against what is published all the same.
"""

# ruff: noqa: S608 (queries are put together from the constants of this file)

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from expectations.paths import ROOT
from tests.support.material import MATERIAL, needs_material

Figure = dict[str, str]


def read(path: Path) -> list[Figure]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


LISTED = MATERIAL / "national-figures/national_figures.csv"
FIGURES = read(LISTED) if LISTED.exists() else []
CARE = read(ROOT / "sample/figures/care_spending.csv")
EDITED = read(ROOT / "sample/figures/iv3_cited_totals.csv")

_CARE = "SELECT amount_eur / 1000000.0 FROM care_spending.care_spending WHERE year = {year} AND "
_ITEMS = {
    "zorguitgaven_overheid_HF11": ("financing", "government"),
    "zorguitgaven_Wlz_HF121a": ("financing", "wlz"),
    "zorguitgaven_Zvw_HF122": ("financing", "zvw"),
    "zorguitgaven_vrijwillig_HF21": ("financing", "voluntary_insurance"),
    "zorguitgaven_eigen_betalingen_HF3": ("financing", "out_of_pocket"),
    "zorguitgaven_overig": ("financing", "other"),
    "zorguitgaven_GLZ_geneeskundig_langdurig": ("group", "glz"),
    "zorguitgaven_rest_WJK_plus_beleid": ("group", "wjk_plus_policy"),
    "zorguitgaven_kinderopvang": ("provider", "childcare"),
    "welzijn_jeugdzorg_kinderopvang_WJK": ("group", "wjk"),
}
# Figures that no published table can express, and why.
BEYOND = {
    "spuk_baten_B4.3.1": "the sample has specific grants on main fields 6 and 7 only, not on all",
    "gemeentefonds_cluster": "of the municipal fund only the social-base cluster is published",
}


def revision(figure: Figure) -> str:
    """The series a figure belongs to, by the words of its definition and its year."""
    words = figure["definition"]
    if "71914ned" in words:
        return "old_series_71914ned"
    after = "na revisie" in words or ("SHA" in words and int(figure["period"]) >= 2023)
    return "after_2024_revision" if after else "before_2024_revision"


def query(figure: Figure) -> str | None:
    """What to ask of the published tables; None when they cannot express the figure."""
    name, _, part = figure["indicator"].partition(":")
    year = figure["period"][:4]
    care = _CARE.format(year=year)
    series = f"revision = '{revision(figure)}'"
    if name == "zorguitgaven_totaal":
        definition = "sha" if "SHA" in figure["definition"] else "broad"
        return f"{care} breakdown = 'total' AND definition = '{definition}' AND {series}"
    if name in ("zorguitgaven_aanbieder", "zorguitgaven_financiering"):
        kind = "provider" if name.endswith("aanbieder") else "financing"
        return f"{care} breakdown = '{kind}' AND item_name_nl = '{part}' AND {series}"
    if name in _ITEMS:
        kind, item = _ITEMS[name]
        return (
            f"{care} breakdown = '{kind}' AND item = '{item}' AND revision = 'before_2024_revision'"
        )
    if name.startswith("welzijn_smal"):
        return (
            "SELECT numerator_eur / 1000000.0 FROM care_welfare_ratio.care_welfare_ratio WHERE "
            f"numerator = 'welfare_narrow' AND year = {year} AND denominator = 'broad_{revision(figure)}'"
        )
    if name == "wmo_maatwerk_gerealiseerd":
        return f"{care} definition = 'wmo_individual'"
    if name in ("gemeente_lasten", "gemeente_lasten_totaal", "gemeente_netto_lasten"):
        return municipal(figure, name, part, year)
    if name == "bevolking_1jan":
        return f"SELECT sum(inhabitants) FROM municipalities.years WHERE {OWN} AND year = {year}"
    if name == "gemeentefonds_cluster" and part == "sociale basisvoorzieningen":
        return (
            "SELECT sum(amount_eur) / 1000000.0 FROM social_domain_budgets.municipal_fund "
            f"WHERE {OWN} AND circular = 'septembercirculaire 2024' AND payment_year = {year}"
        )
    workforce = (
        f"SELECT value FROM social_workforce.social_workforce WHERE period LIKE '{year}%' AND "
    )
    return {
        "werknemers_sociaal_werk": f"{workforce} indicator = 'employees_social_work'",
        "banen_zorg_en_welzijn_breed": f"{workforce} indicator = 'jobs_care_and_welfare_broad'",
        "banen_SBI88_december": f"{workforce} indicator = 'jobs_sbi_88'",
    }.get(name)


def municipal(figure: Figure, name: str, part: str, year: str) -> str:
    """Sums of raw deliveries, or the end of the bridge to an edited publication."""
    if "bewerkt" in figure["definition"] or name == "gemeente_lasten_totaal":
        report = "begroting" if "begroting" in figure["definition"] else "jaarrekening"
        fields = {
            "alg.voorz.+wijkteams(6.1+6.2)": "'6.1+6.2'",
            "6.72(-6.74)": "'6.72', '6.72+6.73+6.74'",
            "": "'totaal+0.10+0.11'",
        }.get(part, f"'{part}'")
        return (
            "SELECT amount_eur / 1000000.0 FROM care_welfare_ratio.bridge WHERE role = 'end' AND "
            f"bridge = 'raw_to_edited' AND year = {year} AND report_type = '{report}' "
            f"AND definition IN ({fields})"
        )
    column = "net_eur" if name == "gemeente_netto_lasten" else "lasten_eur"
    return (
        f"SELECT sum({column}) / 1000000.0 FROM ({AS_REPORTED}) WHERE year = {year} AND "
        f"report_type = 'jaarrekening' AND regexp_full_match(taakveld, '{part}[a-z]?')"
    )


OWN = "geography = 'as_reported'"
AS_REPORTED = f"FROM social_domain_budgets.social_domain_budgets WHERE {OWN}"


def half_a_unit(number: str) -> Decimal:
    """How far an amount may be from a figure of so many decimals."""
    return Decimal(5).scaleb(Decimal(number).as_tuple().exponent - 1)  # type: ignore[operator]


def reported(figure: Figure) -> str:
    words = f"{figure['indicator']}-{figure['period']}-{figure['definition'][:24]}"
    return "".join(c if c.isalnum() else "_" for c in words)


@needs_material
@pytest.mark.parametrize("figure", FIGURES, ids=reported)
def test_a_national_figure_is_reproduced_within_its_rounding(
    published: Any, figure: Figure
) -> None:
    requested = query(figure)
    if requested is None:
        assert figure["indicator"].partition(":")[0] in BEYOND
        return
    found = [amount for (amount,) in published.sql(requested)]
    assert found, requested
    within = half_a_unit(figure["value"])
    wanted = Decimal(figure["value"])
    assert any(abs(Decimal(str(amount)) - wanted) <= within for amount in found), found


@needs_material
def test_figures_that_cannot_be_expressed_are_the_listed_ones() -> None:
    beyond = Counter(f["indicator"].partition(":")[0] for f in FIGURES if query(f) is None)
    assert beyond == {"spuk_baten_B4.3.1": 8, "gemeentefonds_cluster": 3}
    assert set(beyond) == set(BEYOND)


@pytest.mark.parametrize("figure", EDITED, ids=lambda f: "-".join([*f.values()][:3]))
def test_an_edited_total_is_reproduced_or_its_difference_stands_in_the_bridge(
    published: Any, figure: Figure
) -> None:
    way = published.sql(
        "SELECT role, amount_eur::VARCHAR, explained, cause_en FROM care_welfare_ratio.bridge "
        f"WHERE bridge = 'raw_to_edited' AND year = {figure['year']} "
        f"AND report_type = '{figure['report_type']}' AND definition = '{figure['taakvelden']}' "
        "ORDER BY position"
    )
    (_, raw, _, _), (_, difference, explained, cause), (_, edited, _, _) = way
    assert [role for role, *_ in way] == ["start", "step", "end"]
    assert Decimal(edited) == Decimal(figure["lasten_mln_eur"]) * 1_000_000
    assert Decimal(raw) + Decimal(difference) == Decimal(edited)
    assert (explained, bool(cause)) == ("unexplained", True)
    fields = figure["taakvelden"].replace("+", "|").replace(".", "[.]")
    straight = published.value(
        f"SELECT sum(lasten_eur)::VARCHAR FROM ({AS_REPORTED}) WHERE year = {figure['year']} "
        f"AND report_type = '{figure['report_type']}' "
        f"AND regexp_full_match(taakveld, '({fields})[a-z]?')"
    )
    assert Decimal(straight) == Decimal(raw)


TOTALS = [f for f in CARE if f["breakdown"] == "total" and f["definition"] != "wmo_individual"]


@pytest.mark.parametrize("figure", TOTALS, ids=lambda f: "-".join([*f.values()][:2]))
def test_a_cited_total_is_a_denominator_or_the_bridge_leads_away_from_it(
    published: Any, figure: Figure
) -> None:
    """Of several publications of one notion the last is used; the others stand at the start of a bridge."""
    amount = Decimal(figure["amount_mln_eur"]) * 1_000_000
    denominator = f"{figure['definition']}_{figure['revision']}"
    used = published.value(
        "SELECT care_eur::VARCHAR FROM prevention_share.targets "
        f"WHERE year = {figure['year']} AND denominator = '{denominator}'"
    )
    others = published.sql(
        "SELECT amount_eur::VARCHAR FROM care_welfare_ratio.bridge WHERE bridge = 'publications' "
        f"AND role = 'start' AND year = {figure['year']} AND definition = '{figure['definition']}'"
    )
    assert amount in {Decimal(used), *(Decimal(other) for (other,) in others)}
