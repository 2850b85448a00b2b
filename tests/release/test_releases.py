"""Releases: the same figures give the same bytes, and what was published is never touched again."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import polars as pl
import pytest

from assets.framework.resources import SourceArchive, TableStore
from expectations.contract import contract
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from expectations.report import files as report_files
from pipelines.cli.main import main
from pipelines.publish import canonical_files
from pipelines.publish.published import Publications
from pipelines.publish.publisher import Publisher
from pipelines.publish.store.local import LocalStorage
from pipelines.publish.store.log import History, Log, Release
from pipelines.runtime.table_run import build_tables
from pipelines.verify import checks as verification
from tests.support.material import MATERIAL
from tests.support.validators.environments import another_python

STANDARD = MATERIAL.parent / "standards/datapackage-2.0"
# The smallest dataset that is made from one source: enough to show how a release behaves.
SMALL = "care_spending"
DATASETS = sorted(path.parent.name for path in ROOT.glob("datasets/*/contract.yaml"))


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def logged(published: Path) -> History:
    return Log(LocalStorage(published)).read()


def refused(call: Any) -> VoorkantError:
    with pytest.raises(VoorkantError) as refusal:
        call()
    return refusal.value


def raise_one_figure(edit: Any, sample: Path, by: str = "40679") -> None:
    """1998 gets another amount."""
    edit(
        sample / "figures/care_spending.csv",
        lambda rows: [r | {"amount_mln_eur": by} if r["year"] == "1998" else r for r in rows],
    )


# --- the same bytes ------------------------------------------------------------------------------


def test_another_python_day_place_order_and_environment_give_the_same_bytes(
    published: Any, run: Any, tmp_path: Path
) -> None:
    """The whole pipeline again in another process (`run_elsewhere.py` says what differs there).

    Where a machine has one Python only, all but that differs.
    """
    other = another_python()
    answer = run(
        other.program("python") if other else Path("python"),
        "-m",
        "tests.support.releases.run_elsewhere",
        "refresh",
        *("--published", tmp_path / "published", "--state", tmp_path / "state"),
        POLARS_MAX_THREADS="1",
        PYTHONHASHSEED="13",
        PYTHONUTF8="0",
        LC_ALL="C",
        TZ="Pacific/Auckland",
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    manifest = f"data/{SMALL}/{published.manifest(SMALL)['version']}/manifest.json"
    code = json.loads((tmp_path / "published" / manifest).read_text("utf-8"))["code"]
    assert code == published.manifest(SMALL)["code"], "somebody edited the code during this test"
    ours, theirs = hashes(published.published), hashes(tmp_path / "published")
    assert len(ours) > 50
    differ = {name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)}
    # The log alone says who published, and by way of which staged files; of the rest it says the same.
    assert {name for name in differ if not name.startswith("log/")} == set()

    def released(folder: Path) -> list[Release]:
        releases = logged(folder).releases()
        return [msgspec.structs.replace(each, attempt="", staged="") for each in releases]

    assert len(released(published.published)) == len(DATASETS)
    assert released(published.published) == released(tmp_path / "published")


def test_the_order_of_the_input_does_not_matter(
    published: Any, refresh_into: Any, sample_copy: Path, tmp_path: Path
) -> None:
    shuffle = random.Random(1998).shuffle  # noqa: S311 (no secret)
    for name in ("care_spending", "inhabitants", "municipalities_by_year", "regions", "workforce"):
        path = sample_copy / f"figures/{name}.csv"
        head, *rows = path.read_text("utf-8").splitlines(keepends=True)
        shuffle(rows)
        path.write_text(head + "".join(rows), "utf-8")
    only = [SMALL, "municipalities", "social_workforce"]
    shuffled = refresh_into(tmp_path / "shuffled", sample=sample_copy, only=only)
    for dataset in only:
        ours, theirs = published.manifest(dataset), shuffled.manifest(dataset)
        assert theirs["inputs"] != ours["inputs"], "nothing was shuffled"
        assert theirs["content_sha256"] == ours["content_sha256"], dataset
        # Only where a failing row stands in its capture is another place.
        places = "validation/failure.parquet"
        data = {
            name: about
            for name, about in ours["files"].items()
            if ".parquet" in name and name != places
        }
        assert data
        assert {name: theirs["files"][name] for name in data} == data


# --- again, and after a change -------------------------------------------------------------------


@pytest.fixture(scope="module")
def first(refresh_into: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One small release. Tests work in a copy of its folder."""
    return refresh_into(tmp_path_factory.mktemp("first"), only=[SMALL])


@pytest.fixture
def folder(first: Any, tmp_path: Path) -> Path:
    """A copy of the first release and its state."""
    copy = tmp_path / "copy"
    shutil.copytree(first.published, copy / "published")
    for part in ("archive", "tables", "reports"):
        shutil.copytree(first.state / part, copy / "state" / part)
    return copy


def test_a_second_refresh_publishes_nothing_and_reports_it(
    refresh_into: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hashes(folder / "published")
    # The copy has no memory of a refresh, so this one builds everything and finds the same content.
    built = refresh_into(folder, only=[SMALL])
    assert (built.outcomes, built.report.nothing_changed) == ({SMALL: "unchanged"}, False)
    again = refresh_into(folder, only=[SMALL])
    assert (again.outcomes, again.report.nothing_changed) == ({SMALL: "unchanged"}, True)
    folders = ["--published", str(folder / "published"), "--state", str(folder / "state")]
    assert main(["refresh", "--only", SMALL, *folders]) == 0
    assert "Nothing changed since the last refresh" in capsys.readouterr().out
    shutil.rmtree(folder / "state/refreshed")
    forced = refresh_into(folder, only=[SMALL])
    assert (forced.outcomes, forced.report.nothing_changed) == ({SMALL: "unchanged"}, False)
    assert hashes(folder / "published") == before


def test_a_changed_figure_gives_the_next_version_beside_the_old_one(
    refresh_into: Any, folder: Path, sample_copy: Path, edit: Any, first: Any
) -> None:
    data = folder / "published/data"
    before = hashes(data)
    raise_one_figure(edit, sample_copy)
    changed = refresh_into(folder, sample=sample_copy, only=[SMALL])
    assert changed.outcomes == {SMALL: "published"}
    old, new = first.manifest(SMALL)["version"], changed.manifest(SMALL)["version"]
    assert old.rpartition(".")[0] == new.rpartition(".")[0]
    assert int(new.rpartition(".")[2]) == int(old.rpartition(".")[2]) + 1
    assert before.items() <= hashes(data).items()
    catalogue = json.loads((folder / "published/catalog.json").read_text("utf-8"))
    (entry,) = catalogue["datasets"]
    assert entry["latest"] == new
    assert [each["version"] for each in entry["versions"]] == [old, new]
    query = f"SELECT amount_eur::VARCHAR FROM {SMALL}.{SMALL} WHERE year = 1998"  # noqa: S608
    assert changed.value(query) == "40679000000.00"
    assert first.value(query) == "40678000000.00"


def test_a_figure_that_goes_back_is_a_new_version_too(
    refresh_into: Any, folder: Path, sample_copy: Path, edit: Any, first: Any
) -> None:
    raise_one_figure(edit, sample_copy)
    refresh_into(folder, sample=sample_copy, only=[SMALL])
    back = refresh_into(folder, only=[SMALL])
    assert back.outcomes == {SMALL: "published"}
    assert back.manifest(SMALL)["content_sha256"] == first.manifest(SMALL)["content_sha256"]
    assert len(logged(folder / "published").releases(SMALL)) == 3


def test_a_catalogue_that_was_lost_is_made_again(refresh_into: Any, folder: Path) -> None:
    path = folder / "published/catalog.json"
    before = path.read_bytes()
    path.unlink()
    # A folder that is no release may lie there without harm.
    (folder / "published/data/notes").mkdir()
    refresh_into(folder, only=[SMALL])
    assert path.read_bytes() == before


# --- what can go wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["altered", "missing", "manifest"])
@pytest.mark.parametrize("remembered", [True, False], ids=["quick look", "after a build"])
def test_a_published_file_that_was_altered_is_reported(
    refresh_into: Any,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    how: str,
    remembered: bool,
) -> None:
    refresh_into(folder, only=[SMALL])
    if not remembered:
        shutil.rmtree(folder / "state/refreshed")
    (path,) = (folder / "published/data").rglob(f"{SMALL}.csv.gz")
    if how == "manifest":
        # The manifest still says the truth about all others.
        path = path.with_name("manifest.json")
        path.write_text(path.read_text("utf-8") + " ", "utf-8")
    elif how == "altered":
        rows = gzip.decompress(path.read_bytes())
        assert b"40678000000" in rows
        path.write_bytes(gzip.compress(rows.replace(b"40678000000", b"40678000001")))
    else:
        path.unlink()
    folders = ["--published", str(folder / "published"), "--state", str(folder / "state")]
    assert main(["refresh", "--only", SMALL, *folders]) == 1
    output = capsys.readouterr()
    assert "VK-P002" in output.out + output.err
    assert path.name in output.out + output.err
    assert main(["status", *folders, "--json"]) == 1
    (altered,) = json.loads(capsys.readouterr().out)["altered"]
    assert altered["code"] == "VK-P002"


def test_an_older_release_does_not_stand_in_for_a_lost_one(
    refresh_into: Any, folder: Path, sample_copy: Path, edit: Any
) -> None:
    raise_one_figure(edit, sample_copy)
    newest = refresh_into(folder, sample=sample_copy, only=[SMALL])
    shutil.rmtree(newest.folder(SMALL))
    again = ["refresh", "--only", SMALL, "--sample", str(sample_copy)]
    folders = ["--published", str(folder / "published"), "--state", str(folder / "state")]
    assert main([*again, *folders]) == 1
    assert main(["status", *folders]) == 1


def publish(folder: Path) -> Any:
    state = str(folder / "state")
    return Publisher(published=str(folder / "published"), state=state).publish(
        contract(SMALL),
        TableStore(state=state),
        SourceArchive(state=state, sample=str(ROOT / "sample"), drop=str(folder / "drop")),
        attempt="a test",
        build_tables=build_tables,
    )


@pytest.mark.parametrize("kind", ["", ".quarantine"], ids=["kept rows", "rows set aside"])
@pytest.mark.parametrize("how", ["altered", "missing"])
def test_rows_that_were_not_audited_are_not_published(folder: Path, kind: str, how: str) -> None:
    assert publish(folder).changed is False
    path = folder / f"state/tables/{SMALL}{kind}.parquet"
    if how == "altered":
        frame = pl.read_parquet(path)
        pl.concat([frame, frame.clear(1)]).write_parquet(path)
    else:
        path.unlink()
    before = hashes(folder / "published")
    error = refused(lambda: publish(folder))
    assert error.code == "VK-P003"
    assert hashes(folder / "published") == before


def test_content_that_is_there_already_makes_no_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a file was made")

    monkeypatch.setattr(canonical_files, "write_all", refuse)
    monkeypatch.setattr(report_files, "write", refuse)
    before = hashes(folder / "published")
    assert publish(folder).changed is False
    assert hashes(folder / "published") == before


def test_a_table_without_an_audit_is_not_published(folder: Path) -> None:
    (folder / f"state/tables/core_{SMALL}__figures.audit.json").unlink()
    assert refused(lambda: publish(folder)).code == "VK-P003"


@pytest.mark.parametrize("name", ["run", "rule", "failure"])
def test_a_report_of_another_audit_is_not_published(folder: Path, name: str) -> None:
    path = folder / f"state/reports/core_{SMALL}__figures/{name}.parquet"
    frame = pl.read_parquet(path)
    pl.concat([frame, frame.clear(1)]).write_parquet(path)
    assert refused(lambda: publish(folder)).code == "VK-P003"


def test_a_folder_that_cannot_be_written_is_reported(refresh_into: Any, tmp_path: Path) -> None:
    # A file where the folder should be: not even an administrator can write below it.
    (tmp_path / "published").write_text("not a folder", "utf-8")
    answer = refresh_into(tmp_path, only=[SMALL])
    assert answer.outcomes == {SMALL: "blocked"}
    assert "VK-P001" in answer.problems
    assert "Traceback" not in answer.problems


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator may write in a read-only folder")
def test_a_read_only_folder_is_reported(folder: Path) -> None:
    shutil.rmtree(folder / "published")
    (folder / "published").mkdir()
    (folder / "published").chmod(0o500)
    try:
        assert refused(lambda: publish(folder)).code == "VK-P001"
    finally:
        (folder / "published").chmod(0o700)


def test_a_half_made_release_is_not_seen(folder: Path, first: Any) -> None:
    half = folder / f"published/data/{SMALL}/2099.1.1"
    half.mkdir()
    (half / f"{SMALL}.parquet").write_bytes(b"")
    newest = Publications.at(folder / "published", folder / "state").newest(SMALL)
    assert newest
    assert newest.version == first.manifest(SMALL)["version"]


# --- what a release holds ------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", DATASETS)
def test_sha256sum_accepts_the_release(published: Any, dataset: str) -> None:
    folder = published.folder(dataset)
    answer = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"],  # noqa: S607 (a tool every reader has)
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    listed = {line.split("  ", 1)[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    present = set(hashes(folder))
    assert present - listed == {"SHA256SUMS"}


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_manifest_describes_every_file(published: Any, dataset: str) -> None:
    folder = published.folder(dataset)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    present = hashes(folder)
    others = {n: each for n, each in present.items() if n not in ("manifest.json", "SHA256SUMS")}
    assert {name: about["sha256"] for name, about in manifest["files"].items()} == others
    release = logged(published.published).find(dataset, manifest["version"])
    assert release is not None
    assert {name: about.sha256 for name, about in release.files.items()} == present
    for name, about in manifest["files"].items():
        assert about["bytes"] == (folder / name).stat().st_size
    for each in manifest["inputs"]:
        for response in each["responses"]:
            body = published.state / "archive/objects" / response["sha256"][:2] / response["sha256"]
            assert hashlib.sha256(body.read_bytes()).hexdigest() == response["sha256"]


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_data_package_follows_the_standard(published: Any, dataset: str) -> None:
    if not STANDARD.is_dir():
        pytest.skip("the Data Package standard is not next to the repository (../shared)")
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((STANDARD / "datapackage.json").read_text("utf-8"))
    package = json.loads((published.folder(dataset) / "datapackage.json").read_text("utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(package)] == []
    for resource in package["resources"]:
        path = published.folder(dataset) / resource["path"]
        assert resource["bytes"] == path.stat().st_size
        assert resource["hash"] == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.mark.parametrize("dataset", DATASETS)
def test_csv_and_parquet_hold_the_same_rows(published: Any, dataset: str) -> None:
    connection = duckdb.connect()
    for table in contract(dataset).published:
        parquet = published.folder(dataset) / f"{table.name}.parquet"
        connection.execute(f"CREATE OR REPLACE TABLE record AS FROM read_parquet('{parquet}')")
        types = connection.execute(
            "SELECT column_name, column_type FROM (DESCRIBE record)"
        ).fetchall()
        columns = ", ".join(f'"{name}"::{kind} AS "{name}"' for name, kind in types)
        # A reader that guesses may look at too few rows to see a quoted cell.
        options = "header = true, all_varchar = true, nullstr = '', quote = '\"'"
        csv = parquet.with_suffix(".csv.gz")
        query = f"SELECT {columns} FROM read_csv('{csv}', {options})"  # noqa: S608
        text = connection.execute(query).fetchall()
        assert text == connection.execute("FROM record").fetchall(), parquet.name


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_validation_report_is_the_same_in_every_form(published: Any, dataset: str) -> None:
    folder = published.folder(dataset)
    report = json.loads((folder / "validation.json").read_text("utf-8"))
    pages = [
        (folder / f"validation.{language}.html").read_text("utf-8") for language in ("nl", "en")
    ]
    for name in ("run", "rule", "failure"):
        frame = pl.read_parquet(folder / f"validation/{name}.parquet")
        assert len(report[name]) == frame.height, name
        rows = zip(report[name], frame.iter_rows(named=True), strict=True)
        assert all(str(a[key]) == str(b[key]) for a, b in rows for key in b), name
    for run in report["run"]:
        assert run["read"] == run["kept"] + run["quarantined"]
        conserved = [
            r for r in report["rule"] if r["rule_id"].endswith(f"-{run['table']}-conserved")
        ]
        assert [(rule["judged"], rule["passed"]) for rule in conserved] == [(run["read"], True)]
    for rule in report["rule"]:
        key = (rule["table"], rule["rule_id"])
        keys = [f for f in report["failure"] if (f["table"], f["rule_id"]) == key]
        assert len(keys) == rule["failed"], "every failing key is there"
        assert all(rule["rule_id"] in page for page in pages)
    checks = published.manifest(dataset)["checks"]
    assert checks["passed"] == sum(rule["passed"] for rule in report["rule"])


def test_no_page_asks_another_host_for_anything(published: Any) -> None:
    pages = [*published.published.rglob("*.html"), *published.state.glob("reports/*/*.html")]
    assert len(pages) > 2 * len(DATASETS)
    for page in pages:
        text = page.read_text("utf-8")
        assert "default-src 'none'" in text
        assert not any(each in text for each in (" src=", " href=", "url(", "@import", "<script"))


def test_no_file_holds_a_path_of_this_machine(published: Any) -> None:
    ours = [str(ROOT).encode(), str(published.state).encode(), str(published.published).encode()]
    named = [
        path.name
        for path in published.published.rglob("*")
        if path.is_file() and any(place in path.read_bytes() for place in ours)
    ]
    assert named == []


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_release_is_what_verification_expects(published: Any, dataset: str) -> None:
    checks = verification.verify(published.folder(dataset))
    assert [each for each in checks if each.outcome == "failed"] == []
    assert [each.name for each in checks if each.outcome == "skipped"] == ["signature"]


def test_damage_in_a_folder_of_a_release_is_found(folder: Path, first: Any) -> None:
    release = folder / "published/data" / SMALL / first.manifest(SMALL)["version"]
    assert verification.passed(verification.verify(release))
    (release / "validation/extra.parquet").write_bytes(b"")
    (release / "validation/rule.parquet").write_bytes(b"")
    (check,) = [each for each in verification.verify(release) if each.name == "bytes"]
    assert check.problems == (
        "validation/rule.parquet: not the bytes that were published",
        "validation/extra.parquet: not listed in the manifest",
    )
