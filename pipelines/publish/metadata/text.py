"""Bytes from content: the same content gives the same bytes; and words that several standards share."""

from __future__ import annotations

import json
from typing import Any

import yaml

from expectations.contract import Bilingual, Contract, Licence
from pipelines.publish.metadata.publication import Publication
from pipelines.publish.metadata.release_facts import ReleaseFacts

LICENCES: dict[Licence, dict[str, str]] = {
    "CC-BY-4.0": {
        "title": "Creative Commons Attribution 4.0 International",
        "url": "https://creativecommons.org/licenses/by/4.0/",
        # The form in the examples of DCAT-AP-NL and on data.overheid.nl.
        "dcat": "http://creativecommons.org/licenses/by/4.0/deed.nl",
    }
}


def as_json(content: Any) -> bytes:
    """JSON for programs and people alike: UTF-8, keys as given, a newline at the end."""
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def as_yaml(content: Any) -> bytes:
    """YAML with keys as given; texts that look like something else are quoted."""
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    return text.encode()


def both(words: Bilingual) -> str:
    """Dutch, then English, as two paragraphs, for standards that have room for one text."""
    return f"{words.nl}\n\n{words.en}"


def citation(contract: Contract, release: ReleaseFacts, publication: Publication) -> str:
    """How to cite this version; with an address or DOI only where one exists."""
    doi = publication.about(contract.dataset).doi
    where = [f"https://doi.org/{doi}"] if doi else []
    if publication.confirmed:
        where.append(publication.address(release.path))
    sources = "; ".join(line.rstrip(".") for line in contract.attribution)
    return (
        f"{publication.publisher.name.nl} ({release.day[:4]}): {contract.title.nl} "
        f"({contract.title.en}), version {release.version}. "
        + "".join(f"{each} . " for each in where)
        + f"{sources}. {contract.licence}."
    )
