"""Iceberg metadata over published files: each version of a table is a snapshot, and a tag of its name.

    <table>/metadata/v<N>.metadata.json    the table, of N snapshots; what an engine opens
    <table>/metadata/version-hint.text     N, for engines that open the folder
    <table>/metadata/<version>*.avro       which file a snapshot holds

The Parquet files stay where they are and as they are. Metadata holds their absolute addresses, so it is
no part of a release: it is made on request, where the files are. The same releases at the same
address give the same bytes. What belongs here: all that knows Iceberg. It needs the extra `iceberg`,
so only its command imports this.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import accumulate
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import PyArrowFileIO, parquet_file_to_data_file, pyarrow_to_schema
from pyiceberg.manifest import (
    DataFile,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    write_manifest,
    write_manifest_list,
)
from pyiceberg.partitioning import PARTITION_FIELD_ID_START, UNPARTITIONED_PARTITION_SPEC
from pyiceberg.schema import Schema
from pyiceberg.table.metadata import TableMetadataV2
from pyiceberg.table.name_mapping import NameMapping, parse_mapping_from_json
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER

from assets import atomic_files
from expectations.contract import Contract, Table
from pipelines.publish import release_reader
from pipelines.publish.history import vintages
from pipelines.publish.published import Publications
from pipelines.publish.store.log import Release

_FORMAT: Final = 2
_IO = PyArrowFileIO()
_FILE = "file://"


@dataclass(frozen=True, slots=True)
class State:
    """A table at one version. moment: milliseconds since 1970. columns: as the file has them."""

    version: str
    moment: int
    sha256: str
    file: Path
    columns: pa.Schema
    table: Table


@dataclass(frozen=True, slots=True)
class IcebergTable:
    """A table for engines. metadata: the file they open. versions: its snapshots, oldest first."""

    metadata: Path
    versions: tuple[str, ...]


def write(
    published: Publications, releases: Sequence[Release], out: Path
) -> dict[str, IcebergTable]:
    """Make every table of the newest of these versions readable as Iceberg, in `<out>/<table>/`.

    published: in a folder. releases: of one dataset, oldest version first, at least one. Raises VK-P011
    when a release cannot be read.
    """
    newest = release_reader.read_contract(published.folder(releases[-1], release_reader.CONTRACT))
    return {
        table.name: _write(newest, _alike(_states(published, releases, table)), out / table.name)
        for table in newest.published
    }


def _states(published: Publications, releases: Sequence[Release], wanted: Table) -> Iterable[State]:
    """The table at every version that has it, oldest first."""
    own = [vintages.moment_of(each.published_at).replace(tzinfo=UTC) for each in releases]
    # A release never counts as known before the one it follows.
    for release, moment in zip(releases, accumulate(own, max), strict=True):
        folder = published.folder(release, release_reader.CONTRACT, "*.parquet")
        for table in release_reader.read_contract(folder).published:
            if table.name == wanted.name:
                name = f"{table.name}.parquet"
                file = (folder / name).resolve()
                yield State(
                    version=release.version,
                    moment=int(moment.timestamp() * 1000),
                    sha256=release.files[name].sha256,
                    file=file,
                    columns=pq.read_schema(file),
                    table=table,
                )


def _alike(states: Iterable[State]) -> list[State]:
    """Those since a column last changed its type: a name leads to one column, and that has one type."""
    kept: list[State] = []
    known: dict[str, pa.DataType] = {}
    for state in reversed(list(states)):
        types = {column.name: column.type for column in state.columns}
        if any(known.get(name, kind) != kind for name, kind in types.items()):
            break
        known |= types
        kept.insert(0, state)
    return kept


def _write(contract: Contract, states: list[State], folder: Path) -> IcebergTable:
    folder = folder.resolve()
    names = dict.fromkeys(name for state in states for name in state.columns.names)
    mapping = parse_mapping_from_json(
        json.dumps([{"field-id": id_, "names": [name]} for id_, name in enumerate(names, 1)])
    )
    schemas: list[Schema] = []
    for state in states:
        schema = _schema(state, mapping)
        if schema not in schemas:
            schemas.append(Schema(*schema.fields, schema_id=len(schemas)))
    table = {
        "format-version": _FORMAT,
        "location": _address(folder),
        "table-uuid": uuid5(NAMESPACE_URL, _address(folder)),
        "last-updated-ms": states[-1].moment,
        "last-column-id": len(names),
        "schemas": schemas,
        "partition-specs": [UNPARTITIONED_PARTITION_SPEC],
        "last-partition-id": PARTITION_FIELD_ID_START - 1,
        "sort-orders": [UNSORTED_SORT_ORDER],
        "properties": {
            # Our files carry no field ids, so their columns are found by name.
            "schema.name-mapping.default": mapping.model_dump_json(),
            "comment": states[-1].table.description.en,
            "licence": contract.licence,
            "attribution": "; ".join(contract.attribution),
        },
    }
    snapshots: list[Snapshot] = []
    before: DataFile | None = None
    for state in states:
        own = {**table, "current-schema-id": schemas.index(_schema(state, mapping))}
        metadata = TableMetadataV2.model_validate(own)
        file = parquet_file_to_data_file(_IO, metadata, _address(state.file))
        snapshots.append(_snapshot(state, metadata, file, before, snapshots))
        before = file
    path = folder / f"metadata/v{len(snapshots)}.metadata.json"
    metadata = TableMetadataV2.model_validate({**table, **_history(states, snapshots)})
    atomic_files.write_bytes(path, metadata.model_dump_json().encode())
    atomic_files.write_bytes(path.with_name("version-hint.text"), str(len(snapshots)).encode())
    return IcebergTable(path, tuple(state.version for state in states))


def _history(states: list[State], snapshots: list[Snapshot]) -> dict[str, Any]:
    """The snapshots in the metadata of a table; the last one is the current state."""
    newest = snapshots[-1]
    # A tag for every version, and the branch that engines read by default.
    tags = {
        state.version: {"snapshot-id": each.snapshot_id, "type": "tag"}
        for state, each in zip(states, snapshots, strict=True)
    }
    return {
        "current-schema-id": newest.schema_id,
        "current-snapshot-id": newest.snapshot_id,
        "last-sequence-number": newest.sequence_number,
        "snapshots": snapshots,
        "snapshot-log": [
            {"snapshot-id": each.snapshot_id, "timestamp-ms": each.timestamp_ms}
            for each in snapshots
        ],
        "refs": {"main": {"snapshot-id": newest.snapshot_id, "type": "branch"}, **tags},
    }


def _schema(state: State, mapping: NameMapping) -> Schema:
    """The columns of a state, with the words of its contract."""
    found = pyarrow_to_schema(state.columns, mapping, format_version=_FORMAT)
    columns = state.table.columns
    return Schema(*(f.model_copy(update={"doc": columns[f.name].en}) for f in found.fields))


def _snapshot(
    state: State,
    metadata: TableMetadataV2,
    file: DataFile,
    replaced: DataFile | None,
    earlier: Sequence[Snapshot],
) -> Snapshot:
    """Write what a version holds: its one file, in the place of the one before."""
    parent = earlier[-1].snapshot_id if earlier else None
    number = len(earlier) + 1
    stem = f"{metadata.location}/metadata/{state.version}"
    identity = _id(stem, state.sha256)
    with write_manifest(
        _FORMAT,
        metadata.spec(),
        metadata.schema(),
        _IO.new_output(f"{stem}.avro"),
        identity,
        "null",
    ) as manifest:
        manifest.add(_entry(file, number, identity))
        if replaced and parent is not None:
            manifest.delete(_entry(replaced, number - 1, parent))
    held: ManifestFile = manifest.to_manifest_file()
    _settle(f"{stem}.avro")
    listed = f"{stem}.snapshot.avro"
    with write_manifest_list(
        _FORMAT,
        _IO.new_output(listed),
        identity,
        parent,
        number,
        "null",
    ) as manifests:
        manifests.add_manifests([held])
    _settle(listed)
    return Snapshot.model_validate(
        {
            "snapshot-id": identity,
            "parent-snapshot-id": parent,
            "sequence-number": number,
            "timestamp-ms": state.moment,
            "manifest-list": listed,
            "schema-id": metadata.current_schema_id,
            "summary": {
                "operation": "append" if parent is None else "overwrite",
                "total-data-files": "1",
                "total-records": str(file.record_count),
                "version": state.version,
                "sha256": state.sha256,
            },
        }
    )


def _entry(file: DataFile, number: int, snapshot: int) -> ManifestEntry:
    return ManifestEntry.from_args(
        status=ManifestEntryStatus.EXISTING,
        snapshot_id=snapshot,
        sequence_number=number,
        file_sequence_number=number,
        data_file=file,
    )


def _settle(address: str) -> None:
    """Replace the marker between the blocks of an Avro file, which is random, by one of its address."""
    path = Path(address.removeprefix(_FILE))
    content = path.read_bytes()
    marker = content[-16:]  # every block ends in it, so the file does
    atomic_files.write_bytes(path, content.replace(marker, uuid5(NAMESPACE_URL, address).bytes))


def _id(stem: str, sha256: str) -> int:
    """The positive number of 63 bits by which a snapshot is known."""
    return uuid5(NAMESPACE_URL, f"{stem}#{sha256}").int >> 65


def _address(path: Path) -> str:
    """As engines write it: not percent-encoded, since Iceberg compares addresses as they stand."""
    return _FILE + path.as_posix()
