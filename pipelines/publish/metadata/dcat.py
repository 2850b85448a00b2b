"""DCAT-AP-NL 3.0.1: the catalogue that a portal harvests, and one description per version.

The catalogue holds one `dcat:Dataset` per dataset, with the files of its current version: a harvester
makes an entry of every `dcat:Dataset` it meets. Each version is described in its own `dcat.ttl`, to which
the catalogue points with `rdfs:seeAlso`; `dcat:hasVersion` would ask for their description right here.
Controlled values come from `_EU` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from expectations.contract import Bilingual, Contract, Frequency
from pipelines.publish.metadata.publication import Publication
from pipelines.publish.metadata.rdf import Iri, Literal, Node, Value, json_ld, turtle, words
from pipelines.publish.metadata.release_facts import ReleaseFacts, TableFile, path_of, table_files
from pipelines.publish.metadata.text import LICENCES

_EU = "http://publications.europa.eu/resource/authority/"
_MEDIA = "https://www.iana.org/assignments/media-types/"
FREQUENCIES: dict[Frequency, str] = {
    "annual": "ANNUAL",
    "quarterly": "QUARTERLY",
    "irregular": "IRREG",
}
_LANGUAGES = ("NLD", "ENG")
# The word of DCAT 3 for dates and moments, by the length of the text.
# The length of a text is its precision; a moment has any length, with `Z` or an offset behind it.
_TEMPORAL = {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"}

Statements = list[tuple[str, Value]]


class CatalogueEntry(NamedTuple):
    """A dataset in the catalogue: its contract and its current release, with the earlier versions."""

    contract: Contract
    release: ReleaseFacts


def catalogue(entries: Sequence[CatalogueEntry], publication: Publication) -> list[Node]:
    """The catalogue of current releases, alphabetical by dataset. Raises ValueError when empty."""
    if not entries:
        raise ValueError("a catalogue without a dataset is none")
    ordered = sorted(entries, key=lambda entry: entry.contract.dataset)
    moments = [entry.release.published_at for entry in ordered]
    statements: Statements = [
        *words("dct:title", publication.title),
        *words("dct:description", publication.description),
        *_responsible(publication),
        *_languages(),
        ("dct:license", Iri(LICENCES[ordered[0].contract.licence]["dcat"])),
        ("dct:modified", _moment(max(moments))),
        ("foaf:homepage", Iri(publication.base_url)),
        *(("dcat:dataset", Iri(publication.dataset(each.contract.dataset))) for each in ordered),
    ]
    nodes = [Node(publication.address("#catalogue"), ("dcat:Catalog",), tuple(statements))]
    for contract, release in ordered:
        iri = publication.dataset(contract.dataset)
        versions = [*release.earlier, release.version]
        current: Statements = [
            ("rdfs:seeAlso", Iri(f"{_version(publication, contract.dataset, name)}dcat.ttl"))
            for name in versions
        ]
        nodes += _dataset(iri, current, contract, release, publication)
    return _once([*nodes, *_agents(publication)])


def version(contract: Contract, release: ReleaseFacts, publication: Publication) -> list[Node]:
    """One version, as `dcat.ttl` in its folder describes it."""
    iri = _version(publication, contract.dataset, release.version)
    previous: Statements = [
        ("dcat:previousVersion", Iri(_version(publication, contract.dataset, name)))
        for name in release.earlier[-1:]
    ]
    nodes = _dataset(iri, previous, contract, release, publication)
    return _once([*nodes, *_agents(publication)])


def version_turtle(contract: Contract, release: ReleaseFacts, publication: Publication) -> bytes:
    """`dcat.ttl` of one version."""
    return turtle(version(contract, release, publication))


def version_json_ld(contract: Contract, release: ReleaseFacts, publication: Publication) -> bytes:
    """`dcat.jsonld` of one version."""
    return json_ld(version(contract, release, publication))


def _dataset(
    iri: str,
    related: Statements,
    contract: Contract,
    release: ReleaseFacts,
    publication: Publication,
) -> list[Node]:
    about = publication.about(contract.dataset)
    here = publication.address(release.path)
    files = table_files(contract, release)
    promise = Iri(f"{here}contract.odcs.yaml")
    pages = [Iri(f"{here}README.nl.md"), Iri(f"{here}README.md")]
    period, spoken = f"{here}#period", f"{here}#sources"
    statements: Statements = [
        *words("dct:title", contract.title),
        *words("dct:description", contract.description),
        ("dct:identifier", Literal(iri)),
        ("dct:accessRights", Iri(f"{_EU}access-right/PUBLIC")),
        *_responsible(publication),
        *(("dcat:theme", Iri(f"{_EU}data-theme/{theme}")) for theme in about.themes),
        *(("dcat:keyword", Literal(word)) for word in contract.keywords),
        *_languages(),
        ("dct:conformsTo", promise),
        ("dcat:landingPage", pages[0]),
        *(("foaf:page", page) for page in pages),
        ("dct:accrualPeriodicity", Iri(f"{_EU}frequency/{FREQUENCIES[contract.frequency]}")),
        ("dct:spatial", Iri(f"{_EU}country/NLD")),
        *([("dct:temporal", Iri(period))] if release.coverage else []),
        ("dct:provenance", Iri(spoken)),
        ("dct:issued", _moment(release.published_at)),
        ("dct:modified", _moment(release.published_at)),
        ("dcat:version", Literal(release.version)),
        *words("adms:versionNotes", _notes(release)),
        ("adms:status", Iri(f"{_EU}dataset-status/{_status(release, publication)}")),
        *related,
        *(("dcat:distribution", Iri(_form(here, each))) for each in files),
    ]
    sources = " ".join(contract.attribution)
    nodes = [
        Node(iri, ("dcat:Dataset",), tuple(statements)),
        Node(
            promise.value,
            ("dct:Standard",),
            tuple(_named(Bilingual(nl="Belofte over kolommen en regels", en="Data contract"))),
        ),
        *(Node(page.value, ("foaf:Document",), tuple(_named(contract.title))) for page in pages),
        Node(spoken, ("dct:ProvenanceStatement",), (("rdfs:label", Literal(sources, "nl")),)),
    ]
    if release.coverage:
        first, last = release.coverage
        begin_end: Statements = [
            ("dcat:startDate", _moment(f"{first:04}-01-01")),
            ("dcat:endDate", _moment(f"{last:04}-12-31")),
        ]
        nodes.append(Node(period, ("dct:PeriodOfTime",), tuple(begin_end)))
    for each in files:
        nodes += _distribution(each, here, contract, release, publication)
    return nodes


def _distribution(
    each: TableFile, here: str, contract: Contract, release: ReleaseFacts, publication: Publication
) -> list[Node]:
    form, address = each.format, here + each.file.name
    checksum = f"{_form(here, each)}-sha256"
    title = Bilingual(
        nl=f"{each.table.title.nl} ({form.words})", en=f"{each.table.title.en} ({form.words})"
    )
    statements: Statements = [
        *words("dct:title", title),
        *words("dct:description", each.table.description),
        ("dcat:accessURL", Iri(address)),
        ("dcat:downloadURL", Iri(address)),
        ("dct:license", Iri(LICENCES[contract.licence]["dcat"])),
        ("dcat:mediaType", Iri(_MEDIA + form.media_type)),
        *([("dct:format", Iri(f"{_EU}file-type/{form.file_type}"))] if form.file_type else []),
        *([("dcat:compressFormat", Iri(_MEDIA + form.compressed))] if form.compressed else []),
        ("dcat:byteSize", Literal(str(each.file.bytes), type="xsd:nonNegativeInteger")),
        ("spdx:checksum", Iri(checksum)),
        ("dct:conformsTo", Iri(f"{here}contract.odcs.yaml")),
        *_languages(),
        ("dct:issued", _moment(release.published_at)),
        ("dct:modified", _moment(release.published_at)),
        ("adms:status", Iri(f"{_EU}distribution-status/{_status(release, publication)}")),
    ]
    sha256: Statements = [
        ("spdx:algorithm", Iri("http://spdx.org/rdf/terms#checksumAlgorithm_sha256")),
        ("spdx:checksumValue", Literal(each.file.sha256, type="xsd:hexBinary")),
    ]
    return [
        Node(_form(here, each), ("dcat:Distribution",), tuple(statements)),
        Node(checksum, ("spdx:Checksum",), tuple(sha256)),
    ]


def _responsible(publication: Publication) -> Statements:
    return [
        ("dct:publisher", Iri(publication.agent)),
        ("dct:creator", Iri(publication.agent)),
        ("dcat:contactPoint", Iri(publication.address("#contact"))),
    ]


def _agents(publication: Publication) -> list[Node]:
    who = publication.publisher
    contact: Statements = [
        *words("vcard:fn", who.name),
        *([("vcard:hasEmail", Iri(f"mailto:{who.email}"))] if who.email else []),
        *([("vcard:hasTelephone", Iri(_dialled(who.telephone)))] if who.telephone else []),
        ("vcard:hasURL", Iri(publication.base_url)),
    ]
    kinds = ("vcard:Kind", "vcard:Organization")
    return [
        Node(publication.agent, ("foaf:Agent",), tuple(words("foaf:name", who.name))),
        Node(publication.address("#contact"), kinds, tuple(contact)),
        Node(publication.base_url, ("foaf:Document",), tuple(_named(publication.title))),
    ]


def _dialled(telephone: str) -> str:
    return f"tel:{telephone.replace(' ', '-')}"


def _named(title: Bilingual) -> Statements:
    return words("dct:title", title)


def _languages() -> Statements:
    return [("dct:language", Iri(f"{_EU}language/{code}")) for code in _LANGUAGES]


def _moment(text: str) -> Literal:
    return Literal(text, type=_TEMPORAL.get(len(text), "xsd:dateTime"))


def _version(publication: Publication, dataset: str, version: str) -> str:
    return publication.address(path_of(dataset, version))


def _form(here: str, each: TableFile) -> str:
    return f"{here}#{each.file.name}"


def _status(release: ReleaseFacts, publication: Publication) -> str:
    """A code that dataset-status and distribution-status share."""
    if release.withdrawn:
        return "WITHDRAWN"
    return "COMPLETED" if publication.confirmed else "DEVELOP"


def _notes(release: ReleaseFacts) -> Bilingual:
    if release.withdrawn:
        return Bilingual(
            nl=f"Ingetrokken: {release.withdrawn.nl}", en=f"Withdrawn: {release.withdrawn.en}"
        )
    if release.notes:
        return release.notes
    if release.earlier:
        return Bilingual(
            nl=f"Volgt op versie {release.earlier[-1]}.", en=f"Follows {release.earlier[-1]}."
        )
    return Bilingual(nl="Eerste versie.", en="First version.")


def _once(nodes: Sequence[Node]) -> list[Node]:
    """Each thing described once: the first description of a name counts."""
    return list({node.iri: node for node in reversed(nodes)}.values())[::-1]
