"""Is a copy what was published? Every bit that differs is found, and every sentence is true."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from expectations.errors import VoorkantError
from pipelines.cli.main import main
from pipelines.publish import canonical_files, signing
from pipelines.verify import checks as verification
from pipelines.verify import download
from tests.support.releases.handmade import Shelf, ceilings, contract, described

minisign = pytest.importorskip("minisign")
pytest.importorskip("securesystemslib")

FLIPS = 1_000
ROWS = ceilings(
    *((c, y, f"{y}.50", "provisional") for c in ("gezond", "sport") for y in range(2000, 2026))
)


@pytest.fixture(scope="module")
def pair() -> Any:
    return minisign.KeyPair.generate()


@pytest.fixture(scope="module", params=["signed", "unsigned"])
def release(request: Any, pair: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The second of two versions, and the key to check it with."""
    signed = request.param == "signed"
    signer = signing.Signer(pair.secret_key) if signed else None
    shelf = Shelf(tmp_path_factory.mktemp("shelf"), signer)
    shelf.publish("2026.1.1", {"ceilings": ROWS.head(40)})
    shelf.publish("2026.2.1", {"ceilings": ROWS}, "2026-02-01T00:00:00+00:00")
    return shelf.folders[-1], pair.public_key if signed else None


@pytest.fixture
def copy(release: Any, tmp_path: Path) -> Any:
    folder, key = release
    return Path(shutil.copytree(folder, tmp_path / "copy")), key


def outcomes(checks: list[verification.Check]) -> dict[str, str]:
    return {check.name: check.outcome for check in checks}


def problems(checks: list[verification.Check]) -> str:
    return "; ".join(problem for check in checks for problem in check.problems)


def found(folder: Path, key: Any) -> bool:
    try:
        return not verification.passed(verification.verify(folder, key))
    except VoorkantError:
        return True


def test_a_complete_copy_passes_every_check(copy: Any) -> None:
    folder, key = copy
    checks = verification.verify(folder, key)
    assert outcomes(checks) == {
        "signature": "passed" if key else "skipped",
        "bytes": "passed",
        "provenance": "passed",
        "schema": "passed",
        "rows": "passed",
        "rules": "passed",
        "vintages": "passed",
    }, problems(checks)
    assert all(check.sentence.endswith(".") for check in checks)


def test_sha256sum_accepts_it(copy: Any) -> None:
    command = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    answer = subprocess.run(command, cwd=copy[0], capture_output=True, text=True, check=False)  # noqa: S603
    assert answer.returncode == 0, answer.stdout + answer.stderr
    listed = {line.split()[-1] for line in (copy[0] / "SHA256SUMS").read_text().splitlines()}
    assert {path.name for path in copy[0].iterdir()} - listed <= {
        "SHA256SUMS",
        "manifest.json.minisig",
    }


def test_every_single_bit_that_flips_is_found(copy: Any) -> None:
    """Bits of all files alike, small ones as often as large ones."""
    folder, key = copy
    chance = random.Random(20)  # noqa: S311 (no secret)
    names = sorted(path.name for path in folder.iterdir())
    missed = []
    for _ in range(FLIPS):
        path = folder / chance.choice(names)
        body = path.read_bytes()
        bit = chance.randrange(len(body) * 8)
        flipped = bytearray(body)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        if not found(folder, key):
            missed.append((path.name, bit))
        path.write_bytes(body)
    assert missed == []
    assert not found(folder, key)


@pytest.mark.parametrize("how", ["cut short", "gone", "swapped", "added", "empty"])
def test_other_damage_is_found_too(copy: Any, how: str) -> None:
    folder, key = copy
    path = folder / "ceilings.parquet"
    if how == "cut short":
        path.write_bytes(path.read_bytes()[:-1])
    elif how == "gone":
        path.unlink()
    elif how == "swapped":
        path.write_bytes((folder / "changes.parquet").read_bytes())
    elif how == "added":
        (folder / "extra.csv").write_text("a\n1\n")
    else:
        (folder / "SHA256SUMS").write_bytes(b"")
    checks = verification.verify(folder, key)
    assert outcomes(checks)["bytes"] == "failed"
    assert outcomes(checks)["content"] == "skipped"


# --- somebody who can write hashes too ------------------------------------------------------------


def forged(folder: Path, **changes: Any) -> None:
    """The manifest made to fit the files again, as one would who has no key."""
    manifest = json.loads((folder / "manifest.json").read_text())
    own = {"manifest.json", "SHA256SUMS", "manifest.json.minisig"}
    manifest["files"] = {n: a for n, a in described(folder).items() if n not in own}
    (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}, indent=1))
    signing.seal(folder, None)


def rewritten(folder: Path, rows: pl.DataFrame, **about: str) -> None:
    promise = contract()
    (table,) = promise.published
    metadata = canonical_files.key_values(promise, table, "0" * 64) | about
    canonical_files.write_parquet(table, rows, folder / "ceilings.parquet", metadata)


def test_a_release_forged_without_the_key_is_not_signed(copy: Any) -> None:
    folder, key = copy
    forged(folder, title="another")
    if key:
        assert outcomes(verification.verify(folder, key))["signature"] == "failed"
    (folder / "manifest.json.minisig").unlink(missing_ok=True)
    forged(folder, signature=signing.UNSIGNED)
    if key:
        assert outcomes(verification.verify(folder, key))["signature"] == "failed"
    sentence = {c.name: c.sentence for c in verification.verify(folder)}["signature"]
    assert "unsigned" in sentence


def test_rows_that_differ_from_csv_hash_rules_and_vintages_are_found(copy: Any) -> None:
    folder, _ = copy
    (folder / "manifest.json.minisig").unlink(missing_ok=True)
    worse = ROWS.with_columns(
        ceiling_eur=pl.when(pl.col("year") == 2001)
        .then(pl.lit("-1"))
        .otherwise("ceiling_eur")
        .cast(pl.Decimal(18, 2))
    )
    rewritten(folder, worse)
    forged(folder, signature=signing.UNSIGNED)
    checks = verification.verify(folder)
    assert outcomes(checks) == {
        "signature": "skipped",
        "bytes": "passed",
        "provenance": "failed",
        "schema": "passed",
        "rows": "failed",
        "rules": "failed",
        "vintages": "failed",
    }
    found = problems(checks)
    assert "other rows than the content hash says" in found
    assert "ceilings.csv.gz: other rows than the Parquet" in found
    assert "TST-01: fails for 2 rows, not for 0" in found


def test_fewer_rows_and_other_columns_are_found(copy: Any) -> None:
    folder, _ = copy
    (folder / "manifest.json.minisig").unlink(missing_ok=True)
    rewritten(folder, ROWS.head(10))
    forged(folder, signature=signing.UNSIGNED)
    assert "10 rows, not as many" in problems(verification.verify(folder))
    ROWS.rename({"status": "state"}).write_parquet(folder / "ceilings.parquet")
    forged(folder, signature=signing.UNSIGNED)
    assert "columns or types differ" in problems(verification.verify(folder))


@pytest.mark.parametrize(
    "name",
    ["../outside", "a/../../b", "/etc/hostname", "a//b", "./a", "a/", "..", "", "C:x", "a\\b"],
)
def test_a_manifest_cannot_name_a_file_elsewhere(copy: Any, name: str) -> None:
    folder, _ = copy
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = {"sha256": "0" * 64, "bytes": 1}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert f"{name}: no name of a file" in problems(verification.verify(folder))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"files": []}', '{"files": {"a": 1}}'])
def test_a_malformed_manifest_is_reported_without_traceback(copy: Any, content: str) -> None:
    folder, key = copy
    (folder / "manifest.json").write_text(content)
    assert found(folder, key)


# --- over the network -----------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def address(copy: Any) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(copy[0])))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("ending", ["", "/", "/manifest.json"])
def test_an_address_is_verified_like_a_folder(
    copy: Any, address: str, ending: str, pair: Any, capsys: Any
) -> None:
    key = ["--key", pair.public_key.to_base64().decode()] if copy[1] else []
    assert main(["verify", address + ending, *key]) == 0
    assert "What was looked at is what was published." in capsys.readouterr().out


def test_damage_behind_an_address_is_found(copy: Any, address: str, capsys: Any) -> None:
    path = copy[0] / "changes.json"
    path.write_bytes(path.read_bytes().replace(b"2", b"3"))
    assert main(["verify", address, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["whole"] is False


def test_a_file_larger_than_listed_or_absent_is_not_fetched(
    copy: Any, address: str, tmp_path: Path
) -> None:
    path = copy[0] / "changes.json"
    path.write_bytes(path.read_bytes() * 2)
    for _ in range(2):
        with pytest.raises(VoorkantError) as refusal:
            (tmp_path / "there").mkdir(exist_ok=True)
            download.fetch(address, tmp_path / "there")
        assert refusal.value.code == "VK-P011"
        path.unlink(missing_ok=True)


def test_an_address_without_answer_is_reported(capsys: Any) -> None:
    assert main(["verify", "http://127.0.0.1:9/x"]) == 1
    assert "VK-P011" in capsys.readouterr().err


# --- the command ----------------------------------------------------------------------------------


def test_the_command_prints_what_it_checked(copy: Any, capsys: Any) -> None:
    assert main(["verify", str(copy[0])]) == 0
    out = capsys.readouterr().out
    assert "52 rows are there, each key once" in out
    assert ("no key was given" if copy[1] else "The release is unsigned") in out
    (copy[0] / "ceilings.xlsx").write_bytes(b"")
    assert main(["verify", str(copy[0])]) == 1
    out = capsys.readouterr().out
    assert "ceilings.xlsx: not the bytes that were published" in out
    assert "This is not what was published." in out


def test_all_publications_are_verified_at_once(release: Any, capsys: Any) -> None:
    published = release[0].parents[2]
    assert main(["verify", str(published), "--json"]) == 0
    releases = json.loads(capsys.readouterr().out)["releases"]
    assert [name.rpartition("/")[2] for name in releases] == ["2026.1.1", "2026.2.1"]


def test_a_folder_that_is_no_release_is_reported(tmp_path: Path, capsys: Any) -> None:
    assert main(["verify", str(tmp_path)]) == 1
    assert "VK-P011" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["/", "/nowhere-at-all", "/nowhere-at-all/data"])
def test_a_folder_near_the_root_is_no_release_either(place: str, capsys: Any) -> None:
    assert main(["verify", place]) == 1
    assert "VK-P011" in capsys.readouterr().err
