"""An audit pack: complete or absent, the same bytes from the same request, the same numbers everywhere."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from expectations.contract import DATASETS
from expectations.errors import VoorkantError
from pipelines.audit_pack import finding_cards, pack
from pipelines.audit_pack.language import Localizer
from pipelines.audit_pack.pack_data import LEDGER, UPTAKE, PackData, PackRequest
from pipelines.cli.main import main
from pipelines.publish import signing
from pipelines.verify import checks as verification
from tests.support.releases.audit_evidence import audited, entry, finding
from tests.support.releases.handmade import Shelf

DUTCH = Localizer("nl")
HOSTILE = "=cmd|' /C calc'!A0"
AGAIN = """
import sys
from pathlib import Path
from pipelines.audit_pack.pack_data import PackRequest
from pipelines.audit_pack.pack import write
from pipelines.audit_pack.language import Localizer
from tests.support.releases.audit_evidence import audited
write(audited(), PackRequest(municipality="Utrecht"), Localizer("nl"), Path(sys.argv[1]), with_letter=True)
"""


def data() -> PackData:
    return audited(
        ledger=[
            entry(),
            entry(recipient_name="Almere", recipient_code="GM0034", amount_eur="2847781.23"),
            entry(recipient_name=HOSTILE, recipient_code=None, amount_eur="-0.01"),
        ],
        findings=[finding(), finding(subject="https://example.nl", difference_eur="-20000.01")],
    )


def made(folder: Path) -> dict[str, Any]:
    return pack.write(data(), PackRequest(municipality="Utrecht"), DUTCH, folder, with_letter=True)


@pytest.fixture(scope="module")
def full_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack") / "all"
    pack.write(data(), PackRequest(), DUTCH, folder)
    return folder


def test_a_pack_contains_the_files_it_lists(full_pack: Path) -> None:
    manifest = json.loads((full_pack / "manifest.json").read_text("utf-8"))
    assert {path.name for path in full_pack.iterdir()} == {
        *manifest["files"], "manifest.json", "SHA256SUMS",
    }  # fmt: skip
    for name, about in manifest["files"].items():
        assert hashlib.sha256((full_pack / name).read_bytes()).hexdigest() == about["sha256"]
    assert manifest["releases"]["spuk_ledger"]["content_sha256"] == "c0de" * 16
    assert manifest["request"]["municipality"] is None


def test_the_same_request_gives_the_same_bytes_elsewhere_and_later(tmp_path: Path) -> None:
    request = PackRequest(municipality="Utrecht")
    pack.write(audited(), request, DUTCH, tmp_path / "here", with_letter=True)
    elsewhere = os.environ | {"TZ": "Pacific/Kiritimati", "LANG": "tr_TR.UTF-8", "LC_ALL": "C"}
    subprocess.run(  # noqa: S603 (our own code)
        [sys.executable, "-c", AGAIN, str(tmp_path / "a b" / "there")],
        env=elsewhere | {"SOURCE_DATE_EPOCH": "1", "PYTHONHASHSEED": "7"},
        check=True,
    )
    here, there = tmp_path / "here", tmp_path / "a b" / "there"
    names = sorted(path.name for path in here.iterdir())
    assert names == sorted(path.name for path in there.iterdir())
    assert "letter.nl.pdf" in names
    assert [n for n in names if (here / n).read_bytes() != (there / n).read_bytes()] == []


@pytest.mark.parametrize("lying", ["a.txt", None])
def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path, lying: str | None) -> None:
    out = tmp_path / "out"
    if lying:
        out.mkdir()
        (out / lying).write_text("mine")
    else:
        out.write_text("mine")
    with pytest.raises(VoorkantError, match="VK-U001"):
        made(out)
    assert (out / lying if lying else out).read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_nothing_is_left_of_a_pack_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(pack.workbook, "write", fails)
    with pytest.raises(OSError, match="disk full"):
        made(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_letter_needs_a_municipality(tmp_path: Path) -> None:
    with pytest.raises(VoorkantError, match="VK-U001"):
        pack.write(data(), PackRequest(), DUTCH, tmp_path / "out", with_letter=True)
    assert list(tmp_path.iterdir()) == []


def test_verify_recognises_a_pack_and_every_change_of_it(full_pack: Path, tmp_path: Path) -> None:
    checks = verification.verify(full_pack)
    assert verification.passed(checks)
    assert {check.name: check.outcome for check in checks}["rows"] == "passed"
    out = tmp_path / "out"
    made(out)
    (out / "audit.xlsx").write_bytes(b"")
    assert not verification.passed(verification.verify(out))


def test_a_pack_is_signed_with_the_configured_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    minisign = pytest.importorskip("minisign")
    pair = minisign.KeyPair.generate()
    (tmp_path / "try.key").write_bytes(bytes(pair.secret_key) + b"\n")
    monkeypatch.setenv("VOORKANT_SIGNING_KEY", str(tmp_path / "try.key"))
    made(tmp_path / "out")
    (signature,) = (
        check
        for check in verification.verify(tmp_path / "out", pair.public_key)
        if check.name == "signature"
    )
    assert signature.outcome == "passed"
    assert '"voorkant audit_spuk 2026-11-20"' in signature.sentence
    assert (tmp_path / "out" / signing.SIGNATURE).exists()


def test_the_workbook_holds_the_numbers_of_the_parquet(full_pack: Path) -> None:
    fastexcel = pytest.importorskip("fastexcel")
    book = fastexcel.read_excel(full_pack / "audit.xlsx")
    names = json.loads((full_pack / "manifest.json").read_text("utf-8"))["rows"]
    assert book.sheet_names == [
        "conclusions",
        *sorted(names, key=book.sheet_names.index),
        "columns",
    ]
    for name, count in names.items():
        rows = pl.read_parquet(full_pack / f"{name}.parquet")
        sheet = book.load_sheet(name, dtypes="string").to_polars()
        assert (sheet.height, sheet.columns) == (count, rows.columns)
        order = finding_cards.worst_first(rows) if name == "findings" else rows
        for column in rows.select(pl.selectors.numeric()).columns:
            written = [value and Decimal(value) for value in sheet[column]]
            assert written == [None if v is None else Decimal(str(v)) for v in order[column]]


def test_the_workbook_holds_texts_and_days_as_the_parquet_does(full_pack: Path) -> None:
    fastexcel = pytest.importorskip("fastexcel")
    book = fastexcel.read_excel(full_pack / "audit.xlsx")
    output = 0
    for name in json.loads((full_pack / "manifest.json").read_text("utf-8"))["rows"]:
        rows = pl.read_parquet(full_pack / f"{name}.parquet")
        order = finding_cards.worst_first(rows) if name == "findings" else rows
        sheet = book.load_sheet(name, dtypes="string").to_polars()
        for column, kind in rows.schema.items():
            if kind in (pl.String, pl.Date):
                written = sheet[column].str.head(10) if kind == pl.Date else sheet[column]
                assert written.to_list() == order[column].cast(pl.String).to_list(), (name, column)
                output += written.count()
    assert output > 100


def test_every_sum_in_a_table_of_the_report_is_one_of_the_parquet(full_pack: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    reader = pypdf.PdfReader(io.BytesIO((full_pack / "report.nl.pdf").read_bytes()))
    content = " ".join(page.extract_text() for page in reader.pages)
    known = {
        DUTCH.number(abs(value), 2)
        for name in ("amounts", "findings", "uptake")
        for column in pl.read_parquet(full_pack / f"{name}.parquet").select(pl.selectors.decimal())
        for value in column.drop_nulls()
    }
    shown = set(re.findall(r"€\s*\u2212?([\d.]+,\d\d)\b", content))
    assert len(shown) > 3
    assert shown <= known


def test_a_cell_that_looks_like_a_formula_or_an_address_is_text(full_pack: Path) -> None:
    import zipfile

    with zipfile.ZipFile(full_pack / "audit.xlsx") as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        output = b"".join(book.read(name) for name in sheets)
        assert not [name for name in book.namelist() if "_rels/sheet" in name]
    assert b"<f>" not in output
    assert b"=cmd|" in output
    assert b"<autoFilter" in output
    assert b'state="frozen"' in output


def test_the_pdf_is_accessible_and_has_its_metadata(full_pack: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    reader = pypdf.PdfReader(io.BytesIO((full_pack / "report.nl.pdf").read_bytes()))
    assert reader.metadata.title == "Controle van specifieke uitkeringen"
    assert reader.metadata.author == "voorkant"
    assert "SiSa" in reader.metadata["/Keywords"]
    assert reader.metadata.creation_date.date().isoformat() == "2026-11-20"
    root = reader.trailer["/Root"]
    assert root["/Lang"].startswith("nl")
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    outline = [item.title for item in reader.outline if not isinstance(item, list)]
    assert outline[0] == "Conclusies"
    assert len(outline) == 8
    assert len(reader.pages[0].extract_text()) > 500


def test_the_amounts_of_the_report_are_those_of_the_parquet(full_pack: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    reader = pypdf.PdfReader(io.BytesIO((full_pack / "report.nl.pdf").read_bytes()))
    content = " ".join(page.extract_text() for page in reader.pages)
    amounts = [
        *pl.read_parquet(full_pack / "amounts.parquet")["amount_eur"],
        *pl.read_parquet(full_pack / "findings.parquet")["difference_eur"],
    ]
    assert amounts
    assert [each for each in amounts if DUTCH.number(abs(each), 2) not in content] == []


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both datasets, published by hand."""
    place = tmp_path_factory.mktemp("place")
    output = data()
    rows = {
        LEDGER: output.ledger, UPTAKE: output.uptake, "findings": output.findings,
        "checks": output.checks, "terms": output.terms, "schemes": output.schemes,
    }  # fmt: skip
    for name, promise in output.contracts.items():
        content = yaml.safe_load((DATASETS / name / "contract.yaml").read_text("utf-8"))
        tables = {
            t.name: rows.get(t.name, pl.DataFrame(schema=t.dtypes)) for t in promise.published
        }
        Shelf(place, content=content).publish("2026.11.1", tables, "2026-11-20T09:00:00+00:00")
    return place


def make_pack(published: Path, tmp_path: Path, *more: str) -> int:
    out = str(tmp_path / "out")
    place = ["--published", str(published), "--state", str(tmp_path / "state")]
    return main(["audit", "spuk", "--out", out, *place, *more])


def test_the_command_makes_a_pack_that_verify_takes(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--municipality", "utrecht", "--letter", "--language", "en", "--year", "2026")
    assert make_pack(published, tmp_path, *more) == 0
    output = capsys.readouterr().out
    assert "letter.en.pdf" in output
    assert "known on 2026-11-20" in output
    assert main(["verify", str(tmp_path / "out")]) == 0
    assert main(["verify", str(tmp_path / "out"), "--rebuild"]) == 2


def test_the_command_prints_the_manifest_as_json(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make_pack(published, tmp_path, "--json", "--scheme", "brede_spuk") == 0
    output = json.loads(capsys.readouterr().out)
    assert output == json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert output["request"]["schemes"] == ["brede_spuk"]


@pytest.mark.parametrize(
    "more",
    [("--municipality", "Utrect"), ("--as-of", "gisteren"), ("--scheme", "x"), ("--letter",)],
)
def test_a_request_that_cannot_be_answered_is_refused_with_a_reason(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    assert make_pack(published, tmp_path, *more) == 2
    assert capsys.readouterr().err.startswith("VK-U001")
    assert not (tmp_path / "out").exists()
