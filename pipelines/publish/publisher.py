"""Publish a dataset: from audited tables to a version at a public place, if the content is new.

A release passes through three types on its way:

    ReleaseContent   rows, findings and inputs before publication; knows no version
    Release          a version as the log records it: files with their sha256, no rows
    ReleaseData      a version in memory: manifest, contract and rows

What belongs here: the order of the steps. What does not: proving the audit (`audit_evidence.py`), the
content (`content.py`), its files (`release_writer.py`), how they become visible (`store`).
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import dagster as dg

from assets.framework.resources import SourceArchive, TableStore
from expectations.contract import Contract
from pipelines.publish import portal_catalogue
from pipelines.publish.audit_evidence import require_audit
from pipelines.publish.content import collect_content
from pipelines.publish.history.attribution import attribute_changes
from pipelines.publish.published import Publications
from pipelines.publish.release_writer import write_release
from pipelines.publish.store import commit, public_layout
from pipelines.publish.store.log import Log, Release
from pipelines.publish.store.open_storage import storage_to_publish_at
from pipelines.runtime.table_run import BuildTables


class Publisher(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Publishes datasets at one place.

    published: a folder, or `s3://bucket/prefix`. state: folder for copies of what is read back from S3.
    """

    published: str
    state: str

    def publish(
        self,
        contract: Contract,
        tables: TableStore,
        sources: SourceArchive,
        attempt: str,
        build_tables: BuildTables,
    ) -> commit.PublishResult:
        """Publish a dataset when its content is new.

        attempt: who asks, e.g. the id of a run; the same attempt never publishes twice. build_tables:
        makes tables from other captures, to attribute each change to its cause. Raises what
        `collect_content`, `commit.publish` and `portal_catalogue.describe` raise.
        """
        content = collect_content(contract, tables, sources)
        attribute = partial(attribute_changes, archive=sources.archive(), build_tables=build_tables)
        storage = storage_to_publish_at(self.published)
        with tempfile.TemporaryDirectory(prefix="voorkant-release-") as folder:

            def write(version: str, after: Release | None) -> commit.Files:
                published = Publications.of(storage, self.state)
                fresh = Path(tempfile.mkdtemp(dir=folder))
                return write_release(content, fresh, version, after, published, attribute)

            result = commit.publish(
                storage,
                commit.PublishRequest(
                    dataset=contract.dataset,
                    content_sha256=content.sha256,
                    moment=content.moment,
                    attempt=attempt,
                    make=write,
                    prove=lambda: [require_audit(t, tables) for t in contract.tables.values()],
                ),
            )
        if result.changed:
            portal_catalogue.describe(storage, self.state)
        else:
            public_layout.verify(storage, Log(storage).read(), result.release)
        return result
