"""`datacite.json`: the metadata (schema 4.5) with which a DOI can be requested.

Without a DOI the file is a draft: only the DOI is missing, and none is made up.
"""

from __future__ import annotations

from typing import Any

from expectations.contract import Contract
from pipelines.publish.metadata.publication import Publication
from pipelines.publish.metadata.release_facts import ReleaseFacts, path_of, table_files
from pipelines.publish.metadata.text import LICENCES, as_json


def datacite(contract: Contract, release: ReleaseFacts, publication: Publication) -> bytes:
    """The record of this version."""
    licence, who = LICENCES[contract.licence], publication.publisher.name.nl
    files = table_files(contract, release)
    doi = publication.about(contract.dataset).doi
    return as_json(
        {
            **({"doi": doi} if doi else {}),
            "creators": [{"name": who, "nameType": "Organizational"}],
            "titles": [
                {"title": contract.title.nl, "lang": "nl"},
                {"title": contract.title.en, "lang": "en", "titleType": "TranslatedTitle"},
            ],
            "publisher": {"name": who},
            "publicationYear": release.day[:4],
            "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Statistical tables"},
            "subjects": [{"subject": word} for word in contract.keywords],
            "dates": _dates(release),
            "language": "nl",
            "version": release.version,
            "sizes": [f"{release.rows[t.name]} rows ({t.name})" for t in contract.published],
            "formats": list(dict.fromkeys(each.format.media_type for each in files)),
            "rightsList": [
                {
                    "rights": licence["title"],
                    "rightsUri": licence["url"],
                    "rightsIdentifier": contract.licence,
                    "rightsIdentifierScheme": "SPDX",
                }
            ],
            "descriptions": [
                {
                    "description": contract.description.nl,
                    "descriptionType": "Abstract",
                    "lang": "nl",
                },
                {
                    "description": contract.description.en,
                    "descriptionType": "Abstract",
                    "lang": "en",
                },
                {"description": "; ".join(contract.attribution), "descriptionType": "Other"},
            ],
            "geoLocations": [{"geoLocationPlace": "Netherlands"}],
            **_addresses(release, publication),
            "schemaVersion": "http://datacite.org/schema/kernel-4",
        }
    )


def _dates(release: ReleaseFacts) -> list[dict[str, str]]:
    issued = [{"date": release.day, "dateType": "Issued"}]
    if release.coverage:
        first, last = release.coverage
        issued.append({"date": f"{first:04}/{last:04}", "dateType": "Other"})
    return issued


def _addresses(release: ReleaseFacts, publication: Publication) -> dict[str, Any]:
    if not publication.confirmed:
        return {}
    older = [
        {
            "relatedIdentifier": publication.address(path_of(release.dataset, name)),
            "relatedIdentifierType": "URL",
            "relationType": "IsNewVersionOf",
        }
        for name in release.earlier[-1:]
    ]
    here = {"url": publication.address(release.path)}
    return here | ({"relatedIdentifiers": older} if older else {})
