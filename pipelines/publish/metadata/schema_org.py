"""schema.org/Dataset as JSON-LD, for search engines and the register of the Dutch heritage network.

Here the licence is the canonical address of Creative Commons; DCAT-AP-NL uses another form.
"""

from __future__ import annotations

from typing import Any

from expectations.contract import Bilingual, Contract
from pipelines.publish.metadata.publication import Publication
from pipelines.publish.metadata.release_facts import ReleaseFacts, TableFile, table_files
from pipelines.publish.metadata.text import LICENCES, as_json, citation

_THEMES = "http://publications.europa.eu/resource/authority/data-theme/"
_NETHERLANDS = "http://publications.europa.eu/resource/authority/country/NLD"


def schema_org(contract: Contract, release: ReleaseFacts, publication: Publication) -> bytes:
    """The dataset in its current version."""
    about = publication.about(contract.dataset)
    here = publication.address(release.path)
    publisher = _organization(publication)
    columns = {
        name: column for table in contract.published for name, column in table.columns.items()
    }
    return as_json(
        {
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "@id": publication.dataset(contract.dataset),
            "identifier": publication.dataset(contract.dataset),
            **({"sameAs": f"https://doi.org/{about.doi}"} if about.doi else {}),
            "name": _words(contract.title),
            "description": _words(contract.description),
            "url": f"{here}README.md",
            "mainEntityOfPage": f"{here}README.md",
            "version": release.version,
            "license": LICENCES[contract.licence]["url"],
            "isAccessibleForFree": True,
            "creator": publisher,
            "publisher": publisher,
            "dateCreated": _moment(release.published_at),
            "datePublished": _moment(release.published_at),
            "dateModified": _moment(release.published_at),
            "inLanguage": ["nl", "en"],
            "keywords": list(contract.keywords),
            "about": [_THEMES + theme for theme in about.themes],
            "spatialCoverage": _NETHERLANDS,
            **(
                {"temporalCoverage": "{:04}/{:04}".format(*release.coverage)}
                if release.coverage
                else {}
            ),
            "includedInDataCatalog": publication.address("#catalogue"),
            "citation": citation(contract, release, publication),
            "creditText": "; ".join(contract.attribution),
            "variableMeasured": [
                {
                    "@type": "PropertyValue",
                    "name": name,
                    "description": _words(Bilingual(nl=column.nl, en=column.en)),
                    **({"unitText": column.unit} if column.unit else {}),
                }
                for name, column in columns.items()
            ],
            "distribution": [
                _distribution(each, here, release) for each in table_files(contract, release)
            ],
        }
    )


def _organization(publication: Publication) -> dict[str, Any]:
    """The publisher; how to reach and to identify it only where that is known."""
    who = publication.publisher
    reached = {
        **({"email": who.email} if who.email else {}),
        **({"telephone": who.telephone} if who.telephone else {}),
    }
    contact = {"@type": "ContactPoint", "name": _words(who.name)} | reached
    return {
        "@type": "Organization",
        "@id": publication.agent,
        "name": _words(who.name),
        **({"identifier": who.uri} if who.uri else {}),
        **({"contactPoint": contact} if reached else {}),
    }


def _distribution(each: TableFile, here: str, release: ReleaseFacts) -> dict[str, Any]:
    form = each.format
    packed = f"+{form.compressed.rpartition('/')[2]}" if form.compressed else ""
    return {
        "@type": "DataDownload",
        "@id": f"{here}#{each.file.name}",
        "name": each.file.name,
        "description": _words(each.table.description),
        "contentUrl": here + each.file.name,
        "encodingFormat": form.media_type + packed,
        "contentSize": f"{each.file.bytes} B",
        "sha256": each.file.sha256,
        "datePublished": _moment(release.published_at),
        "dateModified": _moment(release.published_at),
    }


def _moment(text: str) -> dict[str, str]:
    return {"@type": "DateTime", "@value": text}


def _words(text: Bilingual) -> list[dict[str, str]]:
    return [{"@language": "nl", "@value": text.nl}, {"@language": "en", "@value": text.en}]
