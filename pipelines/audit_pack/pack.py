"""One audit pack: documents for people, data for programs, and a signed manifest.

    report.<language>.pdf        the report              letter.<language>.pdf   the letter, if requested
    audit.xlsx                   every table on a sheet  <table>.parquet         the same rows
    manifest.json                the request, the releases, the code, and every file with its sha256
    SHA256SUMS, manifest.json.minisig    as a release has them

The folder is written completely or not at all. Nothing in it is from the clock: the same releases and the
same request give the same bytes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from assets import atomic_files
from expectations.errors import VoorkantError, usage
from pipelines.audit_pack import data_tables, pdf, provenance, workbook
from pipelines.audit_pack.language import Localizer
from pipelines.audit_pack.letter import letter
from pipelines.audit_pack.pack_data import PackData, PackRequest
from pipelines.audit_pack.report import report
from pipelines.audit_pack.selection import select
from pipelines.publish import canonical_files, release_reader, signing

WORKBOOK = "audit.xlsx"
_OF_A_RELEASE = ("version", "schema_version", "published_at", "content_sha256")


def write(
    data: PackData,
    request: PackRequest,
    localizer: Localizer,
    out: Path,
    *,
    with_letter: bool = False,
) -> dict[str, Any]:
    """Write a pack into a folder that is not there yet or empty, and give its manifest.

    data: everything, as collected. Raises VK-U001 (the folder holds something or cannot be written, an
    unknown scheme or municipality, a letter without a municipality) and VK-P012.
    """
    out = out.resolve()
    if with_letter and request.municipality is None:
        raise usage("A letter is to one municipality.", "Add --municipality NAME.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise usage(
            f"{out.name} is there and not empty; a pack never replaces or joins other files.",
            "Give a folder that does not exist yet.",
        )
    part = select(data, request)
    signer = signing.from_environment()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = tempfile.TemporaryDirectory(
            prefix=f".{out.name}.", suffix=".partial", dir=out.parent
        )
    except OSError as error:
        raise _unwritable(out, error) from None
    with beside as place:
        folder = Path(place) / "pack"
        folder.mkdir()
        manifest = _fill(folder, part, request, localizer, signer, with_letter)
        try:
            folder.replace(out)
        except OSError as error:
            raise _unwritable(out, error) from None
    return manifest


def _fill(
    folder: Path,
    data: PackData,
    request: PackRequest,
    localizer: Localizer,
    signer: signing.Signer | None,
    with_letter: bool,
) -> dict[str, Any]:
    content = report(data, request, localizer)
    parts = data_tables.parts(data)
    (folder / f"report.{localizer.language}.pdf").write_bytes(pdf.pdf("report", content))
    if with_letter and data.municipality:
        page = letter(data, data.municipality, localizer)
        (folder / f"letter.{localizer.language}.pdf").write_bytes(pdf.pdf("letter", page))
    workbook.write(content, parts, localizer, folder / WORKBOOK)
    hashes = {name: _parquet(part, folder / f"{name}.parquet") for name, part in parts.items()}
    manifest = {
        "kind": release_reader.PACK,
        # A signature names what was signed by these two.
        "dataset": "audit_spuk",
        "version": data.known_on.isoformat(),
        "request": request.as_dict() | {"language": localizer.language, "letter": with_letter},
        "releases": {
            name: {key: each.get(key) for key in _OF_A_RELEASE}
            for name, each in data.manifests.items()
        },
        "rows": {name: part.rows.height for name, part in parts.items()},
        "rows_sha256": hashes,
        "code": provenance.code(),
        "signature": {"key": signer.key_id} if signer else signing.UNSIGNED,
        "files": release_reader.listed(folder),
    }
    atomic_files.write_json(folder / release_reader.MANIFEST, manifest)
    signing.seal(folder, signer)
    return manifest


def _parquet(part: data_tables.PackPart, path: Path) -> str:
    content = canonical_files.content_sha256(canonical_files.csv_bytes(part.table, part.rows))
    about = canonical_files.key_values(part.contract, part.table, content)
    canonical_files.write_parquet(part.table, part.rows, path, about)
    return content


def _unwritable(out: Path, error: OSError) -> VoorkantError:
    return usage(
        f"The folder {out.name} cannot be written: {error.strerror or error}.",
        "Give a folder in a place where you may write.",
    )
