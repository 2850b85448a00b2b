"""Who stands for a release: signatures that others can check, and that not one bit escapes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from expectations.errors import VoorkantError
from pipelines.publish import signing
from tests.support.releases.handmade import CODE, captured
from tests.support.validators import minisign_format

minisign = pytest.importorskip("minisign")
pytest.importorskip("securesystemslib")

MANIFEST = {
    "dataset": "ceilings",
    "version": "2026.1.1",
    "schema_version": "1.0.0",
    "published_at": "2026-01-01T00:00:00+00:00",
    "inputs": [captured("a", "2026-01-01T00:00:00+00:00")],
    "code": {**CODE, "writers": {"polars": "2"}},
    "files": {"b.csv.gz": {"sha256": "bb", "bytes": 1}, "a.parquet": {"sha256": "aa", "bytes": 1}},
}
BYTES = json.dumps(MANIFEST).encode()
MINISIGNS_KEY = (
    "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"  # of minisign's own pages
)


@pytest.fixture(scope="module")
def pair() -> Any:
    return minisign.KeyPair.generate()


@pytest.fixture
def signer(pair: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> signing.Signer:
    path = tmp_path / "try.key"
    path.write_bytes(bytes(pair.secret_key) + b"\n")
    monkeypatch.setenv("VOORKANT_SIGNING_KEY", str(path))
    found = signing.from_environment()
    assert found is not None
    return found


def test_without_a_key_nothing_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOORKANT_SIGNING_KEY", raising=False)
    assert signing.from_environment() is None
    unsigned = signing.envelope(signing.statement(MANIFEST), None)
    assert json.loads(unsigned)["signatures"] == []
    assert signing.check_envelope(unsigned, None)["subject"][0]["name"] == "a.parquet"


def test_only_the_key_holder_is_recognised(signer: Any, pair: Any) -> None:
    signature = signer.manifest(BYTES)
    assert signer.manifest(BYTES) == signature
    assert signing.check_manifest(BYTES, signature, pair.public_key) == "voorkant ceilings 2026.1.1"
    other_key = minisign.KeyPair.generate().public_key
    with pytest.raises(signing.NotSignedByError):
        signing.check_manifest(BYTES, signature, other_key)


def test_no_bit_of_a_signature_may_differ(signer: Any, pair: Any) -> None:
    """Also not one in a comment or in the slack of base64, which minisign itself lets pass."""
    signature = signer.manifest(BYTES)
    for place in range(len(signature) * 8):
        flipped = bytearray(signature)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(signing.NotSignedByError):
            signing.check_manifest(BYTES, bytes(flipped), pair.public_key)


def test_the_statement_names_inputs_code_and_files(signer: Any, pair: Any) -> None:
    content = signing.envelope(signing.statement(MANIFEST), signer)
    statement = signing.check_envelope(content, pair.public_key)
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert [each["name"] for each in statement["subject"]] == ["a.parquet", "b.csv.gz"]
    build = statement["predicate"]["buildDefinition"]
    names = [each["name"] for each in build["resolvedDependencies"]]
    assert names == ["made_up: rows#0", "voorkant", "requirements.lock"]
    assert build["resolvedDependencies"][1]["digest"]["sha256"] == CODE["code_sha256"]
    assert build["internalParameters"]["writers"] == {"polars": "2"}
    with pytest.raises(signing.NotSignedByError):
        signing.check_envelope(content, minisign.KeyPair.generate().public_key)
    with pytest.raises(signing.NotSignedByError):
        signing.check_envelope(content.replace(b'"sig": "', b'"sig": "A'), pair.public_key)


def test_a_key_with_a_password_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = minisign.KeyPair.generate().secret_key
    key.encrypt("open", opslimit=32_768, memlimit=1 << 20)
    path = tmp_path / "locked.key"
    path.write_bytes(bytes(key) + b"\n")
    monkeypatch.setenv("VOORKANT_SIGNING_KEY", str(path))
    with pytest.raises(VoorkantError) as refusal:
        signing.from_environment()
    assert refusal.value.code == "VK-P012"
    monkeypatch.setenv("VOORKANT_SIGNING_PASSWORD", "open")
    assert signing.from_environment() is not None


@pytest.mark.parametrize("content", [None, b"", b"nonsense", b"untrusted comment: x\nAAAA\n"])
def test_a_key_that_is_none_never_leads_to_an_unsigned_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    path = tmp_path / "no.key"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("VOORKANT_SIGNING_KEY", str(path))
    with pytest.raises(VoorkantError) as refusal:
        signing.from_environment()
    assert refusal.value.code == "VK-P012"
    with pytest.raises(VoorkantError) as refusal:
        signing.public_key(str(path))
    assert refusal.value.code == "VK-P012"


def test_a_public_key_is_a_file_or_its_line(pair: Any, tmp_path: Path) -> None:
    path = tmp_path / "try.pub"
    path.write_bytes(bytes(pair.public_key) + b"\n")
    line = path.read_text().splitlines()[1]
    assert signing.public_key(str(path)) == signing.public_key(line) == pair.public_key


def test_a_key_has_the_name_that_minisign_gave_it() -> None:
    assert signing.key_id(signing.public_key(MINISIGNS_KEY)) == "E7620F1842B4E81F"


# Of minisign's own pages: its signature of a file that holds "test".
MINISIGNS_OWN = """untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==
"""


def test_a_second_reader_of_the_format_accepts_what_minisign_and_we_sign(
    signer: Any, pair: Any
) -> None:
    comment = minisign_format.verify(b"test", MINISIGNS_OWN, MINISIGNS_KEY)
    assert comment == "timestamp:1556193335\tfile:test"
    signature, key = signer.manifest(BYTES).decode(), pair.public_key.to_base64().decode()
    assert minisign_format.verify(BYTES, signature, key) == "voorkant ceilings 2026.1.1"


@pytest.mark.parametrize("forged", ["content", "trusted comment", "signature", "key"])
def test_that_reader_refuses_a_forgery(signer: Any, pair: Any, forged: str) -> None:
    signature, key = signer.manifest(BYTES).decode(), pair.public_key.to_base64().decode()
    content, trusted = BYTES, signature
    if forged == "content":
        content = BYTES.replace(b"2026", b"2027")
    elif forged == "trusted comment":
        trusted = signature.replace("2026.1.1", "2026.1.2")
    elif forged == "signature":
        other = signer.manifest(BYTES.replace(b"2026.1.1", b"2026.1.2")).decode()
        trusted = "\n".join([*other.split("\n")[:2], *signature.split("\n")[2:]])
    else:
        key = minisign.KeyPair.generate().public_key.to_base64().decode()
    assert (content, trusted, key) != (BYTES, signature, pair.public_key.to_base64().decode())
    with pytest.raises((InvalidSignature, ValueError)):
        minisign_format.verify(content, trusted, key)


@pytest.mark.skipif(shutil.which("minisign") is None, reason="minisign is not installed")
def test_minisign_itself_accepts_the_signature(signer: Any, pair: Any, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(BYTES)
    (tmp_path / "try.pub").write_bytes(bytes(pair.public_key) + b"\n")
    signing.seal(tmp_path, signer)
    command = ["minisign", "-Vm", "manifest.json", "-p", "try.pub"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert answer.returncode == 0, answer.stderr
    assert "voorkant ceilings 2026.1.1" in answer.stdout
