"""The catalogue for data portals: `catalog.ttl`, `catalog.jsonld`, `catalog.schema.json`.

They follow from the log and the manifests, and may be made again at any time. What belongs here: making
them what they should be. What does not: `catalog.json` and `latest.json`, which are the store's.
"""

from __future__ import annotations

from pathlib import Path

from expectations.contract import Bilingual, contracts
from pipelines.publish.metadata import describe_all
from pipelines.publish.metadata.publication import publication
from pipelines.publish.metadata.release_facts import ReleaseFacts
from pipelines.publish.published import Publications
from pipelines.publish.store.log import Release
from pipelines.publish.store.public_layout import TRIES, crowded, point
from pipelines.publish.store.storage import Storage, failures


def describe(storage: Storage, state: Path | str) -> Publications:
    """Write the descriptions that are not as they should be, and give what they are about.

    Raises VK-P001, VK-P002, VK-P004.
    """
    published = Publications.of(storage, state)
    for _ in range(TRIES):
        made = descriptions(published)
        with failures(storage.place, "Releases are untouched; the next run describes them."):
            for name, content in made.items():
                point(storage, name, content)
        newer = Publications.of(storage, state)
        if newer.history == published.history:
            return published
        published = newer  # somebody released meanwhile; our words may have replaced theirs
    raise crowded(storage)


def descriptions(published: Publications) -> dict[str, bytes]:
    """File name -> content; nothing when nothing was published."""
    releases = {
        name: (contract, _versions(published, name))
        for name, contract in contracts().items()
        if published.releases(name)
    }
    return describe_all(releases, publication()) if releases else {}


def _versions(published: Publications, dataset: str) -> list[ReleaseFacts]:
    """Every version: the one that is shown with all facts of its manifest, others with those of the log."""
    releases = published.releases(dataset)
    shown = published.newest(dataset) or releases[-1]
    return [_facts(published, each, in_full=each is shown) for each in releases]


def _facts(published: Publications, release: Release, *, in_full: bool) -> ReleaseFacts:
    about = {
        "dataset": release.dataset,
        "version": release.version,
        "published_at": release.published_at,
        "rows": {},
        "schema_version": "",
        "inputs": (),
        **release.about,
        **(published.manifest(release) if in_full else {}),
    }
    kept = published.history.kept(release)  # without what was erased
    listed = about.get("files", {})
    files = {name: each for name, each in listed.items() if name in kept}
    why = published.withdrawn(release)
    reason = Bilingual(nl=why, en=why) if why else None  # in the language of who withdrew it
    return ReleaseFacts.of({**about, "files": files}).having(withdrawn=reason)
