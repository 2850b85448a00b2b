"""`voorkant explain` on the published datasets, and every place of every source opened again."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.ingest.archive import LOG, Archive
from assets.ingest.locators import opened
from pipelines.cli.main import main

AMELAND = ["scheme=brede_spuk", "component=total", "year=2025", "recipient_name=Ameland"]
AMELAND += ["amount_kind=allocation_excl_lpo", "regulation_version=2025-10-29"]
NATION = ["scheme=spuk_iza", "measure=participation", "area_kind=nation", "geography=as_reported"]
SWAPPED = ["rule=R06", "recipient_name=Noord-Holland Noord", "period=2025"]
# What a reader adds to the columns of its source: where a row was read, and of what year its table is.
ADDED = {"_capture", "_locator", "table_id", "year", "value", "status"}
ADDED |= {"first_publication", "second_publication"}
EVERY = 40  # so many rows of a larger raw table are opened, or up to twice as many


def command(published: Any, *arguments: str) -> list[str]:
    where = ["--published", str(published.published), "--state", str(published.state)]
    return ["explain", *arguments, *where]


def keys(*pairs: str) -> list[str]:
    return [each for pair in pairs for each in ("--key", pair)]


@pytest.fixture
def explain_json(published: Any, capsys: pytest.CaptureFixture[str]) -> Any:
    """The JSON output of the command: `explain_json("claims", "--key", …)`."""

    def run(*arguments: str) -> Any:
        assert main([*command(published, *arguments), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def leaves(steps: list[Any]) -> list[Any]:
    """All source rows below, however deep."""
    rows = [row for step in steps for row in step["rows"]]
    own = [row for row in rows if "source" in row]
    return own + [leaf for row in rows for leaf in leaves(row.get("steps", []))]


def test_an_amount_is_followed_to_the_cell_of_the_regulation(explain_json: Any) -> None:
    found = explain_json("spuk_allocations", *keys(*AMELAND), "--column", "amount_eur", "--open")
    assert found["value"] == "87500.00"
    (cell,) = [leaf for leaf in leaves(found["steps"]) if leaf["taken"]]
    assert cell["values"]["row_label"] == "Ameland"
    assert cell["taken"][0]["text"] == cell["opened"]["text"] == "€ 87.500"
    assert cell["source"]["url"].startswith("https://repository.officiele-overheidspublicaties.nl")
    assert any('<entry colname="col7"><al>€ 87.500</al></entry>' in line
               for line in cell["opened"]["lines"])  # fmt: skip
    (floor,) = [rule for rule in found["rules"]["failed"] if rule["here"]]
    assert floor["rule_id"] == "SPK-06"


def test_a_sum_over_the_country_names_its_parts(explain_json: Any) -> None:
    nation = ["geography=as_reported", "year=2023", "report_type=begroting", "area_code=NL01"]
    found = explain_json(
        "social_domain_budgets", "--table", "aggregates",
        *keys(*nation, "comparable_series=6.1"), "--column", "lasten_eur",
    )  # fmt: skip
    sums = [step for step in found["steps"] if step["totals"]]
    assert [step["totals"] for step in sums] == [{"lasten_eur": found["value"]}]
    parts = [float(row["parts"]["lasten_eur"]) for row in sums[0]["rows"]]
    assert len(parts) == 10 < sums[0]["count"]
    assert parts == sorted(parts, reverse=True)
    thousands = [each for leaf in leaves(found["steps"]) for each in leaf["taken"]]
    assert {each["factor"] for each in thousands} == {1000}


def test_the_log_gives_the_day_when_a_source_was_last_captured(explain_json: Any) -> None:
    found = explain_json("spuk_uptake", *keys(*NATION), "--open")
    logged = [leaf for leaf in leaves(found["steps"]) if leaf["source"]["locator"] == LOG]
    assert len(logged) == 3
    for leaf in logged:
        assert leaf["opened"]["text"] == leaf["values"]["retrieved_at"]
        assert leaf["values"]["source"] in leaf["opened"]["lines"][0]


def test_a_finding_shows_the_cells_of_both_sides_first(explain_json: Any) -> None:
    found = explain_json("spuk_ledger", "--table", "findings", *keys(*SWAPPED), "--open")
    observed, expected, others = found["steps"][:3]
    assert [step["reads"] for step in found["steps"][:3]] == ["spuk_ledger.spuk_ledger"] * 3
    texts = {leaf["opened"]["text"] for leaf in leaves([observed])}
    assert texts == {"Noord-Holland Noord,Noord-Holland Noord,Hoorn,5508786,5797863"}
    assert "€ 5.407.422" in {leaf["opened"]["text"] for leaf in leaves([expected])}
    assert observed["rows"][0]["values"]["amount_eur"] == found["row"]["observed_eur"]
    assert expected["rows"][0]["values"]["amount_eur"] == found["row"]["expected_eur"]
    assert others["rows"] == [] and others["count"] > 200


def test_a_finding_of_many_cells_names_them_as_parts(explain_json: Any) -> None:
    found = explain_json("spuk_ledger", "--table", "findings", *keys("rule=R01"))
    sums = {column: step for step in found["steps"] for column in step["totals"]}
    assert {column: step["count"] for column, step in sums.items()} == {
        "observed_eur": int(found["row"]["observed_cells"]),
        "expected_eur": int(found["row"]["expected_cells"]),
    }
    for column, step in sums.items():
        assert step["totals"] == {column: found["row"][column]}


def test_all_names_every_part_and_follows_each_to_its_source(explain_json: Any) -> None:
    province = ["geography=as_reported", "year=2023", "report_type=begroting", "area_code=PV26"]
    found = explain_json(
        "social_domain_budgets", "--table", "aggregates",
        *keys(*province, "comparable_series=6.1"), "--column", "lasten_eur", "--all",
    )  # fmt: skip
    (summed,) = [step for step in found["steps"] if step["totals"]]
    assert 10 < summed["count"] == len(summed["rows"])
    for part in summed["rows"]:
        thousands = [each for leaf in leaves(part["steps"]) for each in leaf["taken"]]
        lasten = [Decimal(each["number"]) for each in thousands]
        assert Decimal(part["parts"]["lasten_eur"]) in lasten


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["FAILS FOR THIS ROW", "How it was made", "€ 87,500.00", "XML: <entry", "row_label Ameland"]),
        ("nl", ["KLOPT NIET VOOR DEZE RIJ", "Hoe het tot stand kwam", "€ 87.500,00", "XML: <entry"]),
    ],
)  # fmt: skip
def test_the_text_output_is_in_the_requested_language(
    published: Any, capsys: pytest.CaptureFixture[str], language: str, words: list[str]
) -> None:
    arguments = ["spuk_allocations", *keys(*AMELAND), "--open", "--language", language]
    assert main(command(published, *arguments)) == 0
    output = capsys.readouterr().out
    for each in words:
        assert each in output


def test_a_release_without_staged_tables_shows_its_rules_and_inputs(
    published: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = ["--published", str(published.published), "--state", str(tmp_path)]
    assert main(["explain", "spuk_allocations", *keys(*AMELAND), *where]) == 0
    output = capsys.readouterr().out
    assert "SPK-06" in output
    assert "there are no staged tables here" in output
    for taken in published.manifest("spuk_allocations")["inputs"]:
        assert taken["responses"][0]["sha256"][:12] in output


def test_staged_tables_of_another_version_are_not_shown(
    published: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "tables").mkdir()
    file = tmp_path / "tables" / "spuk_allocations.parquet"
    staged = pl.read_parquet(published.state / "tables" / file.name)
    staged.with_columns(pl.col("amount_eur") + 1).write_parquet(file)
    where = ["--published", str(published.published), "--state", str(tmp_path)]
    assert main(["explain", "spuk_allocations", *keys(*AMELAND), *where]) == 1
    output = capsys.readouterr()
    assert output.err.strip().startswith("VK-P013")
    assert "€ 87,500.00" in output.out
    assert "How it was made" not in output.out


def test_a_later_capture_is_accepted_only_when_all_rows_are_the_same(
    published: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    for file in (published.state / "tables").glob("*.parquet"):
        (tables / file.name).symlink_to(file)
    for name in (
        "raw_brede_spuk__cells",
        "core_spuk_allocations__cells",
        "core_spuk_allocations__allocations",
    ):
        staged = pl.read_parquet(tables / f"{name}.parquet")
        (tables / f"{name}.parquet").unlink()
        later = staged.with_columns(_capture=pl.lit("b" * 64))
        later.write_parquet(tables / f"{name}.parquet")
    where = ["--published", str(published.published), "--state", str(tmp_path)]
    assert main(["explain", "spuk_allocations", *keys(*AMELAND), *where]) == 0
    assert "captured later than the release" in capsys.readouterr().out

    own = tables / "spuk_allocations.parquet"
    staged = pl.read_parquet(own)
    own.unlink()
    other = pl.when(pl.col("recipient_name") == "Texel").then(0).otherwise("amount_eur")
    staged.with_columns(amount_eur=other.cast(staged.schema["amount_eur"])).write_parquet(own)
    assert main(["explain", "spuk_allocations", *keys(*AMELAND), *where]) == 1
    assert capsys.readouterr().err.strip().startswith("VK-P013")


def test_a_correction_in_the_trace_is_shown(
    published: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    copy = tmp_path / "published"
    shutil.copytree(published.published, copy)
    (folder,) = (copy / "data" / "spuk_allocations").iterdir()
    main([*command(published, "spuk_allocations", *keys(*AMELAND)), "--json"])
    steps = json.loads(capsys.readouterr().out)["steps"]
    (cell,) = [leaf for leaf in leaves(steps) if leaf["taken"]]
    columns = pl.read_parquet(folder / "corrections.parquet").schema
    about = dict.fromkeys(columns, "x") | {"source": "brede_spuk", "table": "cells", "id": "floor"}
    about |= {"outcome": "applied", "before": "€ 87.501", "after": "€ 87.500", "reason": "Evident."}
    about |= {"capture_sha256": cell["source"]["sha256"], "locator": cell["source"]["locator"]}
    pl.DataFrame([about], schema=columns).write_parquet(folder / "corrections.parquet")
    where = ["--published", str(copy), "--state", str(published.state)]
    assert main(["explain", "spuk_allocations", *keys(*AMELAND), *where]) == 0
    assert "corrected by floor: “€ 87.501” became “€ 87.500”. Evident." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["spuk_allocations"], "VK-U001"),
        (["spuk_allocations", "--table", "nothing"], "VK-U001"),
        (["spuk_allocations", "--column", "nothing", "--key", "year=2025"], "VK-U001"),
        (["spuk_allocations", "--key", "recipient_name=Amelant"], "VK-U001"),
        (["spuk_allocations", "--version", "1.1.1", "--key", "year=2025"], "VK-U001"),
    ],
)
def test_what_cannot_be_explained_is_refused(
    published: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    assert main(command(published, *arguments)) == 2
    assert capsys.readouterr().err.startswith(code)


def test_explaining_imports_no_heavy_library(published: Any, run: Any) -> None:
    arguments = command(published, "spuk_allocations", *keys(*AMELAND), "--open")
    heavy = {"dagster", "great_expectations", "polars", "pydantic", "pandas", "numpy"}
    finished = run(
        "python",
        "-c",
        f"import sys; from pipelines.cli.main import main; code = main({arguments!r}); "
        f"print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr); sys.exit(code)",
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr.strip() == "[]"


def test_every_raw_row_opens_to_the_text_that_was_read(published: Any) -> None:
    archive = Archive(published.state / "archive")
    files = sorted((published.state / "tables").glob("raw_*.parquet"))
    assert len(files) > 15
    for file in files:
        rows = pl.read_parquet(file)
        bodies = {digest: archive.read(digest) for digest in rows["_capture"].unique()}
        for row in rows.gather_every(max(1, rows.height // EVERY)).iter_rows(named=True):
            if row["_locator"] == LOG:
                continue  # of no body; see the test of the newest capture
            found = opened(bodies[row["_capture"]], row["_locator"], file.stem)
            if not found.columns:
                assert found.text == row["text"]
                continue
            own = {name: text or None for name, text in found.columns.items() if name in row}
            assert own == {name: row[name] or None for name in own}
            assert row.keys() - own.keys() <= ADDED
