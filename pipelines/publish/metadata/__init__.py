"""The descriptions of a release in every standard: pure functions from contract and facts to bytes.

One module per standard. Each function takes the contract, the facts of the release and the declaration
of the publication, and nothing else: no clock, no disk, no network. `describe` gives the files of one
version, `describe_all` those of the publication as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from expectations.contract import Bilingual, Contract
from expectations.localized import Language
from pipelines.publish.metadata import dcat, rdf
from pipelines.publish.metadata.citation_cff import citation_cff
from pipelines.publish.metadata.croissant import croissant
from pipelines.publish.metadata.csvw import csvw
from pipelines.publish.metadata.datacite import datacite
from pipelines.publish.metadata.datapackage import datapackage
from pipelines.publish.metadata.index_schema import catalog_schema
from pipelines.publish.metadata.odcs import odcs
from pipelines.publish.metadata.publication import Publication
from pipelines.publish.metadata.readme import readme
from pipelines.publish.metadata.release_facts import ReleaseFacts
from pipelines.publish.metadata.schema_org import schema_org

Descriptions = Callable[[Contract, ReleaseFacts, Publication], bytes]


def _page(language: Language) -> Descriptions:
    """The page in a language. It names every file, and so its own neighbours too."""

    def made(contract: Contract, release: ReleaseFacts, publication: Publication) -> bytes:
        described = {name: words for name, (words, _) in DESCRIPTIONS.items()}
        return readme(contract, release, publication, described, language)

    return made


def _words(nl: str, en: str) -> Bilingual:
    return Bilingual(nl=nl, en=en)


DESCRIPTIONS: dict[str, tuple[Bilingual, Descriptions]] = {
    "CITATION.cff": (
        _words("Hoe u deze versie citeert, voor programma's", "How to cite this, for programs"),
        citation_cff,
    ),
    "README.md": (_words("Deze pagina in het Engels", "This page in English"), _page("en")),
    "README.nl.md": (_words("Deze pagina in het Nederlands", "This page in Dutch"), _page("nl")),
    "contract.odcs.yaml": (
        _words("Het contract voor data-engineers (ODCS)", "The contract for data engineers (ODCS)"),
        odcs,
    ),
    "croissant.json": (
        _words("De tabellen voor machine learning (Croissant)", "For machine learning (Croissant)"),
        croissant,
    ),
    "csv-metadata.json": (
        _words("De kolommen van de CSV (CSV on the Web)", "The columns of CSV (CSV on the Web)"),
        csvw,
    ),
    "datacite.json": (
        _words("Wat een uitgever van DOI's vraagt (DataCite)", "For who issues DOIs (DataCite)"),
        datacite,
    ),
    "datapackage.json": (
        _words("Alle tabellen en hun kolommen (Data Package)", "All tables (Data Package)"),
        datapackage,
    ),
    "dcat.jsonld": (
        _words("Deze versie voor dataportalen (DCAT-AP-NL)", "For data portals (DCAT-AP-NL)"),
        dcat.version_json_ld,
    ),
    "dcat.ttl": (_words("Hetzelfde in Turtle", "The same in Turtle"), dcat.version_turtle),
    "schema-org.jsonld": (
        _words("Deze versie voor zoekmachines (schema.org)", "For search engines (schema.org)"),
        schema_org,
    ),
}
"""File name -> what it is, and what fills it. The names are in alphabetical order."""


def describe(
    contract: Contract, release: ReleaseFacts, publication: Publication
) -> dict[str, bytes]:
    """All descriptions of one version: file name -> content.

    release.files holds the files of data, not these descriptions.
    """
    return {name: made(contract, release, publication) for name, (_, made) in DESCRIPTIONS.items()}


def describe_all(
    releases: Mapping[str, tuple[Contract, Sequence[ReleaseFacts]]], publication: Publication
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
        entries.append(dcat.CatalogueEntry(contract, shown[-1].having(earlier=earlier)))
    nodes = dcat.catalogue(entries, publication)
    return {
        "catalog.jsonld": rdf.json_ld(nodes),
        "catalog.schema.json": catalog_schema(),
        "catalog.ttl": rdf.turtle(nodes),
    }
