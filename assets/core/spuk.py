"""SPUK: the annexes cell by cell, and every amount with its recipient, component and year.

Source   BWBR0047862 (Brede SPUK), BWBR0048411 (SPUK IZA), letters of VWS
Grain    cell of a version of a regulation; amount of a recipient in a version
Unit     euros, printed in Dutch; millions in the letter on SPUK AZWA
Traps    annexes change retroactively, so the version is part of the key; components and municipalities
         are spelled differently between blocks; there are no CBS codes
"""

from __future__ import annotations

import polars as pl

from assets import dutch, reading
from assets.names import with_codes
from assets.reference import spuk_components
from assets.tables import contracted_asset
from expectations.vocabulary import PROBLEM

BREDE_SPUK = "BWBR0047862"
SPUK_IZA = "BWBR0048411"
LETTER_2025 = ("4190863-1084972-DMO", "2025-09-12")
LETTER_AZWA = ("1097348-DMO", "2026-04-22")
# The regulations of 2023–2026 name the municipalities of 2023 and later; that list has not changed.
LIST_YEAR = 2026
MILLION = 1_000_000
TRACE = ("_capture", "_locator")


def cells(raw_brede_spuk__cells: pl.LazyFrame, raw_spuk_iza__cells: pl.LazyFrame) -> pl.LazyFrame:
    """All cells, with the amount where the column holds amounts."""
    brede, iza = pl.col("regulation_id") == BREDE_SPUK, pl.col("regulation_id") == SPUK_IZA
    holds_amounts = (brede & (pl.col("column") != "1")) | (
        iza & pl.col("header").str.contains(r"20\d\d")
    )
    printed = pl.when(holds_amounts).then(pl.col("text"))
    place = ["regulation_id", "version", "table"]
    both = pl.concat([raw_brede_spuk__cells, raw_spuk_iza__cells])
    first_headers = (
        both.filter(pl.col("column") == "1")
        .group_by(place)
        .agg(table_label=pl.col("header").first())
    )
    return both.join(first_headers, on=place, how="left", maintain_order="left").select(
        "regulation_id",
        pl.col("version").alias("regulation_version"),
        reading.date("visible_from").alias("visible_from"),
        reading.date("visible_to").alias("visible_to"),
        reading.date("effective_from").alias("effective_from"),
        reading.date("effective_to").alias("effective_to"),
        pl.col("annex").fill_null("").alias("annex"),
        reading.whole("table").alias("table_number"),
        reading.whole("row").alias("row_number"),
        reading.whole("column").alias("column_number"),
        "table_label",
        "header",
        "row_label",
        "text",
        dutch.amount(printed).alias("amount_eur"),
        *TRACE,
        pl.when(dutch.unreadable(printed))
        .then(pl.format('{}: cannot read the amount "{}"', "header", "text"))
        .alias(PROBLEM),
    )


def letter_municipalities(
    raw_cited_figures__brede_spuk_letter_2025: pl.LazyFrame,
    core_municipalities__lists: pl.LazyFrame,
) -> pl.LazyFrame:
    """Annex 2A of the letter, one row per year and municipality."""
    long = _years(raw_cited_figures__brede_spuk_letter_2025, "municipality")
    return with_codes(
        long,
        core_municipalities__lists,
        name="recipient_name",
        year=LIST_YEAR,
        code="recipient_code",
    )


def letter_regions(raw_cited_figures__spuk_iza_letter_2025: pl.LazyFrame) -> pl.LazyFrame:
    """Annex 2B of the letter, one row per year and region; the swapped amounts stay as printed."""
    return _years(raw_cited_figures__spuk_iza_letter_2025, "region")


def azwa(raw_cited_figures__spuk_azwa: pl.LazyFrame) -> pl.LazyFrame:
    """Intended amounts of the SPUK AZWA in euros."""
    amount = reading.euros("amount_mln_eur", MILLION)
    typed = raw_cited_figures__spuk_azwa.select(
        reading.clean("component").alias("label"),
        reading.year("year").alias("year"),
        amount.alias("amount_eur"),
        *TRACE,
        reading.problems(amount=("amount_mln_eur", amount)),
    )
    return _with_component(typed).drop("label")


def regions(
    core_spuk_allocations__cells: pl.LazyFrame, core_municipalities__lists: pl.LazyFrame
) -> pl.LazyFrame:
    """The municipalities of each region, from the newest version of annex 1."""
    rows = _iza_rows(core_spuk_allocations__cells)
    newest = rows.filter(pl.col("regulation_version") == pl.col("regulation_version").max())
    members = newest.select(
        pl.lit(LIST_YEAR).alias("year"),
        "region_name",
        "mandate_holder",
        # Printed with commas in the regulation, with semicolons in our own table of figures.
        pl.col("municipalities")
        .str.replace_all(";", ",")
        .str.split(",")
        .alias("municipality_name"),
        *TRACE,
    ).explode("municipality_name")
    named = members.with_columns(pl.col("municipality_name").str.strip_chars())
    coded = with_codes(
        named,
        core_municipalities__lists,
        name="municipality_name",
        year=LIST_YEAR,
        code="municipality_code",
    )
    # A joint authority (Openbaar Lichaam SamenTwente) holds a mandate too and is no municipality.
    return with_codes(
        coded,
        core_municipalities__lists,
        name="mandate_holder",
        year=LIST_YEAR,
        code="mandate_holder_code",
        required=False,
    )


def allocations(
    core_spuk_allocations__cells: pl.LazyFrame,
    core_spuk_allocations__letter_municipalities: pl.LazyFrame,
    core_spuk_allocations__letter_regions: pl.LazyFrame,
    core_spuk_allocations__azwa: pl.LazyFrame,
    core_municipalities__lists: pl.LazyFrame,
) -> pl.LazyFrame:
    """Every amount in one shape."""
    brede = core_spuk_allocations__cells.filter(
        (pl.col("regulation_id") == BREDE_SPUK) & (pl.col("column_number") > 1)
    )
    parts = [
        _ceilings(brede.filter(pl.col("annex") == "Bijlage III")),
        with_codes(
            _municipal(brede.filter(pl.col("annex") == "Bijlage IV")),
            core_municipalities__lists,
            name="recipient_name",
            year=LIST_YEAR,
            code="recipient_code",
        ),
        _iza_maxima(core_spuk_allocations__cells),
        _announced(core_spuk_allocations__letter_municipalities).with_columns(
            scheme=pl.lit("brede_spuk"),
            recipient_kind=pl.lit("municipality"),
            amount_kind=pl.lit("announced_incl_lpo"),
        ),
        _announced(core_spuk_allocations__letter_regions).with_columns(
            scheme=pl.lit("spuk_iza"),
            recipient_kind=pl.lit("region"),
            amount_kind=pl.lit("announced"),
        ),
        core_spuk_allocations__azwa.select(
            pl.lit("spuk_azwa").alias("scheme"),
            "component",
            "component_name_nl",
            "year",
            pl.lit("nation").alias("recipient_kind"),
            pl.lit("NL01").alias("recipient_code"),
            pl.lit("Nederland").alias("recipient_name"),
            pl.lit("announced").alias("amount_kind"),
            "amount_eur",
            pl.lit(LETTER_AZWA[0]).alias("regulation_id"),
            pl.lit(LETTER_AZWA[1]).alias("regulation_version"),
            *TRACE,
        ),
    ]
    return pl.concat(parts, how="diagonal")


def _years(raw: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Two columns of amounts (2025 and 2026) to one row per year."""
    parts = []
    for year in (2025, 2026):
        column = f"amount_{year}_eur"
        amount = reading.euros(column, 1)
        parts.append(
            raw.select(
                pl.lit(year).alias("year"),
                reading.clean(name).alias("recipient_name"),
                amount.alias("amount_eur"),
                "_capture",
                pl.format("{} column {}", "_locator", pl.lit(column)).alias("_locator"),
                reading.problems(amount=(column, amount)),
            )
        )
    return pl.concat(parts)


def _with_component(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Add component and its name by the printed label; an unknown label is a problem."""
    listed = spuk_components().lazy().select(_spelled("label"), "component", "component_name_nl")
    known = listed.unique("_label", keep="first", maintain_order=True)
    joined = frame.with_columns(_spelled("label")).join(
        known, on="_label", how="left", maintain_order="left"
    )
    earlier = pl.col(PROBLEM) if PROBLEM in frame.collect_schema() else pl.lit(None, pl.String)
    unknown = pl.when(pl.col("component").is_null()).then(
        pl.format('component: "{}" is in no list of components', "label")
    )
    return joined.with_columns(pl.coalesce(earlier, unknown).alias(PROBLEM)).drop("_label")


def _spelled(label: str) -> pl.Expr:
    """A label as it is compared: between blocks capitals, hyphens and blanks drift."""
    bare = pl.col(label).str.to_lowercase().str.replace_all("[-\u00ad\u2010\u2011]", "")
    return bare.str.replace_all(r"\s+", " ").str.strip_chars().alias("_label")


def _ceilings(annex_iii: pl.LazyFrame) -> pl.LazyFrame:
    """Annex III: components in the rows, years in the columns."""
    typed = annex_iii.select(
        pl.lit("brede_spuk").alias("scheme"),
        pl.col("row_label").alias("label"),
        reading.year("header").alias("year"),
        pl.lit("nation").alias("recipient_kind"),
        pl.lit("NL01").alias("recipient_code"),
        pl.lit("Nederland").alias("recipient_name"),
        pl.lit("ceiling").alias("amount_kind"),
        "amount_eur",
        "regulation_id",
        "regulation_version",
        *TRACE,
    )
    return _with_component(typed).drop("label")


def _municipal(annex_iv: pl.LazyFrame) -> pl.LazyFrame:
    """Annex IV: municipalities in the rows, components and totals in the columns, the year in the corner."""
    heading = pl.col("header").str.to_lowercase()
    total = heading.str.starts_with("totaalbedrag")
    kind = (
        pl.when(heading.str.starts_with("totaalbedrag excl"))
        .then(pl.lit("allocation_excl_lpo"))
        .when(total)
        .then(pl.lit("allocation_incl_lpo"))
        .otherwise(pl.lit("component_allocation"))
    )
    typed = annex_iv.select(
        pl.lit("brede_spuk").alias("scheme"),
        pl.when(total).then(pl.lit("total")).otherwise(pl.col("header")).alias("label"),
        reading.year("table_label").alias("year"),
        pl.lit("municipality").alias("recipient_kind"),
        pl.col("row_label").alias("recipient_name"),
        kind.alias("amount_kind"),
        "amount_eur",
        "regulation_id",
        "regulation_version",
        *TRACE,
    )
    return _with_component(typed).drop("label")


def _iza_rows(cells: pl.LazyFrame) -> pl.LazyFrame:
    """Annex 1 of SPUK IZA, one row per region: its cells by the meaning of their heading."""
    heading = pl.col("header").str.to_lowercase()
    meaning = (
        pl.when(heading.str.contains("mandaat"))
        .then(pl.lit("mandate_holder"))
        .when(heading.str.contains(r"20\d\d"))
        .then(pl.lit("amount"))
        # "Gemeenten in de samenwerkingsregio" names both; it lists municipalities.
        .when(heading.str.contains("gemeent"))
        .then(pl.lit("municipalities"))
        .when(heading.str.contains("regio"))
        .then(pl.lit("region_name"))
    )
    iza = cells.filter(pl.col("regulation_id") == SPUK_IZA).with_columns(meaning=meaning)
    names = [
        pl.col("text").filter(pl.col("meaning") == name).first().alias(name)
        for name in ("region_name", "mandate_holder", "municipalities")
    ]
    return iza.group_by(
        "regulation_id", "regulation_version", "table_number", "row_number", maintain_order=True
    ).agg(*names, *(pl.col(c).filter(pl.col("meaning") == "region_name").first() for c in TRACE))


def _iza_maxima(cells: pl.LazyFrame) -> pl.LazyFrame:
    """The maximum per region and year; one printed amount stands for each of 2023, 2024 and 2025."""
    row = ["regulation_id", "regulation_version", "table_number", "row_number"]
    names = _iza_rows(cells).select(*row, "region_name")
    first = pl.col("header").str.extract(r"(20\d\d)").cast(pl.Int16)
    last = pl.col("header").str.extract(r"20\d\d.*(20\d\d)").cast(pl.Int16)
    return (
        cells.filter(
            (pl.col("regulation_id") == SPUK_IZA) & pl.col("header").str.contains(r"20\d\d")
        )
        .join(names, on=row, how="left", maintain_order="left")
        .select(
            pl.lit("spuk_iza").alias("scheme"),
            pl.lit("total").alias("component"),
            pl.lit("Totaal").alias("component_name_nl"),
            pl.int_ranges(first, pl.coalesce(last, first) + 1, dtype=pl.Int16).alias("year"),
            pl.lit("region").alias("recipient_kind"),
            pl.col("region_name").alias("recipient_name"),
            pl.lit("region_maximum").alias("amount_kind"),
            "amount_eur",
            "regulation_id",
            "regulation_version",
            *TRACE,
        )
        .explode("year")
    )


def _announced(letter: pl.LazyFrame) -> pl.LazyFrame:
    """Amounts of the letter of 12 September 2025."""
    return letter.with_columns(
        component=pl.lit("total"),
        component_name_nl=pl.lit("Totaal"),
        regulation_id=pl.lit(LETTER_2025[0]),
        regulation_version=pl.lit(LETTER_2025[1]),
    ).drop(PROBLEM)


core_cells = contracted_asset("spuk_allocations.cells", cells)
core_letter_municipalities = contracted_asset(
    "spuk_allocations.letter_municipalities", letter_municipalities
)
core_letter_regions = contracted_asset("spuk_allocations.letter_regions", letter_regions)
core_azwa = contracted_asset("spuk_allocations.azwa", azwa)
core_iza_regions = contracted_asset("spuk_allocations.regions", regions)
core_allocations = contracted_asset("spuk_allocations.allocations", allocations)
