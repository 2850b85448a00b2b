"""The facts about one release that descriptions state, besides its contract and its publisher.

What belongs here: the facts of a release, and which of its files hold which table in which form. What
does not: how a standard words them. Nothing is read from a clock or a disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Self

from expectations.contract import Bilingual, Contract, Table


@dataclass(frozen=True, slots=True)
class Format:
    """A form in which a table is published.

    suffix: of the file name. media_type: as registered. compressed: media type of the wrapping, if any.
    file_type: code in the EU list of file types; None where the list has none that could be checked.
    """

    suffix: str
    words: str
    media_type: str
    compressed: str | None = None
    file_type: str | None = None


FORMATS = (
    Format(".parquet", "Parquet", "application/vnd.apache.parquet"),
    Format(".csv.gz", "CSV (gzip)", "text/csv", "application/gzip", "CSV"),
    Format(
        ".xlsx",
        "Excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        None,
        "XLSX",
    ),
)
PARQUET = FORMATS[0]


# Files that a release holds beside its tables, where it has them; `*` is any table.
BESIDES: dict[str, Bilingual] = {
    "method.nl.md": Bilingual(
        nl="Methode: formule, bronnen, wat het niet zegt, en hoe u het nagaat",
        en="The method, in Dutch",
    ),
    "method.nl.svg": Bilingual(nl="Het plaatje daarbij", en="Its picture, in Dutch"),
    "method.en.md": Bilingual(
        nl="De methode in het Engels",
        en="The method: formula, sources, what it does not say, and how to check it",
    ),
    "method.en.svg": Bilingual(nl="Het plaatje daarbij in het Engels", en="Its picture"),
    "*.vintages.parquet": Bilingual(
        nl="Elke stand van elke rij, en van wanneer tot wanneer die gepubliceerd was",
        en="Every state of every row, and from when until when it was published",
    ),
    "changes.json": Bilingual(
        nl="Wat verschilt van de vorige versie, en waarom", en="What differs, and why"
    ),
    "changes.parquet": Bilingual(
        nl="Die verschillen rij voor rij", en="Those differences, row by row"
    ),
    "corrections.parquet": Bilingual(
        nl="Onze correcties op de bron", en="Our corrections of the source"
    ),
    "quarantine.parquet": Bilingual(
        nl="Rijen die apart zijn gezet, met de reden", en="Rows set aside, with the reason"
    ),
    "contract.yaml": Bilingual(
        nl="De kolommen en regels waaraan deze versie is getoetst",
        en="The columns and rules that this version was judged by",
    ),
    "validation.nl.html": Bilingual(
        nl="Wat elke regel vond, om te lezen", en="What every rule found, to read, in Dutch"
    ),
    "validation.en.html": Bilingual(
        nl="Hetzelfde in het Engels", en="What every rule found, to read"
    ),
    "validation.json": Bilingual(
        nl="Hetzelfde voor programma's", en="What every rule found, for programs"
    ),
    "validation/run.parquet": Bilingual(
        nl="Per tabel: hoeveel rijen en regels, en hoeveel regels faalden",
        en="Per table: how many rows and rules, and how many rules failed",
    ),
    "validation/rule.parquet": Bilingual(
        nl="Per regel: haar woorden, en wat zij beoordeelde en afkeurde",
        en="Per rule: its words, and what it judged and failed",
    ),
    "validation/failure.parquet": Bilingual(
        nl="Elke rij of groep die een regel breekt", en="Every row or group that breaks a rule"
    ),
}

SIGNATURE = "manifest.json.minisig"

# Files that vouch for the others. They come after the descriptions, so none of these knows their hash.
VOUCHING: dict[str, Bilingual] = {
    "manifest.json": Bilingual(
        nl="Elk bestand met zijn sha256, en elk antwoord waaruit het is gemaakt",
        en="Every file with its sha256, and every answer it was made from",
    ),
    "provenance.intoto.json": Bilingual(
        nl="Welke code en invoer deze versie maakten, als in-toto-verklaring",
        en="Which code and inputs made this version, as an in-toto statement",
    ),
    "SHA256SUMS": Bilingual(
        nl="De sha256 van elk bestand, om een kopie te controleren",
        en="The sha256 of every file, to check a copy with",
    ),
    SIGNATURE: Bilingual(
        nl="De handtekening onder `manifest.json`, met minisign",
        en="The signature under `manifest.json`, made with minisign",
    ),
}


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file of a release. bytes: its size."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """The facts of a manifest, as descriptions state them: a view of one version, without its rows.

    published_at: ISO 8601 moment. files: those the descriptions are about, by name. rows: per published
    table. inputs: as in the manifest. content_sha256: the identity of the release. checks: how many rules
    passed and failed. coverage: first and last year the rows are about. signed: whether a key vouches for
    it. earlier: the versions before this one, oldest first. notes: what is new. withdrawn: the
    reason not to use it.
    """

    dataset: str
    version: str
    published_at: str
    files: Mapping[str, ReleaseFile]
    rows: Mapping[str, int]
    schema_version: str
    inputs: tuple[Mapping[str, Any], ...] = ()
    content_sha256: str | None = None
    checks: Mapping[str, int] = field(default_factory=dict)
    coverage: tuple[int, int] | None = None
    signed: bool = False
    earlier: tuple[str, ...] = ()
    notes: Bilingual | None = None
    withdrawn: Bilingual | None = None

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Self:
        """The facts of a manifest; `having` adds what a manifest does not hold."""
        years = manifest.get("coverage")
        return cls(
            dataset=manifest["dataset"],
            version=manifest["version"],
            published_at=manifest["published_at"],
            files={
                name: ReleaseFile(name, about["sha256"], about["bytes"])
                for name, about in sorted(manifest["files"].items())
            },
            rows=manifest["rows"],
            schema_version=manifest["schema_version"],
            inputs=tuple(manifest["inputs"]),
            content_sha256=manifest.get("content_sha256"),
            checks=manifest.get("checks", {}),
            coverage=(years[0], years[1]) if years else None,
            signed=isinstance(manifest.get("signature"), Mapping),
        )

    def having(self, **more: Any) -> Self:
        """The same release with more facts: `coverage`, `earlier`, `notes`, `withdrawn`."""
        return replace(self, **more)

    @property
    def path(self) -> str:
        """Where the release is below the root of all publications; ends in a slash."""
        return path_of(self.dataset, self.version)

    @property
    def day(self) -> str:
        """The day of publication, YYYY-MM-DD."""
        return self.published_at[:10]


def path_of(dataset: str, version: str) -> str:
    """Where a version is below the root of all publications; ends in a slash."""
    return f"data/{dataset}/{version}/"


def vouching(release: ReleaseFacts) -> tuple[tuple[str, Bilingual], ...]:
    """The files that vouch for the others, by name, and what each is."""
    return tuple(each for each in VOUCHING.items() if release.signed or each[0] != SIGNATURE)


def besides(release: ReleaseFacts) -> tuple[tuple[ReleaseFile, Bilingual], ...]:
    """The files beside the tables that are there, and what each is, in the order of `BESIDES`."""
    return tuple(
        (file, words)
        for pattern, words in BESIDES.items()
        for name, file in sorted(release.files.items())
        if fnmatchcase(name, pattern)
    )


@dataclass(frozen=True, slots=True)
class TableFile:
    """A published table in one form."""

    table: Table
    format: Format
    file: ReleaseFile


def table_files(contract: Contract, release: ReleaseFacts) -> tuple[TableFile, ...]:
    """Every published table in every form that is there: table by table, Parquet first."""
    return tuple(
        TableFile(table, form, release.files[table.name + form.suffix])
        for table in contract.published
        for form in FORMATS
        if table.name + form.suffix in release.files
    )
