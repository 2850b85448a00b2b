"""What a release says about itself in every standard: pure functions from promise and facts to bytes.

One module per standard. Each function takes the contract, the facts of the release and the declaration
of the publication, and nothing else: no clock, no disk, no network. `describe` gives the files of one
version, `describe_all` those of the publication as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from expectations.contract import Contract
from pipelines.publish.descriptions import dcat, rdf
from pipelines.publish.descriptions.catalog import catalog_schema
from pipelines.publish.descriptions.citation_cff import citation_cff
from pipelines.publish.descriptions.croissant import croissant
from pipelines.publish.descriptions.csvw import csvw
from pipelines.publish.descriptions.datacite import datacite
from pipelines.publish.descriptions.datapackage import datapackage
from pipelines.publish.descriptions.facts import Release
from pipelines.publish.descriptions.odcs import odcs
from pipelines.publish.descriptions.publication import Publication
from pipelines.publish.descriptions.readme import readme
from pipelines.publish.descriptions.schema_org import schema_org

Description = Callable[[Contract, Release, Publication], bytes]

DESCRIPTIONS: dict[str, Description] = {
    "CITATION.cff": citation_cff,
    "README.md": lambda contract, release, by: readme(contract, release, by, "en"),
    "README.nl.md": lambda contract, release, by: readme(contract, release, by, "nl"),
    "contract.odcs.yaml": odcs,
    "croissant.json": croissant,
    "csv-metadata.json": csvw,
    "datacite.json": datacite,
    "datapackage.json": datapackage,
    "dcat.jsonld": dcat.version_json_ld,
    "dcat.ttl": dcat.version_turtle,
    "schema-org.jsonld": schema_org,
}
"""File name -> what fills it. The names are in alphabetical order."""


def describe(contract: Contract, release: Release, publication: Publication) -> dict[str, bytes]:
    """All descriptions of one version: file name -> content.

    release.files holds the files of data, not these descriptions.
    """
    return {name: made(contract, release, publication) for name, made in DESCRIPTIONS.items()}


def describe_all(
    releases: Mapping[str, tuple[Contract, Sequence[Release]]], publication: Publication
) -> dict[str, bytes]:
    """The files beside `data/` and the store's `catalog.json`: its schema, and the catalogue for portals.

    releases: dataset -> its contract and its versions, oldest first, at least one. A portal sees the newest
    version that was not withdrawn; where all were, the newest of those, with the reason. Raises ValueError
    when there is no dataset at all.
    """
    entries = []
    for contract, versions in releases.values():
        shown = [each for each in versions if not each.withdrawn] or versions
        earlier = tuple(each.version for each in shown[:-1])
        entries.append(dcat.Entry(contract, shown[-1].having(earlier=earlier)))
    nodes = dcat.catalogue(entries, publication)
    return {
        "catalog.jsonld": rdf.json_ld(nodes),
        "catalog.schema.json": catalog_schema(),
        "catalog.ttl": rdf.turtle(nodes),
    }
