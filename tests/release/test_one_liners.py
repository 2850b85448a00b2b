"""The lines in the READMEs are run as they stand: over a copy, and over HTTP with range requests."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.paths import ROOT
from pipelines.publish.metadata.publication import Publication, publication
from tests.support.releases.published_trees import describe_into, newest
from tests.support.served_folder import FilesServed
from tests.support.validators.environments import run_in

DATASETS = sorted(path.parent.name for path in ROOT.glob("datasets/*/contract.yaml"))
PAGES = ["README.md", "README.nl.md"]
LARGE = "social_domain_budgets"
_BLOCK = re.compile(r"^(.+):\n\n```(\w+)\n(.+)\n```$", re.MULTILINE)


def lines(page: Path) -> dict[str, tuple[str, str]]:
    """Program -> language and code, of all code on the page."""
    found = {name: (language, code) for name, language, code in _BLOCK.findall(page.read_text())}
    assert list(found) == ["DuckDB", "DuckDB in Python", "Polars", "pandas", "pyarrow", "R"]
    assert page.read_text().count("```") == 2 * len(found)
    return found


def rows_and_columns(language: str, code: str) -> tuple[int, int]:
    """What the line leaves in `table`; a statement in SQL is run by DuckDB."""
    names: dict[str, Any] = {}
    if language == "sql":
        names["table"] = duckdb.connect().sql(code)
    else:
        exec(code, names)  # noqa: S102 (our own page)
    rows, columns = names["table"].shape
    return rows, columns


def promised(folder: Path, dataset: str) -> tuple[int, int]:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    return manifest["rows"][dataset], len(package["resources"][0]["schema"]["fields"])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("program", ["DuckDB", "DuckDB in Python", "Polars", "pandas", "pyarrow"])
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_line_reads_the_copy_beside_it(
    described: Path, monkeypatch: pytest.MonkeyPatch, dataset: str, program: str, page: str
) -> None:
    folder = newest(described, dataset)
    monkeypatch.chdir(folder)
    assert rows_and_columns(*lines(folder / page)[program]) == promised(folder, dataset)


def test_a_line_about_a_file_that_is_not_there_fails(
    described: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for program, (language, code) in lines(newest(described, LARGE) / "README.md").items():
        if language != "r":
            with pytest.raises(Exception, match=f"(?i){LARGE}.parquet"):
                rows_and_columns(language, code)
                pytest.fail(program)


# --- over HTTP -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(published: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilesServed]:
    """The releases under the address at which they are served, so that the READMEs name it."""
    folder = tmp_path_factory.mktemp("served") / "published"
    folder.mkdir()
    with FilesServed(folder) as server:
        here = {"base_url": server.address, "status": "confirmed"}
        known = Publication.model_validate(publication().model_dump(mode="json") | here)
        folder.rmdir()
        describe_into(folder, published.published, known)
        yield server


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("program", ["Polars", "pandas", "pyarrow"])
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_line_reads_the_published_address(
    served: FilesServed, dataset: str, program: str, page: str
) -> None:
    folder = newest(served.folder, dataset)
    language, code = lines(folder / page)[program]
    assert served.address in code
    served.log.clear()
    assert rows_and_columns(language, code) == promised(folder, dataset)
    assert {each.status for each in served.log} <= {200, 206}
    assert served.log


def test_a_query_for_two_columns_reads_a_part_of_the_file(served: FilesServed) -> None:
    """So the server does answer ranges, and a reader does ask for them."""
    folder = newest(served.folder, LARGE)
    _, code = lines(folder / "README.md")["Polars"]
    served.log.clear()
    names: dict[str, Any] = {}
    exec(code.replace(".collect()", ".select('year', 'taakveld').collect()"), names)  # noqa: S102
    assert names["table"].shape[1] == 2
    assert {each.status for each in served.log if each.bytes} == {206}
    complete = (folder / f"{LARGE}.parquet").stat().st_size
    assert sum(each.bytes for each in served.log) < complete


# DuckDB fetches its extension for http from the network; here it comes from a package.
WITH_HTTP = """
import sys
from pathlib import Path
import duckdb, duckdb_extension_httpfs
(extension,) = Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
duckdb.execute(f"LOAD '{extension}'")
language, code = sys.argv[1:]
if language == "sql":
    table = duckdb.sql(code)
else:
    exec(code)
print(*table.shape)
"""


@pytest.mark.parametrize("program", ["DuckDB", "DuckDB in Python"])
@pytest.mark.parametrize("dataset", DATASETS)
def test_duckdb_reads_the_published_address(
    served: FilesServed, dataset: str, program: str
) -> None:
    folder = newest(served.folder, dataset)
    served.log.clear()
    answer = run_in("duckdb", "python", "-c", WITH_HTTP, *lines(folder / "README.md")[program])
    assert answer.returncode == 0, answer.stderr
    assert tuple(map(int, answer.stdout.split())) == promised(folder, dataset)
    assert 206 in {each.status for each in served.log}


@pytest.mark.parametrize("dataset", DATASETS)
def test_r_reads_the_copy_beside_it(described: Path, tmp_path: Path, dataset: str) -> None:
    if not shutil.which("Rscript"):
        pytest.skip("no R here: the line for R was not run")
    import subprocess

    with_arrow = ["Rscript", "-e", "library(arrow)"]
    if subprocess.run(with_arrow, capture_output=True, check=False).returncode:  # noqa: S603
        pytest.skip("R has no package arrow here: the line for R was not run")
    folder = newest(described, dataset)
    _, code = lines(folder / "README.md")["R"]
    answer = subprocess.run(  # noqa: S603
        ["Rscript", "-e", f"{code}; cat(dim(table))"],  # noqa: S607
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert tuple(map(int, answer.stdout.split())) == promised(folder, dataset)
