"""Several things differ at once: what lies between is built, and each change has the cause that made it."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import assets.corrections
import assets.published.care_spending.figures
from assets.ingest.archive import Archive
from pipelines.cli.main import main
from pipelines.publish import release_reader, release_writer
from pipelines.publish.history import attribution, write_history
from pipelines.publish.history.causes import Factor
from pipelines.publish.history.changes import compare
from tests.support.releases.handmade import CODE, Shelf, captured, ceilings
from tests.support.releases.planted_correction import EXAMPLE

ONLY = "care_spending"


@pytest.fixture
def corrections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of corrections, empty."""
    folder = tmp_path / "corrections"
    folder.mkdir()
    assets.corrections.corrections.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(assets.corrections, "FOLDER", folder)
        yield folder
    assets.corrections.corrections.cache_clear()


def other_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another code, which knows one word of the sources for a status as another status."""
    words, provenance = (
        assets.published.care_spending.figures.statuses(),
        copy.deepcopy(release_writer.provenance()),
    )
    provenance["code_sha256"] = provenance["parts_sha256"]["assets"] = "beef" * 16
    now = pl.when(pl.col("status_source") == "nader voorlopig").then(pl.lit("provisional"))
    monkeypatch.setattr(
        assets.published.care_spending.figures,
        "statuses",
        lambda: words.with_columns(status=now.otherwise("status")),
    )
    monkeypatch.setattr(release_writer, "provenance", lambda: provenance)


def changed(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Year and column -> the change, of the total of broad care."""
    found = write_history.read_changes(folder)
    assert found is not None
    cells = found.rows.filter(pl.col("column").is_not_null())
    return {
        (json.loads(cell["key"])["year"], cell["column"]): cell
        for cell in cells.iter_rows(named=True)
    }


def test_code_correction_and_source_at_once_are_attributed_and_rebuilt(
    refresh_into: Any,
    corrections: Path,
    sample_copy: Path,
    edit: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: Any,
) -> None:
    refresh_into(tmp_path / "now", sample=sample_copy, only=[ONLY])
    edit(
        sample_copy / "figures/care_spending.csv",
        lambda rows: [r | {"amount_mln_eur": "43752"} if r["year"] == "1999" else r for r in rows],
    )
    (corrections / "example-1998.yaml").write_text(EXAMPLE, "utf-8")
    assets.corrections.corrections.cache_clear()
    other_program(monkeypatch)
    refreshed = refresh_into(tmp_path / "now", sample=sample_copy, only=[ONLY])

    assert refreshed.outcomes == {ONLY: "published"}, refreshed.problems
    found = write_history.read_changes(refreshed.folder(ONLY))
    assert found is not None
    assert {each["cause"] for each in found.summary["factors"]} == {
        "source_revised",
        "code_changed",
        "our_correction",
    }
    cells = changed(refreshed.folder(ONLY))
    by_us, by_source = cells["1998", "amount_eur"], cells["1999", "amount_eur"]
    assert (by_us["cause"], by_us["certain"]) == ("our_correction", True)
    assert by_us["evidence"].startswith("correction example-1998 added (year ")
    assert (by_source["cause"], by_source["certain"]) == ("source_corrected", True)
    assert by_source["evidence"].startswith("cited_figures: capture of ")
    statuses = found.rows.filter(pl.col("column") == "status")
    assert statuses.height > 0
    assert set(statuses["cause"]) == {"code_changed"}
    assert all(" -> beefbeefbeef in assets" in each for each in statuses["evidence"])
    assert set(found.rows["certain"]) == {True}

    # Made again from the archive it takes the same steps, and gives the same bytes.
    state = ["--state", str(refreshed.state)]
    assert main(["verify", str(refreshed.folder(ONLY)), "--rebuild", "--json", *state]) == 0
    (checks,) = json.loads(capsys.readouterr().out)["releases"].values()
    assert "other bytes" not in str(checks)

    # Without the correction again, and with nothing else: then no build is needed to know why.
    (corrections / "example-1998.yaml").unlink()
    assets.corrections.corrections.cache_clear()
    shutil.rmtree(refreshed.state / "refreshed")
    monkeypatch.setattr("pipelines.definitions.build_tables", no_build)
    third = refresh_into(tmp_path / "now", sample=sample_copy, only=[ONLY]).folder(ONLY)
    cell = changed(third)["1998", "amount_eur"]
    assert (cell["cause"], cell["certain"]) == ("our_correction", True)
    assert cell["evidence"].startswith("correction example-1998 dropped")


def no_build(*_: object) -> list[str]:
    pytest.fail("nothing is to be built")


def factor(cause: Any, source: str = "") -> Factor:
    return Factor(cause, f"{cause} {source}", source)


SOURCES = [factor("source_revised", name) for name in ("a", "b", "c", "d")]
CODE_NOW, PROMISE = factor("code_changed"), factor("contract_changed")
OURS = factor("our_correction")


def test_the_way_goes_over_the_program_then_corrections_then_each_source() -> None:
    known = (*SOURCES[:3], PROMISE, CODE_NOW, OURS)
    each = [(source,) for source in SOURCES[:3]]
    assert attribution.stages(known) == [(PROMISE, CODE_NOW), (OURS,), *each]
    assert attribution.stages(()) == []


def test_many_sources_are_one_step_and_a_new_one_belongs_to_the_contract() -> None:
    came = factor("source_revised")
    assert attribution.stages((came, *SOURCES, PROMISE)) == [(PROMISE, came), tuple(SOURCES)]


def test_each_of_several_sources_and_the_code_gets_what_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code makes `a` and `d` 2, one source `b`, the other `c` and then `d`; made by hand here."""
    pytest.importorskip("securesystemslib")

    def rows(*amounts: str) -> Any:
        return ceilings(
            *((name, 2020, each, None) for name, each in zip("abcd", amounts, strict=True))
        )

    shelf = Shelf(tmp_path)
    for version, state, content, code in (
        ("2026.1.1", rows("1", "1", "1", "1"), "then", CODE),
        ("2026.2.1", rows("2", "2", "2", "3"), "now", CODE | {"code_sha256": "beef" * 16}),
    ):
        inputs = [captured(content, f"{version[:4]}-0{version[5]}-01", name) for name in ("x", "y")]
        shelf.publish(version, {"ceilings": state}, inputs=inputs, code=code)
    built = {2: rows("2", "1", "1", "2"), 1: rows("2", "2", "1", "2")}  # stages ahead -> rows
    monkeypatch.setattr(attribution, "_captures_of", lambda *_: {})
    monkeypatch.setattr(
        attribution, "_built", lambda _, __, ___, ahead, *____: {"ceilings": built[len(ahead)]}
    )
    after = release_reader.read(shelf.folders[1])
    steps = attribution.attribute_changes(
        shelf.folders[0], after, Archive(tmp_path / "archive"), no_build
    )
    found = compare(release_reader.read(shelf.folders[0]), after, steps).rows
    assert set(found["certain"]) == {True}
    by_column = dict(zip("abcd", found.sort("key").select("cause", "evidence").rows(), strict=True))
    assert {
        name: (cause, "x:" in why, "y:" in why) for name, (cause, why) in by_column.items()
    } == {
        "a": ("code_changed", False, False),
        "b": ("source_revised", True, False),
        "c": ("source_revised", False, True),
        "d": ("source_revised", False, True),
    }
    assert by_column["d"][1].startswith("code c0dec0dec0de -> beefbeefbeef; y: capture of ")


def test_without_the_earlier_captures_the_evidence_explains_why_nothing_is_certain(
    tmp_path: Path,
) -> None:
    pytest.importorskip("securesystemslib")
    shelf = Shelf(tmp_path / "published")
    shelf.publish("2026.1.1", {"ceilings": ceilings(("a", 2020, "1.00", None))})
    later = CODE | {"code_sha256": "beef" * 16}
    shelf.publish("2026.2.1", {"ceilings": ceilings(("a", 2020, "2.00", None))}, code=later)
    after = release_reader.read(shelf.folders[1])
    steps = attribution.attribute_changes(
        shelf.folders[0], after, Archive(tmp_path / "archive"), no_build
    )
    assert steps.claims.height == 0
    shelf.folders.pop()
    again = shelf.publish("2026.3.1", after.rows, code=later, steps=steps)
    (row,) = again.rows.iter_rows(named=True)
    assert (row["cause"], row["certain"]) == ("source_revised", False)
    assert row["evidence"].endswith(
        "; they cannot be separated, because the capture of made_up of 2026-01-01T00:00:00+00:00 is "
        "no longer in the archive"
    )


def test_one_kind_of_cause_needs_no_steps(tmp_path: Path) -> None:
    pytest.importorskip("securesystemslib")
    shelf = Shelf(tmp_path)
    shelf.publish("2026.1.1", {"ceilings": ceilings(("a", 2020, "1.00", None))})
    shelf.publish("2026.2.1", {"ceilings": ceilings(("a", 2020, "2.00", None))})
    newest = release_reader.read(shelf.folders[1])
    steps = attribution.attribute_changes(
        shelf.folders[0], newest, Archive(tmp_path / "archive"), no_build
    )
    assert (steps.claims.height, steps.obstacle) == (0, "")
