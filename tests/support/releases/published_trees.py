"""Published trees as tests need them: described for another publication, or with one more version.

What a refresh published holds its descriptions already; nothing here makes those of the real releases.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from expectations.contract import contracts
from pipelines.publish import portal_catalogue, release_reader
from pipelines.publish.metadata import DESCRIPTIONS, describe, describe_all
from pipelines.publish.metadata.publication import Publication, publication
from pipelines.publish.metadata.release_facts import VOUCHING, ReleaseFacts
from pipelines.publish.published import Manifest, Publications
from pipelines.publish.store.commit import Files, PublishRequest, publish
from pipelines.publish.store.log import Release as Released
from pipelines.publish.store.storage import Storage


def described_from(manifest: Manifest) -> ReleaseFacts:
    """The facts that the descriptions of a release were made from: its files without those made later."""
    later = DESCRIPTIONS.keys() | VOUCHING.keys()
    files = {name: about for name, about in manifest["files"].items() if name not in later}
    return ReleaseFacts.of(manifest | {"files": files})


def describe_into(folder: Path, published: Path, by: Publication) -> Path:
    """Copy a published tree and put the descriptions of another publication in it. Gives the folder."""
    shutil.copytree(published, folder)
    there = Publications.at(folder, folder)
    made = {
        dataset: (contract, [described_from(there.manifest(each)) for each in there.valid(dataset)])
        for dataset, contract in contracts().items()
    }
    for contract, versions in made.values():
        for release in versions:
            for name, content in describe(contract, release, by).items():
                (folder / release.path / name).write_bytes(content)
    for name, content in describe_all(made, by).items():
        (folder / name).write_bytes(content)
    return folder


def publish_again(storage: Storage, state: Path, dataset: str, moment: str) -> None:
    """Release the tables of the newest version again, as a version of its own that is described as such."""
    published = Publications.of(storage, state)

    def made(version: str, after: Released | None) -> Files:
        assert after, "there is nothing to publish again"
        folder = published.folder(after, "*")
        new = {"version": version, "published_at": moment, "content_sha256": again.content_sha256}
        manifest = release_reader.read_manifest(folder) | new
        facts = described_from(manifest).having(earlier=(after.version,))
        return {
            **{name: folder / name for name in facts.files},
            **describe(contracts()[dataset], facts, publication()),
            release_reader.MANIFEST: json.dumps(manifest).encode(),
        }

    again = PublishRequest(dataset, "0" * 64, moment, "again", made, lambda: None)
    publish(storage, again)
    portal_catalogue.describe(storage, state)


def newest(folder: Path, dataset: str) -> Path:
    """The folder of the current version, as the catalogue names it."""
    catalogue = json.loads((folder / "catalog.json").read_text("utf-8"))
    (entry,) = (each for each in catalogue["datasets"] if each["dataset"] == dataset)
    return folder / "data" / dataset / str(entry["latest"])
