"""Is a copy of a release what was published? Each check states what it compared, in a sentence.

    signature    the manifest is what the holder of a key signed
    bytes        every file has the sha256 the manifest lists, and there are no others
    provenance   the statement on inputs and code is about these files
    schema       every table has the columns, types and metadata its contract promises
    rows         counts, keys and content hashes; the CSV holds the same rows
    rules        the rules of the contract, judged again, find what validation.json lists
    vintages     looking back from the newest state gives the rows of this release

Where bytes differ, content is not checked: what would be read is unknown. What does not belong here:
downloading a copy (`download.py`), making the release again (`rebuild.py`).
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
import pyarrow.parquet as pq

from assets.atomic_files import sha256_of
from expectations.contract import TRACE, Contract, Table
from expectations.vocabulary import Rule
from pipelines.publish import canonical_files, release_reader, signing
from pipelines.publish.history import vintages
from pipelines.publish.release_reader import MANIFEST, ReleaseData

if TYPE_CHECKING:
    from minisign import PublicKey

CheckOutcome = Literal["passed", "failed", "skipped"]
VALIDATION = "validation.json"
_FOLLOWING = frozenset({MANIFEST, signing.SIGNATURE, signing.SUMS})


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check. sentence: what was compared and holds. problems: where it does not hold."""

    name: str
    outcome: CheckOutcome
    sentence: str
    problems: tuple[str, ...] = ()


def verify(folder: Path, key: PublicKey | None = None, erased: Collection[str] = ()) -> list[Check]:
    """All checks of the copy in a folder. key: whose signature it must have. erased: files that may be gone.

    Raises VK-P011 when there is no manifest at all. A damaged copy raises nothing: its checks fail.
    """
    if not (folder / MANIFEST).is_file():
        release_reader.read_manifest(folder)
    checks = [_signature(folder, key), *_bytes(folder, erased)]
    if not passed(checks):
        sentence = "Not checked, because the bytes are not those that were published."
        return [*checks, Check("content", "skipped", sentence)]
    manifest = release_reader.read_manifest(folder)
    if manifest.get("kind") == release_reader.PACK:
        return [*checks, _run_check("rows", partial(_tables, folder, manifest))]
    contract = release_reader.read_contract(folder)
    checks.append(_provenance(folder, manifest, key))
    if erased:
        sentence = "Not checked, because files were erased when the version was withdrawn."
        return [*checks, Check("content", "skipped", sentence)]
    schema = _run_check("schema", lambda: _schema(folder, manifest, contract))
    if schema.outcome == "failed":
        sentence = "Not checked, because the columns are not those that were promised."
        return [*checks, schema, Check("content", "skipped", sentence)]
    try:
        release = release_reader.read_rows(folder, manifest, contract)
    except (OSError, pl.exceptions.PolarsError) as error:
        sentence = "The rows must be readable."
        return [*checks, schema, Check("rows", "failed", sentence, (str(error),))]
    content_checks = {"rows": _rows, "rules": _rules, "vintages": _vintages}
    found = [
        _run_check(name, partial(check, folder, release)) for name, check in content_checks.items()
    ]
    return [*checks, schema, *found]


def passed(checks: list[Check]) -> bool:
    """Whether no check failed. A skipped check states so in its sentence."""
    return all(check.outcome != "failed" for check in checks)


def _run_check(name: str, check: Callable[[], tuple[str, list[str]] | Check]) -> Check:
    """The result of a check. One that cannot run, because a file or a field is malformed, has failed."""
    try:
        answer = check()
    except (OSError, KeyError, TypeError, ValueError, pl.exceptions.PolarsError) as error:
        return Check(name, "failed", "What is checked must be there and readable.", (str(error),))
    if isinstance(answer, Check):
        return answer
    sentence, problems = answer
    return Check(name, "failed" if problems else "passed", sentence, tuple(problems))


def _tables(folder: Path, manifest: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The tables of an audit pack, which have no contract of their own."""
    problems = []
    for name, digest in manifest["rows_sha256"].items():
        rows = pl.read_parquet(folder / f"{name}.parquet", hive_partitioning=False)
        if (
            rows.height != manifest["rows"][name]
            or canonical_files.content_sha256(canonical_files.as_csv(rows)) != digest
        ):
            problems.append(f"{name}: not the rows of the manifest")
    return (
        f"The {len(manifest['rows'])} tables of the pack hold the rows of the manifest.",
        problems,
    )


# --- bytes ----------------------------------------------------------------------------------------


def _signature(folder: Path, key: PublicKey | None) -> Check:
    path = folder / signing.SIGNATURE
    if not path.exists():
        if key is None:
            sentence = "The release is unsigned: intact bytes do not prove who made them."
            return Check("signature", "skipped", sentence)
        return Check("signature", "failed", "A signature was required; the release is unsigned.")
    if key is None:
        sentence = "The release is signed, but no key was given to check it with (--key)."
        return Check("signature", "skipped", sentence)
    try:
        comment = signing.check_manifest((folder / MANIFEST).read_bytes(), path.read_bytes(), key)
    except signing.NotSignedByError as error:
        sentence = f"The manifest must bear the signature of key {signing.key_id(key)}."
        return Check("signature", "failed", sentence, (str(error),))
    sentence = f'Key {signing.key_id(key)} signed this manifest as "{comment}".'
    return Check("signature", "passed", sentence)


def _bytes(folder: Path, erased: Collection[str]) -> Iterator[Check]:
    try:
        manifest = release_reader.read_manifest(folder)
        listed = {str(name): str(about["sha256"]) for name, about in manifest["files"].items()}
        signed = manifest.get("signature", signing.UNSIGNED) != signing.UNSIGNED
    except Exception as error:  # a damaged manifest may raise anything
        yield Check("bytes", "failed", "The manifest must list the files.", (str(error),))
        return
    problems = [
        f"{name}: {fault}"
        for name, digest in listed.items()
        if name not in erased and (fault := _fault(folder, name, digest))
    ]
    unlisted = release_reader.files_of(folder) - listed.keys() - _FOLLOWING
    problems += [f"{name}: not listed in the manifest" for name in sorted(unlisted)]
    if signed != (folder / signing.SIGNATURE).exists():
        problems.append(f"{signing.SIGNATURE}: the manifest says otherwise")
    covered, wrong = _sums(folder, manifest)
    sentence = (
        f"All {len(listed.keys() - set(erased))} files have the sha256 that the manifest lists, and there "
        "are no others"
    )
    sentence += f"; {covered}."
    problems += wrong
    yield Check("bytes", "failed" if problems else "passed", sentence, tuple(problems))


def _fault(folder: Path, name: str, digest: str) -> str:
    """What is wrong with a listed file; empty when nothing is."""
    if not release_reader.is_file_name(name):
        return "no name of a file in this folder"
    path = folder / name
    if not path.is_file():
        return "missing"
    return "" if sha256_of(path) == digest else "not the bytes that were published"


def _sums(folder: Path, manifest: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Whether SHA256SUMS agrees. That of older releases leaves out the manifest itself."""
    path = folder / signing.SUMS
    if not path.is_file():
        return "", [f"{signing.SUMS}: missing"]
    found = path.read_bytes()
    if found == signing.sums(manifest, sha256_of(folder / MANIFEST)):
        return f"{signing.SUMS} says the same of them and of the manifest", []
    if signing.SUMS in manifest["files"] and found == signing.sums(manifest, None):
        return f"{signing.SUMS} says the same of them, and nothing of the manifest", []
    return "", [f"{signing.SUMS}: differs from the manifest"]


def _provenance(folder: Path, manifest: Mapping[str, Any], key: PublicKey | None) -> Check:
    path = folder / signing.PROVENANCE
    if not path.exists():
        return Check("provenance", "skipped", "The release carries no provenance statement.")
    signed = manifest.get("signature", signing.UNSIGNED) != signing.UNSIGNED
    try:
        statement = signing.check_envelope(path.read_bytes(), key if signed else None)
        subjects = {each["name"]: each["digest"]["sha256"] for each in statement["subject"]}
        parameters = statement["predicate"]["buildDefinition"]["externalParameters"]
        inputs = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    except (signing.NotSignedByError, KeyError, TypeError) as error:
        return Check("provenance", "failed", "The statement must be readable.", (str(error),))
    listed = {name: about["sha256"] for name, about in manifest["files"].items()}
    problems = [
        f"{name}: the statement lists other bytes"
        for name, digest in subjects.items()
        if listed.get(name) != digest
    ]
    problems += [
        f"{name}: the statement does not list it"
        for name in listed
        if name not in subjects and name not in (signing.PROVENANCE, signing.SUMS)
    ]
    problems += [
        f"{name}: {parameters.get(name)} in the statement, {manifest[name]} in the manifest"
        for name in ("dataset", "version")
        if parameters.get(name) != manifest[name]
    ]
    sentence = (
        f"The {'signed' if signed and key else 'unchecked'} statement names {len(inputs)} inputs by "
        f"sha256 and lists these {len(subjects)} files."
    )
    return Check("provenance", "failed" if problems else "passed", sentence, tuple(problems))


# --- content --------------------------------------------------------------------------------------


def _schema(folder: Path, manifest: Mapping[str, Any], contract: Contract) -> tuple[str, list[str]]:
    problems = []
    for table in contract.published:
        found, promised = (
            pq.read_schema(folder / f"{table.name}.parquet"),
            canonical_files.arrow_schema(table),
        )
        if not found.equals(promised, check_metadata=False):
            problems.append(f"{table.name}: columns or types differ from the contract")
        elif any(found.field(each.name).metadata != each.metadata for each in promised):
            problems.append(f"{table.name}: units or descriptions differ from the contract")
    count = sum(len(table.columns) for table in contract.published)
    return (
        f"All {count} columns have the names, order, types, units and descriptions that the contract "
        f"promises (schema {manifest['schema_version']}).",
        problems,
    )


def _rows(folder: Path, release: ReleaseData) -> tuple[str, list[str]]:
    promised = release.manifest.get("rows_sha256", {})
    problems, compared = [], 0
    for table in release.contract.published:
        rows = release.rows[table.name]
        if rows.height != release.manifest["rows"][table.name]:
            problems.append(f"{table.name}: {rows.height} rows, not as many as the manifest says")
        if rows.select(table.key).is_duplicated().any():
            problems.append(f"{table.name}: a key occurs twice")
            continue
        csv = canonical_files.csv_bytes(table, rows)
        digest = canonical_files.content_sha256(csv)
        if promised.get(table.name, digest) != digest:
            problems.append(f"{table.name}: other rows than the content hash says")
        for name, read in ((f"{table.name}.csv.gz", _unpacked), (f"{table.name}.csv", _plain)):
            if (folder / name).exists():
                compared += 1
                if hashlib.sha256(read(folder / name)).hexdigest() != digest:
                    problems.append(f"{name}: other rows than the Parquet")
    total = sum(rows.height for rows in release.rows.values())
    sentence = (
        f"All {total:,} rows are there, each key once, and {compared} CSV files hold the same rows"
    )
    sentence += "; their content hashes are those of the manifest." if promised else "."
    return sentence, problems


def _unpacked(path: Path) -> bytes:
    with gzip.open(path) as file:
        return file.read()


def _plain(path: Path) -> bytes:
    return path.read_bytes()


def _rules(folder: Path, release: ReleaseData) -> tuple[str, list[str]] | Check:
    path = folder / VALIDATION
    if not path.exists():
        return Check("rules", "skipped", f"The release carries no {VALIDATION}.")
    reported = {
        (rule["table"], rule["rule_id"]): rule["failed"]
        for rule in json.loads(path.read_text("utf-8"))["rule"]
    }
    judged, left, problems = 0, 0, []
    for table in release.contract.published:
        aside = release.manifest["read"][table.name]["quarantined"]
        for rule in table.all_rules:
            failed = _failed(rule, table, release)
            # Groups that lost rows to the quarantine are other groups now.
            if failed is None or (aside and rule.about == "groups"):
                left += 1
                continue
            judged += 1
            expected = 0 if rule.severity == "critical" else reported.get((table.name, rule.id))
            # Rows in quarantine broke rules too, and are not here to be counted.
            if expected is None or failed > expected or (failed < expected and not aside):
                problems.append(f"{rule.id}: fails for {failed} {rule.about}, not for {expected}")
    sentence = f"Judged again, {judged} rules find what {VALIDATION} says and no critical one fails"
    sentence += (
        f"; {left} rules need tables or rows that are not part of a release and were left out."
        if left
        else "."
    )
    return sentence, problems


def _failed(rule: Rule, table: Table, release: ReleaseData) -> int | None:
    """How many rows or groups of the release break a rule; None without the tables it reads."""
    mine = f"{release.contract.dataset}."
    references = {f"{mine}{name}": rows.lazy() for name, rows in release.rows.items()}
    if not set(rule.references()) <= references.keys():
        return None
    trace = [pl.lit(None, kind).alias(name) for name, kind in TRACE.items()]
    measured = rule.measured(release.rows[table.name].lazy().with_columns(trace), references)
    counted = measured.select(rule.fails().fill_null(False).sum()).collect()
    return int(counted.item())


def _vintages(folder: Path, release: ReleaseData) -> tuple[str, list[str]] | Check:
    problems, states = [], 0
    for table in release.contract.published:
        path = folder / vintages.file_name(table)
        if not path.exists():
            return Check("vintages", "skipped", "The release carries no vintages.")
        found = pl.read_parquet(path)
        states += found.height
        now = vintages.as_of(table, found, date.max)
        rows = release.rows[table.name].sort(table.row_order)
        if not now.select(rows.columns).equals(rows, null_equal=True):
            problems.append(f"{table.name}: looking back from today does not give this release")
    return f"Its {states:,} known states end in exactly the rows of this release.", problems
