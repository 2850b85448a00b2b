"""Rows from dropped files trace back to file, sheet and cell, and are remade from exactly those cells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from expectations import contract as contracts
from pipelines.cli.main import main
from tests.conftest import Refreshed
from tests.ingest.test_spuk_received import DAMAGED, IZA, PAYMENTS, URK, of_scheme
from tests.support.forms import made_files as made
from tests.support.releases.remake_rows import Remade

LISTED = [
    "Regeling",
    "Onderdeel",
    "Soort ontvanger",
    "Ontvangercode",
    "Uitkeringsjaar",
    "Staat",
    "Bedrag",
]
GRANTS = [
    LISTED,
    ["brede_spuk", "total", "gemeente", "GM0060", "2025", "verleend", "€ 91.053,00"],
    ["brede_spuk", "total", "gemeente", "GM0289", "2025", "verleend", "zie brief"],
]
DROPPED = {
    "spuk_grants/verleend.xlsx": made.workbook({"Voorblad": [["Zie Blad 2"]], "Blad 2": GRANTS}),
    "spuk_grants/verleend.csv": made.text(GRANTS[:2]).encode(),
    "spuk_grants/beschadigd.csv": DAMAGED.encode(),
    "spuk_payments/betaald.xlsx": made.workbook({"Blad1": PAYMENTS}),
    "sisa/sisa_2024_060402_x.xlsx": made.workbook({"Bijlage": IZA}),
    "sisa/sisa_2024_060014_x.csv": made.text(IZA).encode(),
    "sisa/sisa_2023_060184_x.csv": made.text(of_scheme(URK, "A16", "Z9", "Iets")).encode(),
}
ENTRIES = ("grants", "payments", "accounts")


@pytest.fixture(scope="module")
def dropped(tmp_path_factory: pytest.TempPathFactory, refresh_into: Any) -> Refreshed:
    folder = tmp_path_factory.mktemp("dropped")
    for name, body in DROPPED.items():
        path = folder / "drop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    refreshed: Refreshed = refresh_into(folder, only=["spuk_ledger"])
    return refreshed


def read(dropped: Refreshed, table: str) -> pl.DataFrame:
    (folder,) = (dropped.published / "data" / "spuk_ledger").iterdir()
    return pl.read_parquet(folder / f"{table}.parquet")


def sources(steps: list[Any]) -> Iterator[Any]:
    """All source rows below, however deep."""
    for row in (row for step in steps for row in step["rows"]):
        if "source" in row:
            yield row
        yield from sources(row.get("steps", []))


def explained(dropped: Refreshed, table: str, row: dict[str, Any], capsys: Any) -> Any:
    key = contracts.table(f"spuk_ledger.{table}").key
    given = [f"{name}={'' if row[name] is None else row[name]}" for name in key]
    arguments = ["explain", "spuk_ledger", "--table", table, "--open", "--json"]
    where = ["--published", str(dropped.published), "--state", str(dropped.state)]
    assert main([*arguments, *(each for pair in given for each in ("--key", pair)), *where]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_entry_opens_to_the_cell_of_its_file(dropped: Refreshed, capsys: Any) -> None:
    rows = read(dropped, "spuk_ledger").filter(
        pl.col("document_id").str.contains(r"\.(?:xlsx|csv)$")
    )
    per_file = rows.group_by("document_id", maintain_order=True).first()
    assert per_file.height == len(DROPPED) - 1, "the annex of an unknown scheme gives no entry"
    for row in per_file.iter_rows(named=True):
        found = explained(dropped, "spuk_ledger", row, capsys)
        place = row["source_sha256"], row["source_locator"]
        (cell,) = (
            each
            for each in sources(found["steps"])
            if (each["source"]["sha256"], each["source"]["locator"]) == place
        )
        assert cell["opened"]["text"] == row["as_printed"]
        assert any(f" {row['as_printed']}]" in line for line in cell["opened"]["lines"])
        assert Path(cell["source"]["name"]).name == row["document_id"]


def test_a_rejected_row_opens_to_its_place(dropped: Refreshed, capsys: Any) -> None:
    rows = read(dropped, "rejected").with_columns(
        form=pl.col("source_locator").str.replace_all(r"[A-Z]+\d+", "A1")
    )
    few = rows.group_by("source", "kind", "form", maintain_order=True).first().drop("form")
    assert {"file", "cell A16:H16"} <= set(rows["source_locator"])
    for row in few.iter_rows(named=True):
        found = explained(dropped, "rejected", row, capsys)
        opened = [
            each["opened"]
            for each in sources(found["steps"])
            if each["source"]["locator"] == row["source_locator"]
        ]
        assert opened, row
        if row["as_printed"] is not None:
            assert row["as_printed"] in opened[0]["text"]


def test_every_entry_is_remade_from_the_cells_it_names(dropped: Refreshed) -> None:
    remade = Remade(dropped.state)
    differences: list[str] = []
    for name in (*ENTRIES, "spuk_ledger"):
        table = f"spuk_ledger.{name}"
        places = remade.places(table, r"regexp_matches(document_id, '\.(xlsx|csv)$')")
        assert len(places) > 1
        for place in places:
            given = remade.named(table, [place])[place]
            rows = {
                target: set().union(*(each.get(target, set()) for each in given))
                for target in {target for each in given for target in each}
            }
            alone = remade.run(table, rows, [place])
            key = list(contracts.table(table).key)
            own = remade.frames[table][[place]].select(key)
            one = alone.join(own, on=key, how="semi", nulls_equal=True)
            differences += remade.differences(table, [place], remade.flagged(table, one))
    assert differences == []
