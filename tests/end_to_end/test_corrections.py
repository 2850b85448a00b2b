"""A correction on the whole road: raw keeps the source, the release has the correction, the guard is loud."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import assets.corrections
import assets.raw.figures
from tests.support.releases.planted_correction import EXAMPLE

ONLY = ["care_spending", "social_workforce"]


@pytest.fixture
def corrected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The project with that correction; its checks are declared when the raw tables are loaded."""
    folder = tmp_path / "corrections"
    folder.mkdir()
    (folder / "example-1998.yaml").write_text(EXAMPLE, "utf-8")

    def reloaded() -> None:
        assets.corrections.corrections.cache_clear()
        importlib.reload(assets.raw.figures)

    with monkeypatch.context() as patched:
        patched.setattr(assets.corrections, "FOLDER", folder)
        reloaded()
        yield
    reloaded()


def amount(refreshed: Any) -> Any:
    return refreshed.value("SELECT amount_eur FROM care_spending.care_spending WHERE year = 1998")


def found(refreshed: Any, dataset: str = "care_spending") -> list[tuple[Any, ...]]:
    return refreshed.sql(f"SELECT id, outcome, served, locator FROM {dataset}.corrections")  # noqa: S608


def raw(refreshed: Any) -> pl.DataFrame:
    return pl.read_parquet(refreshed.state / "tables/raw_cited_figures__care_spending.parquet")


@pytest.mark.usefixtures("corrected")
def test_a_standing_correction_is_applied_after_raw_and_published_where_it_reaches(
    refresh_into: Any, tmp_path: Path
) -> None:
    refreshed = refresh_into(tmp_path / "now", only=ONLY)
    assert refreshed.report.exit_code == 0, refreshed.problems
    assert amount(refreshed) == 40_687_000_000
    ((_, outcome, served, locator),) = found(refreshed)
    assert (outcome, served) == ("applied", "40678")
    (as_served,) = raw(refreshed).filter(_locator=locator).to_dicts()
    assert as_served["amount_mln_eur"] == "40678", "raw keeps what the source says"
    # The published table reads only core; what corrected core is handed on to it.
    assert [c["id"] for c in refreshed.audit("care_spending")["corrections"]] == ["example-1998"]
    assert found(refreshed, "social_workforce") == [], "its tables do not read that one"


@pytest.mark.usefixtures("corrected")
def test_a_mended_source_is_used_as_served_and_told_until_somebody_looks(
    refresh_into: Any, sample_copy: Path, edit: Any, tmp_path: Path
) -> None:
    edit(
        sample_copy / "figures/care_spending.csv",
        lambda rows: [r | {"amount_mln_eur": "40687"} if r["year"] == "1998" else r for r in rows],
    )
    for _ in range(2):
        refreshed = refresh_into(tmp_path / "now", sample=sample_copy, only=["care_spending"])
        (problem,) = refreshed.report.corrections
        assert problem.where == "raw_cited_figures__care_spending"
        assert problem.text.startswith("VK-R001")
        assert refreshed.report.exit_code == 1
        assert not refreshed.report.nothing_changed
    assert amount(refreshed) == 40_687_000_000
    ((_, outcome, served, _),) = found(refreshed)
    assert (outcome, served) == ("mended", "40687")
    assert refreshed.manifest("care_spending")["corrections"] == {"example-1998": "mended"}


@pytest.mark.usefixtures("corrected")
def test_a_row_that_is_gone_is_told(
    refresh_into: Any, sample_copy: Path, edit: Any, tmp_path: Path
) -> None:
    edit(
        sample_copy / "figures/care_spending.csv",
        lambda rows: [row for row in rows if row["year"] != "1998"],
    )
    refreshed = refresh_into(tmp_path / "now", sample=sample_copy, only=["care_spending"])
    (problem,) = refreshed.report.corrections
    assert problem.text.startswith("VK-R002")
    assert found(refreshed) == [("example-1998", "not_found", None, None)]
    assert refreshed.outcomes == {"care_spending": "published"}


def test_without_corrections_every_release_says_so(published: Any) -> None:
    assert assets.corrections.corrections() == {}, "this test was written before there were any"
    for each in published.report.datasets:
        frame = pl.read_parquet(published.folder(each.dataset) / "corrections.parquet")
        assert (frame.height, frame.schema) == (0, assets.corrections.CORRECTIONS)
