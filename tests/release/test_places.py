"""Publications in a folder and in S3: every command reads both alike, also after a withdrawal."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from expectations.errors import VoorkantError
from pipelines.cli.main import main
from pipelines.publish import portal_catalogue
from pipelines.publish.published import Publications
from pipelines.publish.store.commit import publish
from pipelines.publish.store.local import LocalStorage
from pipelines.publish.store.open_storage import storage_at
from pipelines.publish.store.storage import Storage
from pipelines.refresh.refresh import refresh
from pipelines.refresh.report import RefreshReport
from pipelines.runtime.progress import ProgressHandler
from pipelines.runtime.settings import Settings
from tests.support.crash.power_cuts import candidate
from tests.support.releases.published_trees import publish_again
from tests.support.s3 import S3, Between, available

SERVER = "localbucket"
SMALL = "care_spending"
LATER = "2099.1.1"
WHY = "Two columns were swapped."
pytestmark = pytest.mark.skipif(not available(SERVER), reason=f"needs obstore and {SERVER}")
RunCommand = Callable[..., Any]


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with S3(SERVER) as running, pytest.MonkeyPatch.context() as environment:
        for name, value in running.environment.items():
            environment.setenv(name, value)
        yield running


@pytest.fixture(scope="module")
def settings(server: S3, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("s3")
    return Settings(state=folder / "state", published=f"s3://{server.bucket}/open/data")


def refreshed(settings: Settings) -> RefreshReport:
    return refresh(settings, [SMALL], ProgressHandler(Console(file=io.StringIO())))


@pytest.fixture(scope="module")
def place(settings: Settings) -> str:
    """One small dataset in S3, by the whole pipeline. Do not change it."""
    report = refreshed(settings)
    assert not report.problems
    (outcome,) = report.datasets
    assert outcome.release
    assert outcome.folder == f"{settings.published}/data/{SMALL}/{outcome.release.version}"
    return settings.published


def everything(storage: Storage) -> dict[str, bytes]:
    return {key: storage.read(key) for key in storage.list("")}


@pytest.fixture
def run_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> RunCommand:
    """Run a command with --json: `say(place, "show", …, code=0)` gives what it says."""

    def run(place: str, *arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        folders = ["--published", place, "--state", str(tmp_path / "state"), "--json"]
        assert main([*arguments, *folders]) == code
        return json.loads(capsys.readouterr().out)

    return run


# --- the same in both ------------------------------------------------------------------------------


def test_s3_holds_the_bytes_that_a_folder_holds(published: Any, place: str) -> None:
    folder = published.folder(SMALL)
    below = f"data/{SMALL}/{folder.name}"
    ours = {f"{below}/{p.relative_to(folder).as_posix()}" for p in folder.rglob("*") if p.is_file()}
    assert set(storage_at(place).list("data")) == ours
    for key in ours:
        assert storage_at(place).read(key) == (published.published / key).read_bytes(), key


@pytest.mark.parametrize(
    "command",
    [("show", SMALL, "--where", "year = 1998"), ("as-of", "2098-01-01", SMALL)],
    ids=lambda command: command[0],
)
def test_rows_are_read_alike(
    published: Any, place: str, run_command: RunCommand, command: tuple[str]
) -> None:
    rows = run_command(place, *command)
    assert rows
    assert rows == run_command(str(published.published), *command)


def test_status_is_the_same_at_every_place(
    published: Any, place: str, run_command: RunCommand
) -> None:
    ours, theirs = (run_command(each, "status") for each in (place, str(published.published)))
    assert ours["datasets"][SMALL] == theirs["datasets"][SMALL]
    assert ours["altered"] == []
    assert run_command(place, "doctor") == {"cleaned": False, "findings": []}
    assert [
        each["version"] for each in run_command(place, "datasets") if each["dataset"] == SMALL
    ] == [ours["datasets"][SMALL]["version"]]


def test_a_version_and_all_versions_are_verified_alike(
    published: Any, place: str, run_command: RunCommand
) -> None:
    below = f"data/{SMALL}/{published.folder(SMALL).name}"
    (local,) = run_command(place, "verify", str(published.folder(SMALL)))["releases"].values()
    assert {check["check"] for check in local} >= {"bytes", "rules", "log"}
    for target in ([f"{place}/{below}"], [place], []):
        assert run_command(place, "verify", *target)["releases"] == {f"{place}/{below}": local}


def test_a_refresh_without_news_changes_nothing_but_what_was_lost(
    settings: Settings, place: str
) -> None:
    storage = storage_at(place)
    before = everything(storage)
    storage.delete("catalog.ttl")
    assert refreshed(settings).nothing_changed
    assert everything(storage) == before


# --- withdrawn -------------------------------------------------------------------------------------


@pytest.fixture(params=["folder", "s3"])
def copy(request: pytest.FixtureRequest, place: str, server: S3, tmp_path: Path) -> Storage:
    """A copy that a test may change."""
    copies = {"folder": str(tmp_path / "published"), "s3": f"s3://{server.bucket}/{tmp_path.name}"}
    copy = storage_at(copies[request.param])
    for key, content in everything(storage_at(place)).items():
        copy.create(key, content)
    return copy


@pytest.fixture
def two(copy: Storage, tmp_path: Path) -> Storage:
    """The copy with a second version of the same rows."""
    publish_again(copy, tmp_path / "state", SMALL, "2099-01-01T00:00:00Z")
    return copy


def withdraw(run_command: RunCommand, storage: Storage, version: str, *erase: str) -> Any:
    more = ["--erase", *erase] if erase else []
    return run_command(storage.place, "withdraw", SMALL, version, "--reason", WHY, *more)


def test_a_withdrawn_version_is_no_longer_the_one_that_is_shown(
    two: Storage, run_command: RunCommand, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    summary = run_command(two.place, "diff", SMALL)
    first = summary["from"]
    assert run_command(two.place, "as-of", "2099-12-31")[SMALL] == LATER
    assert withdraw(run_command, two, LATER) == {
        "dataset": SMALL,
        "version": LATER,
        "reason": WHY,
        "erased": [],
        "newest": first,
    }
    assert run_command(two.place, "as-of", "2099-12-31")[SMALL] == first
    status = run_command(two.place, "status")
    assert status["datasets"][SMALL]["version"] == first
    assert status["withdrawn"] == [{"dataset": SMALL, "version": LATER, "reason": WHY}]
    assert json.loads(two.read("latest.json"))[SMALL]["version"] == first
    assert LATER not in two.read("catalog.ttl").decode()
    run_command(two.place, "diff", SMALL, code=2)
    where = ["--published", two.place, "--state", str(tmp_path / "state")]
    assert main(["show", SMALL, *where]) == 0
    assert f"{SMALL} {first}" in capsys.readouterr().out
    assert main(["show", SMALL, "--version", LATER, "--json", *where]) == 0
    shown = capsys.readouterr()
    assert (len(json.loads(shown.out)), WHY in shown.err) == (20, True)
    assert run_command(two.place, "doctor")["findings"] == []


def test_erased_files_are_gone_and_listed_nowhere(
    two: Storage, run_command: RunCommand, tmp_path: Path
) -> None:
    run_command(two.place, "show", SMALL, "--version", LATER)
    rows = f"{SMALL}.parquet"
    withdraw(run_command, two, LATER)
    assert withdraw(run_command, two, LATER, rows)["erased"] == [rows]
    both = withdraw(run_command, two, LATER, f"{SMALL}.xlsx")
    assert both["erased"] == [rows, f"{SMALL}.xlsx"], "what was erased before stays so"
    assert not set(two.list("data")) & {f"data/{SMALL}/{LATER}/{name}" for name in both["erased"]}
    assert not list((tmp_path / "state").rglob(f"{LATER}/{rows}"))
    assert f"data/{SMALL}/{LATER}/manifest.json" in two.list("data")
    (listed,) = json.loads(two.read("catalog.json"))["datasets"]
    assert rows not in listed["versions"][-1]["files"]
    refused = run_command(two.place, "show", SMALL, "--version", LATER, code=2)["error"]
    assert (refused["code"], WHY in refused["problem"]) == ("VK-U001", True)
    run_command(
        two.place,
        "diff",
        SMALL,
        run_command(two.place, "status")["datasets"][SMALL]["version"],
        LATER,
        code=2,
    )
    assert run_command(two.place, "doctor")["findings"] == []


def test_when_all_are_withdrawn_portals_read_why(two: Storage, run_command: RunCommand) -> None:
    first = run_command(two.place, "diff", SMALL)["from"]
    withdraw(run_command, two, first)
    files = [f"{SMALL}.{kind}" for kind in ("parquet", "csv.gz", "xlsx")]
    assert withdraw(run_command, two, LATER, *files)["newest"] is None
    turtle = two.read("catalog.ttl").decode()
    assert (WHY in turtle, f"{SMALL}.parquet" in turtle) == (True, False)
    assert WHY in run_command(two.place, "show", SMALL, code=2)["error"]["problem"]
    assert run_command(two.place, "as-of", "2099-12-31")[SMALL] is None


@pytest.mark.parametrize(
    ("arguments", "code", "expected_text"),
    [
        ((SMALL, "1.1.1", "--reason", WHY), "VK-U001", "Choose one of: 20"),
        (("no_such", "1.1.1", "--reason", WHY), "VK-C003", SMALL),
        (("municipalities", "1.1.1", "--reason", WHY), "VK-U001", "not published yet"),
        ((SMALL, "VERSION", "--reason", " "), "VK-U001", "sentence"),
        (
            (SMALL, "VERSION", "--reason", WHY, "--erase", "rows.csv"),
            "VK-U001",
            "Choose of: CITATION",
        ),
        ((SMALL, "VERSION", "--reason", WHY, "--erase", "manifest.json"), "VK-U001", "stays"),
    ],
    ids=["version", "dataset", "unpublished", "reason", "file", "manifest"],
)
def test_a_withdrawal_that_makes_no_sense_changes_nothing(
    place: str, run_command: RunCommand, arguments: tuple[str, ...], code: str, expected_text: str
) -> None:
    version = run_command(place, "status")["datasets"][SMALL]["version"]
    before = everything(storage_at(place))
    given = [version if each == "VERSION" else each for each in arguments]
    error = run_command(place, "withdraw", *given, code=2)["error"]
    assert error["code"] == code
    assert expected_text in error["problem"] + error["remedy"]
    assert everything(storage_at(place)) == before


# --- reading ---------------------------------------------------------------------------------------


def test_releases_from_before_the_log_are_read(copy: Storage, run_command: RunCommand) -> None:
    shown, status = (
        run_command(copy.place, "show", SMALL),
        run_command(copy.place, "status")["datasets"],
    )
    for key in copy.list("log"):
        copy.delete(key)
    assert run_command(copy.place, "show", SMALL) == shown
    assert run_command(copy.place, "status")["datasets"] == status
    assert copy.list("log") == [], "looking must not write"
    assert withdraw(run_command, copy, status[SMALL]["version"])["newest"] is None


def test_a_copy_is_used_again_only_while_it_is_what_was_published(
    server: S3, tmp_path: Path
) -> None:
    storage = storage_at(f"s3://{server.bucket}/{tmp_path.name}")
    release = publish(storage, candidate("care", "one")).release
    published = Publications.of(storage, tmp_path)
    file = published.folder(release, "a.parquet") / "a.parquet"
    assert [each.name for each in file.parent.iterdir()] == ["a.parquet"], "only what was requested"
    complete = file.read_bytes()
    file.write_bytes(b"altered here")
    assert (published.folder(release, "a.*") / "a.parquet").read_bytes() == complete
    storage.replace(f"{release.folder}/a.parquet", b"altered there")
    assert (published.folder(release, "a.*") / "a.parquet").read_bytes() == complete
    file.unlink()
    with pytest.raises(VoorkantError) as refusal:
        published.folder(release, "a.parquet")
    assert refusal.value.code == "VK-P002"
    assert not file.exists()


def test_descriptions_are_written_only_where_they_differ(place: str, tmp_path: Path) -> None:
    written = []

    class Watched(LocalStorage):
        def replace(self, key: str, content: bytes) -> None:
            written.append(key)
            super().replace(key, content)

    copy = Watched(tmp_path / "published")
    for key, content in everything(storage_at(place)).items():
        copy.create(key, content)
    portal_catalogue.describe(copy, tmp_path)
    assert written == []
    (tmp_path / "published/catalog.jsonld").write_text("{}")
    portal_catalogue.describe(copy, tmp_path)
    assert written == ["catalog.jsonld"]


# --- a storage that does not answer ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "environment", "expected_text"),
    [
        ("s3://nowhere/data", {}, "NoSuchBucket"),
        ("s3://releases/data", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "127.0.0.1:9"),
        (
            "s3://releases/data",
            {
                "AWS_ACCESS_KEY_ID": "",
                "AWS_SECRET_ACCESS_KEY": "",
                "AWS_METADATA_ENDPOINT": "http://127.0.0.1:9",
            },
            "AWS_ACCESS_KEY_ID",
        ),
    ],
    ids=["unknown bucket", "no server", "no credentials"],
)
@pytest.mark.parametrize("command", [("status",), ("refresh", "--only", SMALL)], ids=lambda c: c[0])
def test_what_is_wrong_is_reported_quickly(
    server: S3,
    run_command: RunCommand,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    address: str,
    environment: dict[str, str],
    expected_text: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    began = time.monotonic()
    error = run_command(address, *command, code=1)["error"]
    assert time.monotonic() - began < 40
    assert error["code"] == "VK-P001"
    assert expected_text in error["problem"]


@pytest.mark.parametrize("address", ["gs://bucket/data", "s3://", "ftp://host"])
def test_an_address_of_another_kind_is_refused(run_command: RunCommand, address: str) -> None:
    assert run_command(address, "status", code=2)["error"]["code"] == "VK-U001"


@pytest.mark.parametrize(
    "command", [("withdraw", SMALL, "VERSION", "--reason", WHY), ("doctor", "--clean")]
)
def test_nothing_is_written_where_a_taken_key_can_be_created_again(
    server: S3,
    place: str,
    run_command: RunCommand,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    before = everything(storage_at(place))
    version = run_command(place, "status")["datasets"][SMALL]["version"]
    with Between(server, hide=True) as between:
        monkeypatch.setenv("AWS_ENDPOINT_URL", between.environment["AWS_ENDPOINT_URL"])
        given = [version if each == "VERSION" else each for each in command]
        assert run_command(place, *given, code=1)["error"]["code"] == "VK-P005"
    monkeypatch.undo()
    assert everything(storage_at(place)) == before
