"""One release: from tables that passed their audit to a version that everybody sees, if it says anything new.

What belongs here: the order of it. What does not: the proof (`evidence.py`), what the content is
(`content.py`), which files it becomes (`making.py`), how they become visible (`store`).
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from assets.framework.resources import SourceArchive, TableStore
from expectations.contract import Contract
from pipelines.publish import portal_catalogue
from pipelines.publish.audit_evidence import proven
from pipelines.publish.content import gathered
from pipelines.publish.published import Publications
from pipelines.publish.release_writer import Making
from pipelines.publish.store import commit, public_layout
from pipelines.publish.store.log import Log, Release
from pipelines.publish.store.open_storage import storage_to_publish_at
from pipelines.runtime.table_run import BuildTables


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it. place: its folder or address. changed: False when it was there before."""

    release: Release
    place: str
    changed: bool


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
    ) -> Published:
        """Publish a dataset when its content is new.

        attempt: who asks, e.g. the id of a run; the same attempt never publishes twice. build_tables:
        makes tables from other captures, to tell which change caused what. Raises what
        `content.gathered`, `store.publishing` and `catalog.describe` raise.
        """
        content = gathered(contract, tables, sources)
        storage = storage_to_publish_at(self.published)
        with tempfile.TemporaryDirectory(prefix="voorkant-release-") as folder:
            making = Making(content, Path(folder), build_tables)
            outcome = commit.publish(
                storage,
                commit.Candidate(
                    dataset=contract.dataset,
                    content_sha256=content.sha256,
                    moment=content.moment,
                    attempt=attempt,
                    make=lambda version, after: making.version(
                        version, after, Publications.of(storage, self.state)
                    ),
                    prove=lambda: [proven(t, tables) for t in contract.tables.values()],
                ),
            )
        if outcome.changed:
            portal_catalogue.describe(storage, self.state)
        else:
            public_layout.verify(storage, Log(storage).read(), outcome.release)
        place = f"{storage.place}/{outcome.release.folder}"
        return Published(outcome.release, place, outcome.changed)
