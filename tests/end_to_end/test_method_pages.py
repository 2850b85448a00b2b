"""The pages of method: in both languages, with a query that runs in a release and a picture that is true."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from typing import Any

import duckdb
import pytest

from expectations.paths import ROOT
from pipelines.handbook import method_pictures
from pipelines.publish.method_pages import method

METHOD = ROOT / "docs" / "method"
PAGES = sorted(METHOD.glob("*.*.md"))
DATASETS = sorted({page.name.split(".")[0] for page in PAGES} - {"README"})
PICTURES = method_pictures.pictures()
LINK = re.compile(r"\]\(([^)]+)\)")


def page(dataset: str, language: str) -> str:
    return (METHOD / f"{dataset}.{language}.md").read_text("utf-8")


def test_every_page_has_both_languages_and_a_picture_and_is_in_both_indexes() -> None:
    assert set(PICTURES) == set(DATASETS)
    indexes = {"nl": "README.nl.md", "en": "README.md"}
    for language, index in indexes.items():
        text = (METHOD / index).read_text("utf-8")
        linked = set(re.findall(rf"\((\w+)\.{language}\.md\)", text))
        assert linked == set(DATASETS)


@pytest.mark.parametrize("dataset", DATASETS)
def test_both_languages_tell_the_same_in_the_same_order(dataset: str) -> None:
    dutch, english = (page(dataset, language) for language in method_pictures.LANGUAGES)
    assert [len(re.findall(mark, dutch, re.M)) for mark in (r"^#", r"^\* ", r"^```")] == [
        len(re.findall(mark, english, re.M)) for mark in (r"^#", r"^\* ", r"^```")
    ]
    queries = [re.findall(r"```sql\n(.*?)```", text, re.S) for text in (dutch, english)]
    assert queries[0] == queries[1]
    assert len(queries[0]) == 1


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_query_of_a_page_runs_in_the_folder_of_a_release(
    dataset: str, published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(published.folder(dataset))
    (query,) = re.findall(r"```sql\n(.*?)```", page(dataset, "en"), re.S)
    with duckdb.connect() as connection:
        assert connection.execute(query).fetchall()


@pytest.mark.parametrize("dataset", DATASETS)
def test_links_of_a_page_hold_in_the_release_too(dataset: str, published: Any) -> None:
    folder = published.folder(dataset)
    for language in method_pictures.LANGUAGES:
        reported = (folder / f"method.{language}.md").read_text("utf-8")
        assert f"method.{language}.svg" in LINK.findall(reported)
        assert [link for link in LINK.findall(reported) if not (folder / link).exists()] == []
    assert "(method.nl.md)" in (folder / "README.nl.md").read_text("utf-8")
    assert "(method.en.md)" in (folder / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_the_numbers_of_a_picture_are_those_of_the_release(name: str, published: Any) -> None:
    found = method_pictures.table(method_pictures.connected(published.published), PICTURES[name])
    assert (method_pictures.PICTURES / f"{name}.csv").read_text("utf-8") == found, "run make docs"


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("language", method_pictures.LANGUAGES)
def test_a_picture_is_drawn_from_the_numbers_beside_it(name: str, language: str) -> None:
    numbers = (method_pictures.PICTURES / f"{name}.csv").read_text("utf-8")
    drawn = (method_pictures.PICTURES / f"{name}.{language}.svg").read_text("utf-8")
    assert f'data-sha256="{hashlib.sha256(numbers.encode()).hexdigest()}"' in drawn
    title = PICTURES[name]["title"][language]
    assert f'<title id="title">{title}</title>' in drawn
    # The description has the last number of every series, or every bar.
    desc = drawn[drawn.index("<desc ") : drawn.index("</desc>")]
    last = {row[0]: row[-1] for row in csv.reader(io.StringIO(numbers))}
    last.pop(next(iter(last)))
    assert all(method_pictures.formatted(float(value), language) in desc for value in last.values())


def test_a_picture_is_the_same_twice() -> None:
    picture = PICTURES["social_base_inequality"]
    numbers = (method_pictures.PICTURES / "social_base_inequality.csv").read_text("utf-8")
    drawn = [method_pictures.draw(picture, numbers, "nl") for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert "<dc:date>" not in drawn[0]


def test_a_line_is_open_where_a_year_is_missing_or_a_series_ends() -> None:
    points = [(2017.0, 1.0), (2018.0, 2.0), (2020.0, 3.0), (2021.0, 4.0), (2022.0, 5.0)]
    marks = [{"x": 2020.5, "cuts": True}, {"x": 2021.5}]
    assert method_pictures._unbroken(points, marks) == [points[:2], points[2:3], points[3:]]


def test_a_dataset_without_a_page_has_none_in_its_release() -> None:
    assert method("care_spending") == {}
