"""Who publishes, where, and what only a person can declare about a dataset: `datasets/publication.yaml`.

What belongs here: the strict model of that file, its loader, and the addresses that follow from it. An
address, identifier or organisation that is not known is absent: nothing here makes one up. While the
status is `placeholder`, the address of the publication is one that never resolves (RFC 6761).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from expectations import yaml_files, yaml_models
from expectations.contract import DATASETS, Bilingual
from expectations.yaml_files import DeclarationKind
from expectations.yaml_models import Strict

DECLARED = DATASETS / "publication.yaml"
KIND = DeclarationKind(
    "VK-C006",
    "The declaration of the publication",
    "Nothing was published.",
    "Correct the named keys; docs/errors/VK-C006.md shows what belongs there.",
)

Theme = Literal["ECON", "GOVE", "HEAL", "SOCI"]
"""Codes of the EU list of data themes; the four that public money for care and welfare touches."""


class Organisation(Strict):
    """Who publishes. uri: an official identifier of the organisation, if it has one."""

    name: Bilingual
    uri: str | None = Field(default=None, pattern=r"^https?://")
    email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+$")
    telephone: str | None = Field(default=None, pattern=r"^\+[0-9 ]+$")


class About(Strict):
    """Facts about a dataset that neither contract nor release holds.

    breaks: names in the reference table of breaks. period: a column of texts that begin with the year the row
    is about, where no column is a year. doi: of the dataset as a whole, once it has one.
    """

    themes: tuple[Theme, ...] = Field(min_length=1)
    breaks: tuple[str, ...] = ()
    period: str | None = None
    collection: Bilingual
    personal: Bilingual
    maintenance: Bilingual
    doi: str | None = Field(default=None, pattern=r"^10\.[0-9]{4,9}/\S+$")


class Publication(Strict):
    """The publication as a whole.

    status: `confirmed` when files can be had at base_url; `placeholder` until then. breaks_nl: break ->
    its reason in Dutch, beside the English one in the reference table.
    """

    title: Bilingual
    description: Bilingual
    base_url: str = Field(pattern=r"^https?://[^\s?#]+/$")
    status: Literal["placeholder", "confirmed"]
    publisher: Organisation
    datasets: dict[str, About]
    breaks_nl: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.status == "placeholder") != self.base_url.endswith(".invalid/"):
            raise ValueError(
                "base_url: a placeholder ends in .invalid/, a confirmed one never does"
            )
        if missing := {b for each in self.datasets.values() for b in each.breaks} - set(
            self.breaks_nl
        ):
            raise ValueError(f"breaks_nl: no Dutch words for {sorted(missing)}")
        return self

    @property
    def confirmed(self) -> bool:
        """Whether the addresses lead somewhere."""
        return self.status == "confirmed"

    @property
    def agent(self) -> str:
        """The identifier of the publisher: the official one, or a name within this publication."""
        return self.publisher.uri or self.address("#publisher")

    def about(self, dataset: str) -> About:
        """What is declared about a dataset. Raises VK-C006 when nothing is."""
        if dataset not in self.datasets:
            text = f"there is no entry for {dataset!r}"
            raise KIND.error([yaml_files.problem(DECLARED, ("datasets",), text)])
        return self.datasets[dataset]

    def address(self, path: str) -> str:
        """The address of something below the root of all publications."""
        return self.base_url + path

    def dataset(self, dataset: str) -> str:
        """The identifier of a dataset, whatever its version."""
        return self.address(f"data/{dataset}/")


def load_publication(path: Path) -> Publication:
    """Read a declaration. Raises VK-C006 with every problem and its line."""
    return yaml_models.load(KIND, Publication, path)


@cache
def publication() -> Publication:
    """The publication as declared in this repository."""
    return load_publication(DECLARED)
