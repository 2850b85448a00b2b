"""The tables of cited figures in ``sample/``: internal checks and a comparison with the material.

The first part needs only ``sample/``. The second part compares the carried figures, cell by cell,
with the reference material next to the repository and is skipped where that is absent.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml  # type: ignore[import-untyped,unused-ignore]

from expectations.paths import ROOT
from tests.support.material import MATERIAL, needs_material

SAMPLE = ROOT / "sample"
FIGURES = SAMPLE / "figures"

KEYS: dict[str, tuple[str, ...]] = {
    "municipalities_by_year.csv": ("year", "municipality_code"),
    "regions.csv": ("code",),
    "municipal_changes.csv": ("date", "from_code", "to_code"),
    "inhabitants.csv": ("year", "region_code"),
    "iv3_taakvelden.csv": ("year", "code"),
    "iv3_tables.csv": ("year",),
    "jobs_sbi88.csv": ("year",),
    "care_spending.csv": (
        "year",
        "definition",
        "breakdown",
        "item",
        "revision",
        "published_at",
        "source_table",
    ),
    "workforce.csv": ("period", "indicator"),
    "adjustment_series.csv": ("series", "year"),
    "brede_spuk_annex_iii.csv": ("version", "component", "year"),
    "brede_spuk_annex_iv.csv": (
        "version",
        "year",
        "part",
        "municipality",
        "column_label",
    ),
    "brede_spuk_letter_2025.csv": ("municipality",),
    "spuk_iza_letter_2025.csv": ("region",),
    "spuk_iza_annex_1.csv": ("number",),
    "spuk_azwa.csv": ("component", "year"),
    "gala_budget.csv": ("scheme", "label", "period"),
    "spuk_statements.csv": ("scheme", "component", "period", "state", "document_id"),
    "spuk_milestones.csv": (
        "scheme",
        "component",
        "milestone",
        "window",
        "date_from",
        "date_to",
    ),
    "spuk_system_totals.csv": ("year", "ministry", "source"),
    "agreements.csv": ("agreement",),
    "agreement_links.csv": (
        *("relation", "agreement", "other_agreement", "scheme", "component"),
        *("law", "article", "regulation_id"),
    ),
    "agreement_deadlines.csv": ("agreement", "deadline"),
    "agreement_signatories.csv": ("agreement", "party"),
    "gemeentefonds_sociale_basis.csv": ("circular", "payment_year", "municipality"),
}
IV3_KEY = ("verslagsoort", "gemeente", "taakveld", "categorie")
IV3_IDS = {
    2017: "45038NED",
    2018: "45042NED",
    2019: "45046NED",
    2020: "45050NED",
    2021: "45054NED",
    2022: "45059NED",
    2023: "45063NED",
    2024: "45067NED",
    2025: "45071NED",
    2026: "45078NED",
}
FINDO = {
    "2023X000": "2023_begroting",
    "2023X005": "2023_jaarrekening",
    "2025X000": "2025_begroting",
}
PSEUDO = {"totaal", "6", "7"}
# names without the province suffix that CBS uses in its own lists
SHORT_NAMES = {
    "Beek": "Beek (L.)",
    "Hengelo": "Hengelo (O.)",
    "Laren": "Laren (NH.)",
    "Middelburg": "Middelburg (Z.)",
    "Rijswijk": "Rijswijk (ZH.)",
    "Stein": "Stein (L.)",
}
IZA_NAMES = {
    **SHORT_NAMES,
    "Nuenen c.a.": "Nuenen, Gerwen en Nederwetten",
    "Súdwest Fryslân": "Súdwest-Fryslân",
}
NON_REPORTERS: dict[str, set[str]] = {
    "2017X000": {"GM1598", "GM1948"},
    "2018X000": {"GM0299", "GM0437", "GM1949", "GM1950", "GM1952"},
    "2018X005": {"GM0545", "GM0620", "GM0707"},
    "2020X005": {"GM0339", "GM1735"},
    "2021X000": {"GM1979"},
    "2022X000": {"GM1731", "GM1980", "GM1982", "GM1991"},
    "2022X005": {"GM0141", "GM0457", "GM0505", "GM1700"},
    "2023X000": {"GM1992"},
    "2023X005": {"GM1961"},
    "2024X000": {"GM1961"},
    "2024X005": {"GM0809"},
    "2025X000": {"GM0310", "GM0415", "GM1731", "GM1961"},
}
# jaarrekening X005, gross expenditure in million euro, 2017-2024
NATIONAL: dict[tuple[str, ...], tuple[int, ...]] = {
    ("6.1",): (1970, 1991, 2060, 2040, 2130, 3268, 4131, 4649),
    ("6.2",): (941, 976, 1025, 1044, 1119, 1285, 1868, 2144),
    ("6.3",): (8087, 8094, 7938, 10571, 9285, 9594, 10316, 10031),
    ("6.4",): (2522, 2444, 2387, 2398, 2253, 2244, 2282, 2366),
    ("6.5",): (893, 892, 914, 911, 1012, 1085, 1213, 1322),
    ("6.6",): (623, 612, 696, 728, 723, 756, 952, 1011),
    ("6.71",): (2855, 2996, 3275, 3493, 3610, 3591, 3702, 4012),
    ("6.72", "6.73", "6.74"): (3559, 3931, 4386, 4491, 4700, 4668, 5720, 6488),
    ("6.81",): (2096, 2293, 2386, 2620, 2133, 2092, 2306, 2509),
    ("6.82",): (616, 711, 719, 719, 882, 953, 558, 686),
    ("7.1",): (768, 766, 845, 1020, 1304, 1197, 1150, 1283),
    ("totaal",): (57818, 59645, 60879, 65114, 65961, 68674, 75165, 80943),
}
# budgets X000 in million euro: 2025, 2026
BUDGETS: dict[str, tuple[int, int]] = {
    "6.1": (3636, 3751),
    "6.21": (531, 585),
    "6.22": (662, 873),
    "6.23": (848, 793),
    "6.3": (9693, 10397),
    "6.4": (2362, 2404),
    "6.5": (1280, 1383),
    "6.60": (1019, 1026),
    "6.71": (3668, 3866),
    "6.75": (3703, 4472),
    "6.76": (2072, 2103),
    "6.79": (474, 454),
    "6.81": (2474, 2855),
    "6.82": (635, 593),
    "6.91": (331, 290),
    "6.92": (276, 299),
    "7.1": (1269, 1335),
}
EXCL = "Totaalbedrag excl. loon- en prijsontwikkeling (LPO)"
INCL = "Totaalbedrag incl. loon- en prijsontwikkeling (LPO) uit 2024"
WOR = "Welzijn op Recept"

Row = dict[str, str]


@cache
def frame(name: str) -> pl.DataFrame:
    """Read a figures file as text; an empty cell is null."""
    return pl.read_csv(FIGURES / name, infer_schema=False)


def rows(name: str) -> list[Row]:
    with (FIGURES / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def total(values: Iterable[str | None]) -> Decimal:
    return sum((Decimal(v) for v in values if v), Decimal(0))


def million(value: Decimal) -> int:
    return int((value / 1000).quantize(Decimal(1), ROUND_HALF_UP))


def rolled(code: str) -> str:
    """Drop the letter or the third digit of a detailed taakveld code."""
    code = re.sub(r"[a-z]+$", "", code)
    return code[:-1] if re.fullmatch(r"\d\.\d{3}", code) else code


def iv3_name(year: int) -> str:
    return f"iv3/{IV3_IDS[year]}.csv"


@cache
def national(report: str, category: str) -> dict[str, Decimal]:
    data = frame(iv3_name(int(report[:4]))).filter(
        (pl.col("verslagsoort") == report) & (pl.col("categorie") == category)
    )
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for code, amount in data.select("taakveld", "amount_keur").iter_rows():
        if amount is not None:
            sums[code if code in PSEUDO else rolled(code)] += Decimal(amount)
    return dict(sums)


@cache
def manifest() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load((SAMPLE / "sample.yaml").read_text("utf-8"))
    return loaded


def sample_files() -> list[Path]:
    return sorted(p for p in SAMPLE.rglob("*") if p.is_file())


def names_of(year: int) -> dict[str, str]:
    data = frame("municipalities_by_year.csv").filter(pl.col("year") == str(year))
    return dict(data.select("name", "municipality_code").iter_rows())


# --------------------------------------------------------------------------- files and manifest


def test_manifest_lists_every_file_once() -> None:
    listed = [entry["file"] for entry in manifest()["tables"]]
    files = {p.relative_to(SAMPLE).as_posix() for p in FIGURES.rglob("*.csv")}
    collapsed = {"figures/iv3/*.csv" if f.startswith("figures/iv3/") else f for f in files}
    assert sorted(listed) == sorted(collapsed)
    assert {p.name for p in (FIGURES / "iv3").iterdir()} == {f"{i}.csv" for i in IV3_IDS.values()}
    assert manifest()["retrieved_at"] == "2026-11-21T00:00:00Z"
    for entry in manifest()["tables"]:
        assert entry["title"] and entry["licence"] and entry["attribution"] and entry["note"]
        assert entry["sources"] and all(source["title"] for source in entry["sources"])


def test_no_machine_paths() -> None:
    banned = [f"/{d}/" for d in ("work", "tmp", "home", "root", "Users")] + ["shared" + "/data"]
    for path in sample_files():
        text = path.read_text("utf-8")
        assert not [b for b in banned if b in text], path.name
        assert not re.search(r"\b[A-Z]:\\|file://", text), path.name


def test_file_format() -> None:
    for path in FIGURES.rglob("*.csv"):
        raw = path.read_bytes()
        assert not raw.startswith(b"\xef\xbb\xbf") and b"\r" not in raw and raw.endswith(b"\n")
        parsed = list(csv.reader(io.StringIO(raw.decode("utf-8"))))
        assert len({len(r) for r in parsed}) == 1, path.name
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(parsed)
        assert buffer.getvalue().encode("utf-8") == raw, path.name
        if path.name == "spuk_iza_annex_1.csv":
            assert [int(r[0]) for r in parsed[1:]] == list(range(1, 43))
        else:
            assert parsed[1:] == sorted(parsed[1:]), path.name


@pytest.mark.parametrize("name", sorted(KEYS))
def test_key_is_unique(name: str) -> None:
    counts = Counter(tuple(r[k] for k in KEYS[name]) for r in rows(name))
    assert [k for k, n in counts.items() if n > 1] == []


def test_key_is_unique_in_iv3() -> None:
    for year in IV3_IDS:
        counts = Counter(tuple(r[k] for k in IV3_KEY) for r in rows(iv3_name(year)))
        assert [k for k, n in counts.items() if n > 1] == []


# --------------------------------------------------------------------------- municipalities


def test_municipality_counts() -> None:
    counts = frame("municipalities_by_year.csv").group_by("year").len()
    by_year = dict(counts.iter_rows())
    assert {y: by_year[str(y)] for y in range(2010, 2027)} == dict(
        zip(
            range(2010, 2027),
            (
                431,
                418,
                415,
                408,
                403,
                393,
                390,
                388,
                380,
                355,
                355,
                352,
                345,
                342,
                342,
                342,
                342,
            ),
            strict=True,
        )
    )
    codes = set(frame("municipalities_by_year.csv")["municipality_code"])
    extra = {f"PV{n}" for n in range(20, 32)} | {"NL01"}
    assert set(frame("regions.csv")["code"]) == codes | extra
    assert len(rows("municipal_changes.csv")) == 92


def test_changes_explain_every_code() -> None:
    """Walking the yearly lists with the changes leaves no residue."""
    lists = {y: set(names_of(y).values()) for y in range(2014, 2027)}
    for year in range(2015, 2027):
        before = set(lists[year - 1])
        for change in rows("municipal_changes.csv"):
            from_start, to_next = f"{year - 1}-01-02", f"{year}-01-01"
            if from_start <= change["date"] <= to_next:
                before.discard(change["from_code"])
                before.add(change["to_code"])
        assert before == lists[year], year


def test_inhabitants_sum_to_national() -> None:
    data = rows("inhabitants.csv")
    for year in range(2017, 2027):
        own = {r["region_code"]: int(r["inhabitants"]) for r in data if r["year"] == str(year)}
        country = own.pop("NL01")
        assert set(own) == set(names_of(year).values())
        assert sum(own.values()) == country


# --------------------------------------------------------------------------- Iv3


def test_iv3_grid_is_complete() -> None:
    titles = {(r["year"], r["code"]) for r in rows("iv3_taakvelden.csv")}
    used = set()
    for year in IV3_IDS:
        municipalities = set(names_of(year).values())
        grid: dict[str, dict[str, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
        for r in rows(iv3_name(year)):
            grid[r["verslagsoort"]][r["gemeente"]].add((r["taakveld"], r["categorie"]))
            used.add((str(year), r["taakveld"]))
            assert re.fullmatch(r"(-?\d+)?", r["amount_keur"])
        assert set(grid) == {f"{year}X000"} | ({f"{year}X005"} if year < 2025 else set())
        for per_municipality in grid.values():
            assert set(per_municipality) == municipalities
            assert len({frozenset(v) for v in per_municipality.values()}) == 1
    assert used == titles


def test_non_reporters_are_empty_never_zero() -> None:
    """Empty is of who did not report alone: who reported has an amount in each cell."""
    for year in IV3_IDS:
        amounts: dict[tuple[str, str], list[str]] = defaultdict(list)
        for r in rows(iv3_name(year)):
            amounts[r["verslagsoort"], r["gemeente"]].append(r["amount_keur"])
        empty: dict[str, set[str]] = defaultdict(set)
        for (report, code), values in amounts.items():
            assert set(values) - {"0"} and ("" not in values or set(values) == {""}), (report, code)
            if set(values) == {""}:
                empty[report].add(code)
        for report in {k[0] for k in amounts}:
            assert empty[report] == NON_REPORTERS.get(report, set())


@pytest.mark.parametrize("codes", NATIONAL)
def test_national_accounts(codes: tuple[str, ...]) -> None:
    found = tuple(
        million(
            sum(
                (national(f"{y}X005", "L").get(c, Decimal(0)) for c in codes),
                Decimal(0),
            )
        )
        for y in range(2017, 2025)
    )
    assert found == NATIONAL[codes]


def test_national_budgets() -> None:
    for position, year in enumerate((2025, 2026)):
        found = national(f"{year}X000", "L")
        assert {c: million(found[c]) for c in BUDGETS} == {
            c: v[position] for c, v in BUDGETS.items()
        }


def test_national_net_2023() -> None:
    expenditure, income = national("2023X005", "L"), national("2023X005", "B")
    assert expenditure["6.1"] - income["6.1"] == 1253730
    assert expenditure["6.2"] - income["6.2"] == 1718057
    assert expenditure["6.3"] - income["6.3"] == 3255942
    assert expenditure["7.1"] - income["7.1"] == 812006


def test_spuk_income_stays_below_the_national_total() -> None:
    totals = (6740, 6914, 6877, 9998, 9216, 9442, 11673, 12858)
    for year, complete in zip(range(2017, 2025), totals, strict=True):
        fields = national(f"{year}X005", "B4.3.1")
        part = million(fields["6"] + fields["7"])
        assert complete * 0.80 < part < complete
    assert national("2023X005", "B4.3.1") == {
        "6": Decimal(9543900),
        "7": Decimal(461258),
    }


# --------------------------------------------------------------------------- care and workforce


def test_care_provider_sums_2021() -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for r in rows("care_spending.csv"):
        if r["year"] == "2021" and r["breakdown"] == "provider":
            sums[r["revision"]] += Decimal(r["amount_mln_eur"])
    assert sums == {"before_2024_revision": 124794, "after_2024_revision": 129061}


def test_care_financing_sums() -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for r in rows("care_spending.csv"):
        if r["breakdown"] == "financing":
            sums[r["year"]] += Decimal(r["amount_mln_eur"])
    assert sums == {"2018": 100029, "2021": 129100, "2022": 132800, "2023": 142900}


def test_care_vocabulary() -> None:
    for r in rows("care_spending.csv"):
        assert r["definition"] in {"broad", "sha", "wmo_individual"}
        assert r["breakdown"] in {"total", "provider", "financing", "group"}
        wmo = r["definition"] == "wmo_individual"
        assert (r["revision"] == "") is wmo
        assert wmo or r["revision"] in {
            "old_series_71914ned",
            "before_2024_revision",
            "after_2024_revision",
        }
        assert r["confidence"] in {"seen", "derived", "secondary"}
        assert r["derived"] == ("true" if r["confidence"] == "derived" else "false")
        assert re.fullmatch(r"(\d{4}(-\d\d(-\d\d)?)?)?", r["published_at"])
        assert Decimal(r["amount_mln_eur"]) % Decimal(r["precision_mln_eur"]) == 0
        assert r["source"] and r["item_nl"] and re.fullmatch(r"[a-z_]+", r["item"])


def test_conflicting_figures_stay_visible() -> None:
    sha = {
        r["source_table"]: r["amount_mln_eur"]
        for r in rows("care_spending.csv")
        if (r["year"], r["definition"]) == ("2022", "sha")
    }
    assert sha == {"84043ENG": "96163", "84035ENG": "96028"}
    people = {r["indicator"]: r for r in rows("workforce.csv")}
    first, second = (
        people["youth_workers_first_mention"],
        people["youth_workers_second_mention"],
    )
    assert (first["value"], second["value"]) == ("1800", "2000")
    assert first["conflicts_with"] == second["indicator"]
    assert second["conflicts_with"] == first["indicator"]


@pytest.mark.parametrize(
    "name",
    [
        *("workforce.csv", "spuk_milestones.csv", "spuk_system_totals.csv", "agreements.csv"),
        *("agreement_links.csv", "agreement_deadlines.csv", "agreement_signatories.csv"),
    ],
)
def test_confidence_is_visible(name: str) -> None:
    for r in rows(name):
        assert r["confidence"] in {"seen", "derived", "secondary"}
        assert r["source"]
        for field in ("date_from", "date_to", "published_at", "concluded_at", "due_at"):
            assert re.fullmatch(r"(\d{4}(-\d\d(-\d\d)?)?)?", r.get(field, ""))


# --------------------------------------------------------------------------- SPUK


def annex_iv(version: str, year: str, part: str, label: str) -> dict[str, Decimal]:
    return {
        r["municipality"]: Decimal(r["amount_eur"])
        for r in rows("brede_spuk_annex_iv.csv")
        if (r["version"], r["year"], r["part"], r["column_label"]) == (version, year, part, label)
    }


def test_brede_spuk_2026_sums() -> None:
    well = annex_iv("2025-10-29", "2026", "3", WOR)
    assert len(well) == 342
    assert sum(well.values()) == Decimal("12126129.64")
    excluding = annex_iv("2025-10-29", "2026", "3", EXCL)
    assert sum(excluding.values()) == Decimal("254266504.56")
    including = annex_iv("2025-10-29", "2026", "3", INCL)
    assert sum(including.values()) == 264423052
    letter = {
        r["municipality"]: Decimal(r["amount_2026_eur"]) for r in rows("brede_spuk_letter_2025.csv")
    }
    assert including == letter


def test_brede_spuk_ceilings() -> None:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for r in rows("brede_spuk_annex_iii.csv"):
        sums[r["version"], r["year"]] += int(r["amount_eur"])
    assert sums == {
        ("2023-11-11", "2023"): 298900001,
        ("2023-11-11", "2024"): 295799999,
        ("2023-11-11", "2025"): 295799999,
        ("2023-11-11", "2026"): 234500000,
        ("2025-10-29", "2023"): 298900001,
        ("2025-10-29", "2024"): 296040903,
        ("2025-10-29", "2025"): 298299998,
        ("2025-10-29", "2026"): 254000001,
    }


def test_annex_iv_share_times_ceiling() -> None:
    """A cell is share x ceiling, the share being the 2026 amount for Welzijn op recept.

    Floor municipalities deviate; the 2025 cells follow the earlier ceilings.
    """
    ceiling = {
        (r["version"], r["year"], r["component"].lower()): Decimal(r["amount_eur"])
        for r in rows("brede_spuk_annex_iii.csv")
    }
    well = annex_iv("2025-10-29", "2026", "3", WOR)
    share = {m: v / sum(well.values()) for m, v in well.items()}
    floors = {
        "Ameland",
        "Schiermonnikoog",
        "Terschelling",
        "Vlieland",
        "Rozendaal",
        "Renswoude",
    }
    checked = 0
    for r in rows("brede_spuk_annex_iv.csv"):
        if r["municipality"] in floors or r["column_label"].startswith("Totaal"):
            continue
        version = "2023-11-11" if r["year"] in {"2024", "2025"} else r["version"]
        limit = ceiling.get((version, r["year"], r["column_label"].lower()))
        if limit is None:
            continue
        checked += 1
        assert abs(Decimal(r["amount_eur"]) - share[r["municipality"]] * limit) <= 2, r
    assert checked > 600


def test_as_printed_only_for_deviations() -> None:
    printed = {
        (r["municipality"], r["as_printed"])
        for r in rows("brede_spuk_annex_iv.csv")
        if r["as_printed"]
    }
    assert {m for m, _ in printed} == {
        "Voorne aan Zee",
        "Aa en Hunze",
        "Ameland",
        "Renswoude",
        "'s-Gravenhage",
        "Zwolle",
    }
    assert [r["as_printed"] for r in rows("brede_spuk_annex_iii.csv") if r["as_printed"]] == [
        "€ 12.978.290,"
    ]


def test_letter_sums() -> None:
    letter = rows("brede_spuk_letter_2025.csv")
    assert total(r["amount_2025_eur"] for r in letter) == 310475334
    assert total(r["amount_2026_eur"] for r in letter) == 264423052
    regions = rows("spuk_iza_letter_2025.csv")
    assert total(r["amount_2025_eur"] for r in regions) == 142900002
    assert total(r["amount_2026_eur"] for r in regions) == 153213599


def test_spuk_iza_regions() -> None:
    annex = rows("spuk_iza_annex_1.csv")
    assert total(r["max_2023_2025_eur"] for r in annex) == 142900002
    assert total(r["max_2026_eur"] for r in annex) == 153213599
    members = [IZA_NAMES.get(m, m) for r in annex for m in r["municipalities"].split(";")]
    assert len(members) == 342
    assert set(members) == set(names_of(2026))
    letter = {r["region"]: r["amount_2025_eur"] for r in rows("spuk_iza_letter_2025.csv")}
    different = {r["region"] for r in annex if letter[r["region"]] != r["max_2023_2025_eur"]}
    assert different == {"Noord-Holland Noord", "Noordoost Brabant"}


def test_gala_adds_up_to_what_its_page_shows() -> None:
    total = "Totaal Brede SPUK (inclusief IZA)"
    for period in ("2023", "2024", "2025", "2026"):
        cells = {r["label"]: r for r in rows("gala_budget.csv") if r["period"] == period}
        printed = cells.pop(total)
        shown = printed["as_shown"] or printed["as_printed"]
        parts = [Decimal(cell["as_printed"].replace(",", ".")) for cell in cells.values()]
        # Each part is rounded to a tenth of a million; the page itself adds up to the last tenth.
        assert sum(parts) == Decimal(shown.replace(",", ".")), period
    unexpected = [r for r in rows("gala_budget.csv") if r["as_shown"]]
    assert [(r["label"], r["as_printed"], r["as_shown"]) for r in unexpected] == [
        (total, "3384,66", "384,6")
    ]


def test_spuk_azwa_components_sum_to_total() -> None:
    data = rows("spuk_azwa.csv")
    for year in ("2027", "2028", "2029"):
        own = {r["component"]: Decimal(r["amount_mln_eur"]) for r in data if r["year"] == year}
        assert own.pop("total") == sum(own.values())


# --------------------------------------------------------------------------- with the material


def material_rows(path: str, delimiter: str = ",") -> list[Row]:
    raw = (MATERIAL / path).read_bytes()
    text = (gzip.decompress(raw) if path.endswith(".gz") else raw).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


@cache
def summaries() -> dict[str, dict[str, dict[str, Any]]]:
    raw = (MATERIAL / "iv3-gemeenten" / "iv3_summary_fixture.json.gz").read_bytes()
    result: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for entry in json.loads(gzip.decompress(raw)):
        if entry["model"] == "iv3.iv3summary":
            fields = entry["fields"]
            result[fields["verslagsoort"]][fields["gm_code"]] = fields
    return result


def detailed(report: str) -> Iterator[tuple[str, str, Row]]:
    """Municipality, taakveld and row of the detailed file, without its row of the nation."""
    names = names_of(int(report[:4]))
    path = f"iv3-gemeenten/findo_taakveld_{FINDO[report]}.csv.gz"
    for r in material_rows(path, delimiter=";"):
        if r["Gemeenten"] != "Nederland":
            code = names.get(r["Gemeenten"]) or names[SHORT_NAMES[r["Gemeenten"]]]
            yield code, r["Taakveld"].split(" ")[0], r


def left_out(report: str) -> set[tuple[str, str]]:
    """Municipality and taakveld (6.x, 7.1) that others report and this summary leaves out."""
    given = {code: set(f["lasten_per_taakveld"]) for code, f in summaries()[report].items()}
    codes = {c for each in given.values() for c in each if c.startswith("6.") or c == "7.1"}
    silent = NON_REPORTERS.get(report, set())
    return {(code, c) for code in given.keys() - silent for c in codes - given[code]}


def cell(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def expected(value: float | str | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


@needs_material
@pytest.mark.parametrize("year", IV3_IDS)
def test_iv3_equals_material(year: int) -> None:
    own: dict[tuple[str, str, str, str], Decimal | None] = {
        (r["verslagsoort"], r["gemeente"], r["taakveld"], r["categorie"]): cell(r["amount_keur"])
        for r in rows(iv3_name(year))
    }
    seen = set()
    for report in (f"{year}X000", f"{year}X005"):
        silent = NON_REPORTERS.get(report, set())
        for code, fields in summaries()[report].items():
            lasten, income = fields["lasten_per_taakveld"], fields["spuks_per_hoofdtaakveld"]
            wanted: dict[tuple[str, str], float | None] = {
                ("totaal", "L"): fields["lasten"],
                ("totaal", "B"): fields["baten"],
                # A summary leaves zeros out: see the tests of what is left out.
                ("6", "B4.3.1"): income.get("6", 0),
                ("7", "B4.3.1"): income.get("7", 0),
            }
            if report not in FINDO:
                codes = {k[2] for k in own if k[0] == report and k[2] not in PSEUDO}
                for taakveld in codes:
                    wanted[taakveld, "L"] = lasten.get(taakveld, 0)
                carried = {c for c in lasten if c.startswith("6.") or c == "7.1"}
                assert carried <= codes
            for (taakveld, category), value in wanted.items():
                key = (report, code, taakveld, category)
                seen.add(key)
                assert own[key] == (None if code in silent else expected(value)), key
        if report in FINDO:
            for code, taakveld, r in detailed(report):
                if not (taakveld.startswith("6.") or taakveld in ("0.10", "0.11", "7.1")):
                    continue
                for category, column in (("L", "Lasten"), ("B", "Baten")):
                    key = (report, code, taakveld, category)
                    seen.add(key)
                    assert own[key] == (None if code in silent else cell(r[column])), key
    rest = [k for k, v in own.items() if k not in seen and v is not None]
    assert rest == []
    assert {k[1] for k in own if k not in seen} <= NON_REPORTERS.get("2025X000", set())


@needs_material
@pytest.mark.parametrize(
    ("report", "lasten", "income"),
    [("2024X005", 0, 0), ("2025X000", 508, 34), ("2026X000", 462, 25)],
)
def test_what_a_summary_leaves_out_adds_up_to_nothing(
    report: str, lasten: int, income: int
) -> None:
    """The zeros of the sample are derived: what is given is already the municipality's own total."""
    given = {c: f for c, f in summaries()[report].items() if c not in NON_REPORTERS.get(report, ())}
    assert len(left_out(report)) == lasten
    assert sum("7" not in f["spuks_per_hoofdtaakveld"] for f in given.values()) == income
    for code, fields in given.items():
        assert sum(fields["lasten_per_taakveld"].values()) == fields["lasten"], code
        assert sum(fields["spuks_per_hoofdtaakveld"].values()) == fields["spuks"], code


@needs_material
def test_what_the_summary_of_2025_leaves_out_is_zero_in_the_detailed_file() -> None:
    found: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for code, taakveld, r in detailed("2025X000"):
        if (amount := cell(r["Lasten"])) is not None:
            found[code, rolled(taakveld)].append(amount)
    absent = left_out("2025X000")
    assert len(absent) == 508
    assert [key for key in absent if not found[key] or any(found[key])] == []


@needs_material
@pytest.mark.parametrize("report", FINDO)
def test_both_iv3_sources_agree(report: str) -> None:
    """Rolled up, the detailed rows equal the two-digit rows per municipality."""
    own: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for r in rows(iv3_name(int(report[:4]))):
        wanted = r["verslagsoort"] == report and r["categorie"] == "L"
        if wanted and r["amount_keur"] and r["taakveld"] not in PSEUDO:
            own[r["gemeente"], rolled(r["taakveld"])] += Decimal(r["amount_keur"])
    for code, fields in summaries()[report].items():
        for taakveld, value in fields["lasten_per_taakveld"].items():
            if taakveld.startswith("6.") or taakveld == "7.1":
                assert own[code, taakveld] == expected(value)
    assert all(
        fields["lasten"] == sum(fields["lasten_per_taakveld"].values())
        for fields in summaries()[report].values()
    )


@needs_material
def test_reference_tables_equal_material() -> None:
    folder = "gemeenten-referentie"
    assert {
        (r["jaar"], r["gm_code"], r["gm_naam"])
        for r in material_rows(f"{folder}/derived_gemeenten_per_jaar_2010_2026.csv")
    } == set(frame("municipalities_by_year.csv").iter_rows())
    country = {
        (r["period"], "NL01", r["value"])
        for r in material_rows("national-figures/national_figures.csv")
        if r["indicator"] == "bevolking_1jan"
    }
    assert country | {
        (r["jaar"], r["gemeente"], r["aantal_inwoners"])
        for r in material_rows(f"{folder}/derived_inwoners_per_gemeente_2017_2026.csv")
    } == set(frame("inhabitants.csv").iter_rows())
    changes = {tuple(r.values()) for r in rows("municipal_changes.csv")}
    columns = ["date", "kind", "from_code", "from_name", "to_code", "to_name"]
    columns += ["hectare", "woningen", "inwoners", "material"]
    assert changes == {
        tuple(r[c] for c in columns)
        for r in material_rows(f"{folder}/derived_herindelingen_2015_2026.csv")
    }


def recorded(name: str) -> list[dict[str, Any]]:
    path = MATERIAL / "cbs-odata-v4-recorded" / "03759ned" / name
    values: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["value"]
    return values


@needs_material
def test_regions_and_changes_equal_recorded_codes() -> None:
    codes = {v["Identifier"].strip(): v for v in recorded("codes-RegioS.json")}
    for r in rows("regions.csv"):
        value = codes[r["code"]]
        assert (value["Title"], value["DimensionGroupId"]) == (
            r["title"],
            r["dimension_group_id"],
        )
    for r in rows("municipal_changes.csv"):
        here = codes[r["from_code"]]["Description"]
        there = codes[r["to_code"]]["Description"]
        date = "-".join(reversed(r["date"].split("-")))
        assert date in here and date in there
        assert r["to_code"] in here and r["from_code"] in there
        if r["kind"] == "opgeheven":
            size = (
                f"{r['hectares']} hectare met {r['dwellings']} woningen en {r['inhabitants']} inw"
            )
            assert size in here and size in there
        else:
            assert r["hectares"] == r["dwellings"] == r["inhabitants"] == ""


@needs_material
def test_inhabitants_equal_recorded_observations() -> None:
    observed = {
        (o["Perioden"][:4], o["RegioS"].strip()): o["Value"]
        for o in recorded("observations-page-1.json")
        if o["Measure"] == "M000352"
    }
    checked = 0
    for r in rows("inhabitants.csv"):
        if int(r["year"]) >= 2019:
            assert observed[r["year"], r["region_code"]] == int(r["inhabitants"])
            checked += 1
    assert checked == 2775 + 8


@needs_material
def test_care_equals_material() -> None:
    prefixes = ("zorguitgaven_", "welzijn_", "wmo_maatwerk")
    wanted = Counter(
        (r["period"], Decimal(r["value"]), r["status"])
        for r in material_rows("national-figures/national_figures.csv")
        if r["indicator"].startswith(prefixes)
    )
    own = Counter(
        (r["year"], Decimal(r["amount_mln_eur"]), r["status_source"])
        for r in rows("care_spending.csv")
    )
    assert wanted - own == Counter()
    assert {(y, a) for y, a, _ in (own - wanted)} == {
        ("2017", Decimal(3900)),
        ("2017", Decimal(1800)),
        ("2018", Decimal(4200)),
        ("2022", Decimal(96028)),
    }


@needs_material
def test_jobs_equal_material() -> None:
    wanted = {
        (r["period"], Decimal(r["value"]))
        for r in material_rows("national-figures/national_figures.csv")
        if r["indicator"] == "banen_SBI88_december"
    }
    assert {(r["year"], Decimal(r["jobs_x1000"])) for r in rows("jobs_sbi88.csv")} == wanted


@needs_material
def test_spuk_equals_material() -> None:
    folder = "brede-spuk-regeling"
    assert {
        (r["toestand_geldig_op"], r["onderdeel"], r["jaar"], r["plafond_eur"])
        for r in material_rows(f"{folder}/bijlage3_uitkeringsplafonds.csv")
    } == set(frame("brede_spuk_annex_iii.csv").drop("as_printed").iter_rows())
    labels = {
        WOR: "welzijn_op_recept_2026_eur",
        EXCL: "totaal_excl_lpo_2026_eur",
        INCL: "totaal_incl_lpo_uit_2024_2026_eur",
    }
    for label, column in labels.items():
        assert annex_iv("2025-10-29", "2026", "3", label) == {
            r["gemeente"]: Decimal(r[column])
            for r in material_rows(f"{folder}/bijlage4_2026_deel3_per_gemeente.csv")
        }
    assert {
        (
            r["volgnr"],
            r["samenwerkingsregio"],
            r["mandaathouder"],
            r["gemeenten_in_regio_puntkomma"].replace("; ", ";"),
            r["max_per_jaar_2023_2025_eur"],
            r["max_2026_eur"],
        )
        for r in material_rows(f"{folder}/spuk_iza_bijlage1_regio_mandaathouder_gemeenten.csv")
    } == set(frame("spuk_iza_annex_1.csv").iter_rows())
    folder = "vws-brief-spuk-2025"
    assert {
        tuple(r.values())
        for r in material_rows(f"{folder}/bijlage2a_brede_spuk_2025_2026_per_gemeente.csv")
    } == set(frame("brede_spuk_letter_2025.csv").iter_rows())
    assert {
        (
            r["regio_volgens_regeling"],
            r["mandaathouder_volgens_regeling"],
            r["bedrag_2025_eur_brief"],
            r["bedrag_2026_eur_brief"],
        )
        for r in material_rows(f"{folder}/bijlage2b_spuk_iza_2025_2026_per_regio.csv")
    } == set(frame("spuk_iza_letter_2025.csv").drop("region_text").iter_rows())


@needs_material
def test_annex_iv_cells_equal_material() -> None:
    """Every printed cell of the transcribed rows is in the table (labels: see the share test)."""
    text = (MATERIAL / "brede-spuk-regeling" / "bijlage4_raw_fixture.md").read_text("utf-8")
    blocks = dict(re.findall(r"(?ms)^## ([B-I])\. (.*?)(?=^## |\Z)", text))
    own: dict[tuple[str, str, str, str], Counter[Decimal]] = defaultdict(Counter)
    for r in rows("brede_spuk_annex_iv.csv"):
        key = (r["version"], r["year"], r["part"], r["municipality"])
        own[key][Decimal(r["amount_eur"])] += 1
    compared = 0
    for block in blocks.values():
        title = block.split("\n", 1)[0]
        found = re.match(r"Bijlage IV (\d{4}) deel (\d)", title)
        version = re.search(r"z=(\d{4}-\d\d-\d\d)", title)
        assert found and version
        for line in block.split("\n")[1:]:
            cells = [c.strip() for c in line.strip().strip("|").split("|")]
            if not line.startswith("|") or cells[0] in {found[1], "---"}:
                continue
            amounts = Counter(
                Decimal(re.sub(r"[€* .]", "", c).replace(",", ".")) for c in cells[1:]
            )
            assert own[version[1], found[1], found[2], cells[0]] == amounts
            compared += 1
    assert compared == 66


@needs_material
def test_gemeentefonds_equals_material() -> None:
    own = {
        (r["circular"], r["payment_year"], r["municipality"]): Decimal(r["amount_eur"])
        for r in rows("gemeentefonds_sociale_basis.csv")
    }
    files = {"meicirculaire": "M", "septembercirculaire": "S"}
    for circular, year in sorted({k[:2] for k in own}):
        kind, issued = circular.split(" ")
        wanted = {
            r["Gemeenten"]: Decimal(r["Sociale basisvoorzieningen"]).quantize(
                Decimal("0.01"), ROUND_HALF_UP
            )
            for r in material_rows(
                f"gemeentefonds-clusters/GF_{files[kind]}{issued}_{year}.csv",
                delimiter=";",
            )
        }
        country = wanted.pop("Nederland")
        found = {k[2]: v for k, v in own.items() if k[:2] == (circular, year)}
        assert found == wanted
        assert abs(sum(found.values()) - country) < Decimal("0.10")
