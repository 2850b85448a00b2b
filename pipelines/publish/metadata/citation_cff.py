"""`CITATION.cff` 1.2.0, for reference managers and archives."""

from __future__ import annotations

from expectations.contract import Contract
from pipelines.publish.metadata.publication import Publication
from pipelines.publish.metadata.release_facts import ReleaseFacts
from pipelines.publish.metadata.text import LICENCES, as_yaml, both


def citation_cff(contract: Contract, release: ReleaseFacts, publication: Publication) -> bytes:
    """How to cite this version. Address and DOI are there only where they exist."""
    doi = publication.about(contract.dataset).doi
    return as_yaml(
        {
            "cff-version": "1.2.0",
            "message": "Cite this version of the dataset, and the sources it names.",
            "type": "dataset",
            "title": f"{contract.title.nl} ({contract.title.en})",
            "abstract": both(contract.description),
            "version": release.version,
            "date-released": release.day,
            "license": contract.licence,
            "license-url": LICENCES[contract.licence]["url"],
            "authors": [{"name": publication.publisher.name.nl}],
            **({"doi": doi} if doi else {}),
            **({"url": publication.address(release.path)} if publication.confirmed else {}),
            "keywords": list(contract.keywords),
        }
    )
