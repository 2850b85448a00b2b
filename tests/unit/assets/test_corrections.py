"""Corrections: one cell, under guard, and loud when the source says something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assets.corrections import (
    CORRECTIONS,
    Correction,
    CorrectionOutcome,
    apply,
    from_records,
    load,
    published,
    require_tables,
)
from expectations.errors import VoorkantError

RAW = pl.DataFrame(
    {
        "region": ["A ", "B", None, "B"],
        "part": ["x", "x", "x", "y"],
        "amount": ["10", "", None, "30"],
        "_capture": ["c1", "c1", "c1", "c2"],
        "_locator": ["row 1", "row 2", "row 3", "row 4"],
    }
)


def correction(**changed: Any) -> Correction:
    about: dict[str, Any] = {
        "id": "a-ten",
        "source": "cited_figures",
        "table": "example",
        "cell": {"row": {"region": "A "}, "column": "amount"},
        "before": "10",
        "after": "1000",
        "reason": "Printed in hundreds.",
        "evidence": [{"document": "Erratum", "place": "page 2"}],
        "status": "confirmed",
    }
    return Correction.model_validate(about | changed)


def cell(column: str = "amount", **row: str | None) -> dict[str, Any]:
    return {"row": row, "column": column}


def applied(*corrections: Correction) -> tuple[pl.DataFrame, list[CorrectionOutcome]]:
    frame, outcomes = apply(RAW.lazy(), corrections)
    return frame.collect(), outcomes


def test_a_standing_correction_changes_one_cell_and_nothing_else() -> None:
    frame, (outcome,) = applied(correction())
    assert frame["amount"].to_list() == ["1000", "", None, "30"]
    assert frame.drop("amount").equals(RAW.drop("amount"))
    assert outcome == CorrectionOutcome(correction(), "applied", 1, "10", "c1", "row 1")
    assert outcome.error() is None


@pytest.mark.parametrize(
    ("before", "after", "served", "outcome"),
    [
        ("9", "10", "10", "mended"),
        ("9", "8", "10", "changed"),
        ("10 ", "8", "10", "changed"),
        (None, "8", "10", "changed"),
    ],
)
def test_a_correction_of_what_the_source_no_longer_says_does_nothing_but_tell(
    before: str | None, after: str, served: str, outcome: str
) -> None:
    frame, (found,) = applied(correction(before=before, after=after))
    assert frame.equals(RAW)
    assert (found.outcome, found.served) == (outcome, served)
    error = found.error()
    assert error is not None
    assert error.code == "VK-R001"
    assert f'"{served}"' in error.problem
    assert ("remove the file." in error.remedy) == (outcome == "mended")


@pytest.mark.parametrize(
    ("region", "part", "before"), [("B", "x", ""), (None, "x", None)], ids=["empty", "missing"]
)
def test_an_empty_cell_is_not_a_missing_one(
    region: str | None, part: str, before: str | None
) -> None:
    here = cell(region=region, part=part)
    other = "" if before is None else None
    frame, (outcome,) = applied(correction(cell=here, before=before, after="5"))
    assert (outcome.outcome, frame["amount"].to_list().count("5")) == ("applied", 1)
    frame, (outcome,) = applied(correction(cell=here, before=other, after="5"))
    assert (outcome.outcome, frame.equals(RAW)) == ("changed", True)


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        (cell(region="A"), 0),  # the source pads it
        (cell(region="B"), 2),
        (cell(province="A "), 0),
        (cell("total", region="A "), 0),
    ],
    ids=["no row", "two rows", "no key column", "no column"],
)
def test_a_cell_that_is_not_there_once_is_told(where: dict[str, Any], rows: int) -> None:
    frame, (outcome,) = applied(correction(cell=where))
    assert frame.equals(RAW)
    assert (outcome.outcome, outcome.rows, outcome.served) == ("not_found", rows, None)
    error = outcome.error()
    assert error is not None
    assert (error.code, f"{rows} times" in error.problem) == ("VK-R002", True)


def test_corrections_read_what_was_served_and_not_each_other() -> None:
    renamed = correction(id="a-name", cell=cell("region", region="A "), before="A ", after="B")
    frame, outcomes = applied(renamed, correction())
    assert [each.outcome for each in outcomes] == ["applied", "applied"]
    assert frame.row(0) == ("B", "x", "1000", "c1", "row 1")


def test_what_a_release_published_of_its_corrections_applies_them_again() -> None:
    gone = correction(id="b-gone", cell=cell(region="Z"))
    frame, outcomes = applied(correction(), gone)
    again = from_records(published(each.record() for each in outcomes))
    assert [each.id for each in again["raw_cited_figures__example"]] == ["a-ten"]
    twice, _ = applied(*again["raw_cited_figures__example"])
    assert twice.equals(frame)
    assert not twice.equals(RAW)


def test_what_is_published_says_it_all_and_is_the_same_in_any_order() -> None:
    _, outcomes = applied(correction(), correction(id="b-gone", cell=cell(region="Z")))
    records = [each.record() for each in outcomes]
    frame = published([*records, *records])
    assert frame.equals(published(reversed(records)))
    assert frame.schema == CORRECTIONS == published([]).schema
    first, second = frame.to_dicts()
    assert first == {
        "id": "a-ten",
        "source": "cited_figures",
        "table": "example",
        "cell": 'region "A ": amount',
        "before": "10",
        "after": "1000",
        "reason": "Printed in hundreds.",
        "evidence": "Erratum, page 2",
        "status": "confirmed",
        "outcome": "applied",
        "served": "10",
        "capture_sha256": "c1",
        "locator": "row 1",
    }
    assert (second["outcome"], second["locator"]) == ("not_found", None)


TEXTS = st.none() | st.text(max_size=4)


@given(st.lists(TEXTS, min_size=1, max_size=6), st.data())
def test_the_guard_decides_for_any_text(amounts: list[str | None], data: st.DataObject) -> None:
    keys = [str(number) for number in range(len(amounts))]
    columns = {"key": keys, "amount": amounts, "_capture": keys, "_locator": keys}
    raw = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))
    key = data.draw(st.sampled_from(keys))
    before = data.draw(TEXTS | st.just(amounts[int(key)]))
    after = data.draw(TEXTS.filter(lambda text: text != before))
    frame, (outcome,) = apply(
        raw.lazy(), [correction(cell=cell(key=key), before=before, after=after)]
    )
    stands = amounts[int(key)] == before
    expected = [
        after if stands and key == here else text for here, text in zip(keys, amounts, strict=True)
    ]
    assert frame.collect()["amount"].to_list() == expected
    assert (outcome.outcome == "applied") == stands == (outcome.error() is None)


# --- the files -----------------------------------------------------------------------------------


def write(folder: Path, *corrections: Correction, **raw: Any) -> Path:
    for each in corrections:
        content = each.model_dump(mode="json") | raw
        (folder / f"{each.id}.yaml").write_text(yaml.safe_dump(content), "utf-8")
    return folder


def test_files_are_read_per_raw_table(tmp_path: Path) -> None:
    other = correction(id="b-ten", cell=cell(region="B "), before=None)
    folder = write(tmp_path, other, correction())
    assert load(folder) == {"raw_cited_figures__example": (correction(), other)}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"before": 10}, "before"),
        ({"after": "10"}, "same as before"),
        ({"id": "another"}, "differs from the name"),
        ({"source": "elsewhere"}, "no source 'elsewhere'"),
        ({"evidence": []}, "evidence"),
        ({"status": "probable"}, "status"),
        ({"cell": cell()}, "row"),
        ({"cell": cell(_locator="row 1")}, "'_locator'"),
        ({"cell": cell("region", region="A "), "before": "A"}, "another text in 'region'"),
        ({"approved": True}, "approved"),
    ],
)
def test_a_file_that_is_no_correction_is_refused(
    tmp_path: Path, changed: dict[str, Any], found: str
) -> None:
    with pytest.raises(VoorkantError) as refusal:
        load(write(tmp_path, correction(), **changed))
    assert refusal.value.code == "VK-C005"
    assert found in refusal.value.problem
    assert "a-ten.yaml:" in refusal.value.where


@pytest.mark.parametrize(
    ("row", "found"),
    [({"region": "A "}, "the same cell"), ({"part": "x"}, "by other columns")],
)
def test_two_corrections_of_what_may_be_one_cell_are_refused(
    tmp_path: Path, row: dict[str, str], found: str
) -> None:
    twice = correction(id="b-ten", cell=cell(**row), after="5")
    with pytest.raises(VoorkantError) as refusal:
        load(write(tmp_path, correction(), twice))
    assert refusal.value.code == "VK-C005"
    assert found in refusal.value.problem


def test_a_correction_of_a_table_that_does_not_exist_is_not_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planted = {correction().raw: (correction(),)}
    monkeypatch.setattr("assets.corrections.corrections", lambda: planted)
    require_tables(["raw_cited_figures__example"])
    with pytest.raises(VoorkantError) as refusal:
        require_tables(["raw_cited_figures__exemple"])
    assert refusal.value.code == "VK-C005"
    assert "raw_cited_figures__example" in refusal.value.problem
