"""The log of releases on a real disk and on a real S3-compatible server."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.errors import VoorkantError
from expectations.paths import ROOT
from pipelines.cli.commands import doctor as command
from pipelines.cli.options.doctor import DoctorOptions
from pipelines.publish.store import doctor
from pipelines.publish.store.commit import Files, publish, withdraw
from pipelines.publish.store.local import LocalStorage
from pipelines.publish.store.log import MANIFEST, Log, Release
from pipelines.publish.store.open_storage import storage_at, storage_to_publish_at
from pipelines.publish.store.storage import STAGING, Storage, staged_key
from tests.support.crash.create_races import race
from tests.support.crash.power_cuts import candidate
from tests.support.proof import size
from tests.support.s3 import S3, Between, available

SERVER = "localbucket"
_MOMENT = timedelta(milliseconds=10)
needs_server = pytest.mark.skipif(not available(SERVER), reason=f"needs obstore and {SERVER}")
Set = Callable[[dict[str, str]], None]


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with S3(SERVER) as running:
        yield running


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> Set:
    return lambda values: [monkeypatch.setenv(*each) for each in values.items()] and None


@pytest.fixture(params=["disk", pytest.param("s3", marks=needs_server)])
def storage(request: pytest.FixtureRequest, tmp_path: Path, environ: Set) -> Storage:
    """An empty store of each kind."""
    if request.param == "disk":
        return storage_to_publish_at(tmp_path / "published")
    running: S3 = request.getfixturevalue("server")
    environ(running.environment)
    return storage_to_publish_at(f"s3://{running.bucket}/{tmp_path.name}")


def everything(storage: Storage) -> dict[str, bytes]:
    return {key: storage.read(key) for key in storage.list("")}


def refused(call: Callable[[], object]) -> VoorkantError:
    with pytest.raises(VoorkantError) as refusal:
        call()
    return refusal.value


def catalogue(storage: Storage) -> Any:
    return json.loads(storage.read("catalog.json"))


def latest(storage: Storage) -> Any:
    return json.loads(storage.read("latest.json"))


# --- what a release is -----------------------------------------------------------------------------


def test_a_release_is_in_the_log_in_its_folder_and_in_the_catalogue(storage: Storage) -> None:
    outcome = publish(storage, candidate("care", "one"))
    assert (outcome.changed, outcome.release.version) == (True, "2026.11.1")
    assert storage.list("data") == [
        f"data/care/2026.11.1/{name}" for name in ("a.parquet", "b.parquet", MANIFEST)
    ]
    assert latest(storage)["care"]["path"] == "data/care/2026.11.1/"
    (listed,) = catalogue(storage)["datasets"]
    assert [version["version"] for version in listed["versions"]] == ["2026.11.1"]
    assert storage.list(STAGING) == []
    assert not doctor.examine(storage)


def test_the_same_content_again_changes_not_one_byte(storage: Storage) -> None:
    publish(storage, candidate("care", "one"))
    before = everything(storage)
    again = publish(storage, candidate("care", "one", attempt="another run"))
    assert (again.changed, again.release.version) == (False, "2026.11.1")
    assert everything(storage) == before


def test_the_same_attempt_again_is_the_same_release(storage: Storage) -> None:
    first = publish(storage, candidate("care", "one"))
    publish(storage, candidate("care", "two"))
    again = publish(storage, candidate("care", "one"))
    assert again.release == first.release
    assert latest(storage)["care"]["version"] == "2026.11.2"


def test_content_that_comes_back_is_a_new_version(storage: Storage) -> None:
    for word in ("one", "two", "one"):
        publish(storage, candidate("care", word, attempt=f"run {word} {storage.list('log')}"))
    assert [release.version for release in Log(storage).read().releases()] == [
        "2026.11.1",
        "2026.11.2",
        "2026.11.3",
    ]


def test_a_clock_that_was_set_back_gives_a_later_version_all_the_same(storage: Storage) -> None:
    publish(storage, candidate("care", "one", month=11))
    assert publish(storage, candidate("care", "two", month=3)).release.version == "2026.11.2"


def test_files_may_lie_in_folders_and_come_from_disk(storage: Storage, tmp_path: Path) -> None:
    large = tmp_path / "large.parquet"
    large.write_bytes(bytes(range(256)) * 1200)
    plain = candidate("care", "one")

    def make(version: str, after: Release | None) -> Files:
        return {**plain.make(version, after), "extra/large.parquet": large}

    publish(storage, replace(plain, make=make))
    assert storage.read("data/care/2026.11.1/extra/large.parquet") == large.read_bytes()
    assert not doctor.examine(storage)


@pytest.mark.parametrize("name", ["../a.parquet", "/a", "a//b", ".hidden", "a+b", ""])
def test_a_file_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    plain = candidate("care", "one")
    unexpected = replace(plain, make=lambda v, after: {**plain.make(v, after), name: b""})
    with pytest.raises(ValueError, match="no name for a file"):
        publish(LocalStorage(tmp_path), unexpected)


def test_a_manifest_of_another_version_is_not_published(tmp_path: Path) -> None:
    plain = candidate("care", "one")
    unexpected = replace(plain, make=lambda _, after: plain.make("2026.1.1", after))
    with pytest.raises(ValueError, match="manifest"):
        publish(LocalStorage(tmp_path), unexpected)
    assert LocalStorage(tmp_path).list("") == []


# --- withdrawing -----------------------------------------------------------------------------------


def test_a_withdrawn_version_keeps_its_manifest_and_its_number(storage: Storage) -> None:
    publish(storage, candidate("care", "one"))
    publish(storage, candidate("care", "two"))
    withdraw(storage, "care", "2026.11.2", "amounts swapped", ("a.parquet",))
    assert latest(storage)["care"]["version"] == "2026.11.1"
    withdrawn = catalogue(storage)["datasets"][0]["versions"][1]
    assert withdrawn["withdrawn"] == "amounts swapped"
    assert sorted(withdrawn["files"]) == ["b.parquet", MANIFEST]
    assert storage.list("data/care/2026.11.2") == [
        "data/care/2026.11.2/b.parquet",
        f"data/care/2026.11.2/{MANIFEST}",
    ]
    assert publish(storage, candidate("care", "three")).release.version == "2026.11.3"
    assert not doctor.examine(storage)


def test_content_that_was_withdrawn_is_not_published_again(storage: Storage) -> None:
    publish(storage, candidate("care", "one"))
    withdraw(storage, "care", "2026.11.1", "amounts swapped")
    before = everything(storage)
    error = refused(lambda: publish(storage, candidate("care", "one", attempt="next run")))
    assert error.code == "VK-P006"
    assert "amounts swapped" in error.problem
    assert everything(storage) == before
    assert latest(storage) == {}


def test_withdrawing_twice_changes_nothing(storage: Storage) -> None:
    publish(storage, candidate("care", "one"))
    withdraw(storage, "care", "2026.11.1", "wrong")
    before = everything(storage)
    withdraw(storage, "care", "2026.11.1", "another reason")
    assert everything(storage) == before


@pytest.mark.parametrize(
    ("version", "why", "erase"),
    [
        ("2026.11.9", "wrong", ()),
        ("2026.11.1", " ", ()),
        ("2026.11.1", "wrong", (MANIFEST,)),
        ("2026.11.1", "wrong", ("no such file",)),
    ],
)
def test_withdrawing_needs_a_version_a_reason_and_leaves_the_manifest(
    tmp_path: Path, version: str, why: str, erase: tuple[str, ...]
) -> None:
    storage = LocalStorage(tmp_path)
    publish(storage, candidate("care", "one"))
    before = everything(storage)
    assert refused(lambda: withdraw(storage, "care", version, why, erase)).code == "VK-U001"
    assert everything(storage) == before


# --- checks belong to the rows ---------------------------------------------------------------------


def test_rows_replaced_while_the_files_were_made_are_not_published(tmp_path: Path) -> None:
    storage, calls = LocalStorage(tmp_path), []

    def prove() -> None:
        calls.append(storage.list(STAGING))
        if len(calls) == 2:
            raise VoorkantError("VK-P003", "Other rows.", "here", "Nothing.", "Again.")

    error = refused(lambda: publish(storage, replace(candidate("care", "one"), prove=prove)))
    assert error.code == "VK-P003"
    assert calls[0] == []
    assert len(calls[1]) == 3, "the second proof is calls when everything is staged"
    assert storage.list("") == []


# --- two at once -----------------------------------------------------------------------------------


def test_the_loser_of_a_race_makes_its_files_again_on_top_of_the_winner(storage: Storage) -> None:
    made: list[tuple[str, str | None]] = []
    slow = candidate("care", "slow")

    def make(version: str, after: Release | None) -> Files:
        made.append((version, after.version if after else None))
        if len(made) == 1:
            publish(storage_at(storage.place), candidate("care", "fast"))
        return slow.make(version, after)

    assert publish(storage, replace(slow, make=make)).release.version == "2026.11.2"
    assert made == [("2026.11.1", None), ("2026.11.2", "2026.11.1")]
    assert not doctor.examine(storage)


def test_a_race_lost_to_another_dataset_costs_no_second_making(storage: Storage) -> None:
    made: list[str] = []
    slow = candidate("care", "slow")

    def make(version: str, after: Release | None) -> Files:
        made.append(version)
        publish(storage_at(storage.place), candidate("spuk", "fast"))
        return slow.make(version, after)

    assert publish(storage, replace(slow, make=make)).release.version == "2026.11.1"
    assert made == ["2026.11.1"]


def test_two_that_publish_the_same_content_make_one_release(storage: Storage) -> None:
    slow = candidate("care", "same", attempt="slow")

    def make(version: str, after: Release | None) -> Files:
        publish(storage_at(storage.place), candidate("care", "same", attempt="fast"))
        return slow.make(version, after)

    outcome = publish(storage, replace(slow, make=make))
    assert (outcome.changed, outcome.release.attempt) == (False, "fast")
    assert not doctor.examine(storage)


def test_a_publisher_whose_files_were_given_up_stages_them_again(storage: Storage) -> None:
    proofs: list[int] = []

    def prove() -> None:
        proofs.append(1)
        if len(proofs) == 2:
            doctor.clean(storage_at(storage.place))

    outcome = publish(storage, replace(candidate("care", "one"), prove=prove))
    assert outcome.release.version == "2026.11.1"
    assert outcome.release.staged not in Log(storage).read().collected
    assert not doctor.examine(storage)


def test_a_version_taken_at_the_last_moment_is_not_foreign(tmp_path: Path) -> None:
    class Beaten(LocalStorage):
        def list(self, folder: str) -> list[str]:
            if folder == "data/care/2026.11.1":
                publish(LocalStorage(tmp_path), candidate("care", "fast"))
            return super().list(folder)

    assert publish(Beaten(tmp_path), candidate("care", "slow")).release.version == "2026.11.2"


def test_many_publishers_each_get_a_version_of_their_own(storage: Storage) -> None:
    def run(number: int) -> str:
        own = storage_at(storage.place)
        return publish(own, candidate("care", f"word {number}")).release.version

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(run, range(16)))
    assert sorted(versions) == sorted(f"2026.11.{number}" for number in range(1, 17))
    assert not doctor.examine(storage)


def test_sixteen_that_create_the_same_entry_have_one_winner(storage: Storage) -> None:
    rounds = size(50, 200)
    assert race(storage, rounds) == {"one winner": rounds}


# --- storage that fails ----------------------------------------------------------------------------


@needs_server
def test_lost_answers_make_no_second_release(server: S3, environ: Set, tmp_path: Path) -> None:
    from obstore.store import S3Store

    from pipelines.publish.store.s3 import S3Storage

    with Between(server, lose=0.4) as between:
        environ(between.environment)
        place = f"s3://{server.bucket}/{tmp_path.name}"

        def run(who: int) -> list[str]:
            codes = []
            quick = {"max_retries": 2, "backoff": {"init_backoff": _MOMENT, "max_backoff": _MOMENT}}
            store = S3Store.from_url(place, disable_bulk_delete=True, retry_config=quick)
            for number in range(8):
                try:
                    publish(S3Storage(store, place), candidate("care", f"{who} {number}"))
                except VoorkantError as error:
                    codes.append(error.code)
                    publish(S3Storage(store, place), candidate("care", f"{who} {number}"))
            return codes

        with ThreadPoolExecutor(2) as pool:
            refusals = [code for codes in pool.map(run, range(2)) for code in codes]
    environ(server.environment)
    storage = storage_at(place)
    attempts = [release.attempt for release in Log(storage).read().releases()]
    assert between.lost > 3
    assert len(attempts) == len(set(attempts)) == 16
    assert set(refusals) <= {"VK-P007"}
    assert not doctor.clean(storage)


@needs_server
def test_a_server_that_ignores_the_condition_is_refused(
    server: S3, environ: Set, tmp_path: Path
) -> None:
    with Between(server, hide=True) as between:
        environ(between.environment)
        error = refused(lambda: storage_to_publish_at(f"s3://{server.bucket}/{tmp_path.name}"))
        assert error.code == "VK-P005"
        assert storage_at(f"s3://{server.bucket}/{tmp_path.name}").list("") == []


def test_a_disk_without_hard_links_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_link)
    assert refused(lambda: storage_to_publish_at(tmp_path)).code == "VK-P005"
    assert storage_at(tmp_path).list("") == []


def test_a_file_that_may_not_grow_stops_the_release_and_nothing_else(tmp_path: Path) -> None:
    """The kernel refuses in the middle of a write, as a full disk does."""
    storage = LocalStorage(tmp_path / "published")
    publish(storage, candidate("care", "one"))
    before = everything(storage)
    program = """
import resource, signal, sys
from dataclasses import replace
from expectations.errors import VoorkantError
from pipelines.publish.store.local import LocalStorage
from pipelines.publish.store.commit import publish
from tests.support.crash.power_cuts import candidate
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
plain = candidate("care", "two")
large = replace(plain, make=lambda v, after: {**plain.make(v, after), "c.parquet": bytes(200_000)})
try:
    publish(LocalStorage(sys.argv[1]), large)
except VoorkantError as error:
    print(error.code)
"""
    done = subprocess.run(  # noqa: S603 (ourselves)
        [sys.executable, "-c", program, storage.place],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "VK-P001\n"
    assert everything(storage) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission_is_reported(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        error = refused(lambda: publish(LocalStorage(tmp_path / "x"), candidate("care", "one")))
    finally:
        tmp_path.chmod(0o755)
    assert error.code == "VK-P001"


def test_a_place_that_is_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = refused(lambda: publish(LocalStorage(tmp_path / "file"), candidate("care", "one")))
    assert error.code == "VK-P001"


# --- what the doctor finds -------------------------------------------------------------------------


def kinds(storage: Storage) -> list[str]:
    return [finding.kind for finding in doctor.examine(storage)]


def test_the_doctor_finishes_a_release_that_a_crash_left_in_staging(storage: Storage) -> None:
    outcome = publish(storage, candidate("care", "one"))
    before = everything(storage)
    for name in outcome.release.files:
        key = f"{outcome.release.folder}/{name}"
        storage.stage(staged_key(outcome.release.staged, name), storage.read(key))
        storage.delete(key)
    storage.delete("catalog.json")
    assert kinds(storage) == ["unfinished", "catalogue"]
    assert not doctor.clean(storage)
    assert everything(storage) == before


def test_the_doctor_gives_abandoned_files_up_in_the_log(storage: Storage) -> None:
    publish(storage, candidate("care", "one"))
    storage.stage(staged_key("feed", "a.parquet"), b"half")
    storage.stage(f"{STAGING}/beef", b"helper of one write")
    assert kinds(storage) == ["abandoned", "abandoned"]
    assert not doctor.clean(storage)
    assert storage.list(STAGING) == []
    assert Log(storage).read().collected == {"feed"}


def test_the_doctor_names_a_damaged_and_a_missing_file_and_cannot_mend_them(
    tmp_path: Path,
) -> None:
    storage = LocalStorage(tmp_path)
    folder = tmp_path / publish(storage, candidate("care", "one")).release.folder
    with (folder / "a.parquet").open("r+b") as file:
        file.truncate(7)
    (folder / "b.parquet").unlink()
    found = doctor.clean(storage)
    assert [(f.kind, f.key.rpartition("/")[2], f.cleanable) for f in found] == [
        ("damaged", "a.parquet", False),
        ("damaged", "b.parquet", False),
    ]


def test_the_doctor_leaves_a_strange_file_to_a_person(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    publish(storage, candidate("care", "one"))
    (tmp_path / "data/care/2026.11.1/notes.txt").write_text("mine")
    assert [finding.kind for finding in doctor.clean(storage)] == ["no release"]
    assert (tmp_path / "data/care/2026.11.1/notes.txt").exists()


def test_strange_bytes_where_a_release_belongs_stop_it(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    (tmp_path / "data/care/2026.11.1").mkdir(parents=True)
    (tmp_path / "data/care/2026.11.1/a.parquet").write_bytes(b"somebody else's")
    assert refused(lambda: publish(storage, candidate("care", "one"))).code == "VK-P002"
    assert storage.list("") == ["data/care/2026.11.1/a.parquet"]
    (tmp_path / "data/care/2026.11.1/a.parquet").unlink()
    assert publish(storage, candidate("care", "one")).changed


def test_strange_bytes_that_came_after_the_log_stop_it_before_it_is_visible(tmp_path: Path) -> None:
    class Interrupted(LocalStorage):
        def create(self, key: str, content: bytes) -> None:
            super().create(key, content)
            (tmp_path / "data/care/2026.11.1").mkdir(parents=True)
            (tmp_path / "data/care/2026.11.1/a.parquet").write_bytes(b"somebody else's")

    storage = Interrupted(tmp_path)
    assert refused(lambda: publish(storage, candidate("care", "one"))).code == "VK-P002"
    assert not (tmp_path / "data/care/2026.11.1" / MANIFEST).exists()
    assert not (tmp_path / "catalog.json").exists()
    assert {finding.kind for finding in doctor.clean(storage)} == {
        "unfinished",
        "damaged",
        "catalogue",
    }
    (tmp_path / "data/care/2026.11.1/a.parquet").unlink()
    assert not doctor.clean(storage)
    assert latest(storage)["care"]["version"] == "2026.11.1"


def test_publishing_takes_releases_from_before_the_log_into_it(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    for word in ("one", "two"):
        publish(storage, candidate("care", word))
    for key in (*storage.list("log"), "catalog.json", "latest.json"):
        storage.delete(key)
    assert publish(storage, candidate("care", "three")).release.version == "2026.11.3"
    assert [version["version"] for version in catalogue(storage)["datasets"][0]["versions"]] == [
        "2026.11.1",
        "2026.11.2",
        "2026.11.3",
    ]
    assert not doctor.examine(storage)


def test_the_doctor_takes_releases_from_before_the_log_into_it(storage: Storage) -> None:
    publish(storage, candidate("care", "one"))
    publish(storage, candidate("care", "two"))
    before = {key: body for key, body in everything(storage).items() if key.startswith("data/")}
    latest = storage.read("latest.json")
    for key in storage.list("log"):
        storage.delete(key)
    assert kinds(storage) == ["outside the log", "outside the log"]
    assert not doctor.clean(storage)
    assert [release.version for release in Log(storage).read().releases()] == [
        "2026.11.1",
        "2026.11.2",
    ]
    assert storage.read("latest.json") == latest
    assert {k: b for k, b in everything(storage).items() if k.startswith("data/")} == before


def test_an_empty_place_is_healthy_and_stays_empty(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "nothing")
    assert not doctor.examine(storage)
    assert not (tmp_path / "nothing").exists()
    assert not doctor.clean(storage)
    assert storage.list("") == []


def test_no_flipped_bit_stays_unseen(tmp_path: Path) -> None:
    storage, rng = LocalStorage(tmp_path), random.Random(7)  # noqa: S311
    for word in ("one", "two"):
        publish(storage, candidate("care", word))
    withdraw(storage, "care", "2026.11.1", "wrong")
    keys = [key for key in storage.list("") if not key.startswith(STAGING)]
    for _ in range(400):
        path = tmp_path / rng.choice(keys)
        complete = path.read_bytes()
        broken = bytearray(complete)
        position = rng.randrange(len(broken))
        broken[position] ^= 1 << rng.randrange(8)
        path.write_bytes(broken)
        try:
            assert doctor.examine(storage), f"{path} {position}"
        except VoorkantError as error:
            assert error.code == "VK-P004"
        path.write_bytes(complete)
    assert not doctor.examine(storage)


def test_the_command_reports_cleans_and_then_finds_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = LocalStorage(tmp_path)
    publish(storage, candidate("care", "one"))
    storage.stage(staged_key("feed", "a.parquet"), b"half")

    def run(clean: bool, json: bool) -> int:
        place = str(tmp_path)
        return command.run(DoctorOptions(published=place, state=tmp_path, clean=clean, json=json))

    assert run(clean=False, json=False) == 1
    assert "abandoned: staging/feed.a.parquet" in capsys.readouterr().out
    assert run(clean=True, json=False) == 0
    capsys.readouterr()
    assert run(clean=True, json=True) == 0
    assert json.loads(capsys.readouterr().out) == {"cleaned": True, "findings": []}


@pytest.mark.parametrize("break_it", ["remove", "swap", "stranger"])
def test_an_incomplete_log_stops_everything(tmp_path: Path, break_it: str) -> None:
    storage = LocalStorage(tmp_path)
    for word in ("one", "two", "three"):
        publish(storage, candidate("care", word))
    first, second, _ = (tmp_path / key for key in storage.list("log"))
    if break_it == "remove":
        second.unlink()
    elif break_it == "swap":
        first.write_bytes(second.read_bytes())
    else:
        (tmp_path / "log/notes.txt").write_text("mine")
    for call in (
        lambda: publish(storage, candidate("care", "four")),
        lambda: doctor.examine(storage),
        lambda: doctor.clean(storage),
        lambda: withdraw(storage, "care", "2026.11.1", "wrong"),
    ):
        assert refused(call).code == "VK-P004"
