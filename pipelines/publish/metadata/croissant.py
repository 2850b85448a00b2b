"""Croissant 1.1 with the fields for responsible use (RAI), over the Parquet files.

Two wishes of the readers: a name that is one text, and `application/x-parquet` where the registered
media type is another.
"""

from __future__ import annotations

from typing import Any

from expectations.contract import Contract
from pipelines.publish.metadata.columns import KINDS, described
from pipelines.publish.metadata.publication import Publication
from pipelines.publish.metadata.release_facts import PARQUET, ReleaseFacts, TableFile, table_files
from pipelines.publish.metadata.text import LICENCES, as_json, both, citation

# The context that the specification prescribes; readers compare it with theirs.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(contract: Contract, release: ReleaseFacts, publication: Publication) -> bytes:
    """The release as Croissant. While no address is known, files are named as beside this one."""
    about = publication.about(contract.dataset)
    publisher = {"@type": "sc:Organization", "name": publication.publisher.name.en}
    records = [each for each in table_files(contract, release) if each.format is PARQUET]
    where = publication.address(release.path) if publication.confirmed else ""
    return as_json(
        {
            "@context": _CONTEXT,
            "@type": "sc:Dataset",
            "conformsTo": [
                "http://mlcommons.org/croissant/1.1",
                "http://mlcommons.org/croissant/RAI/1.0",
            ],
            "name": contract.title.en,
            "alternateName": contract.title.nl,
            "description": both(contract.description),
            "url": publication.dataset(contract.dataset),
            "version": release.version,
            "datePublished": release.published_at,
            "license": LICENCES[contract.licence]["url"],
            "citeAs": citation(contract, release, publication),
            "creator": publisher,
            "publisher": publisher,
            "keywords": list(contract.keywords),
            "inLanguage": ["nl", "en"],
            "isLiveDataset": False,
            "rai:dataCollection": about.collection.en,
            "rai:dataCollectionRawData": "; ".join(contract.attribution),
            "rai:dataLimitations": [caveat.en for caveat in contract.caveats],
            "rai:personalSensitiveInformation": [about.personal.en],
            "rai:dataReleaseMaintenancePlan": about.maintenance.en,
            "distribution": [_file(each, where) for each in records],
            "recordSet": [_records(each) for each in records],
        }
    )


def _file(each: TableFile, where: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": each.file.name,
        "name": each.file.name,
        "description": both(each.table.description),
        "contentUrl": where + each.file.name,
        "contentSize": f"{each.file.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": each.file.sha256,
    }


def _records(each: TableFile) -> dict[str, Any]:
    name = each.table.name
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": both(each.table.description),
        "key": [{"@id": f"{name}/{column}"} for column in each.table.key],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column}",
                "name": column,
                "description": described(about) + (f" [{about.unit}]" if about.unit else ""),
                "dataType": KINDS[about.type].croissant,
                "source": {
                    "fileObject": {"@id": each.file.name},
                    "extract": {"column": column},
                },
            }
            for column, about in each.table.columns.items()
        ],
    }
