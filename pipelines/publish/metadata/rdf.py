"""A description in RDF, written as Turtle and as JSON-LD from the same nodes.

What belongs here: nodes, values and the two forms. What does not: the statements of a catalogue (`dcat`).
Every node has a name, so that the same nodes always give the same bytes; the JSON-LD includes its context,
so that reading it needs no network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from expectations.contract import Bilingual
from pipelines.publish.metadata.text import as_json

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]+")


@dataclass(frozen=True, slots=True)
class Iri:
    """The full name of a thing."""

    value: str

    def __post_init__(self) -> None:
        if not _IRI.fullmatch(self.value):
            raise ValueError(f"not an IRI: {self.value!r}")


@dataclass(frozen=True, slots=True)
class Literal:
    """A text with a language, or a value with a type such as `xsd:date`, or neither."""

    value: str
    language: str | None = None
    type: str | None = None


Value = Iri | Literal


@dataclass(frozen=True, slots=True)
class Node:
    """A thing: its name, its classes, and the statements about it, in this order."""

    iri: str
    classes: tuple[str, ...]
    statements: tuple[tuple[str, Value], ...]


def words(predicate: str, text: Bilingual) -> list[tuple[str, Value]]:
    """The same predicate in Dutch and in English."""
    return [(predicate, Literal(text.nl, "nl")), (predicate, Literal(text.en, "en"))]


def turtle(nodes: Sequence[Node]) -> bytes:
    """The nodes as Turtle, in their order."""
    prefixes = [f"@prefix {name}: <{iri}> ." for name, iri in PREFIXES.items()]
    return "\n".join([*prefixes, "", *map(_block, nodes)]).encode()


def _block(node: Node) -> str:
    statements = [
        f"    {predicate} {', '.join(_term(value) for value in values)}"
        for predicate, values in _by_predicate(node)
    ]
    return (
        " ;\n".join([f"<{Iri(node.iri).value}> a {', '.join(node.classes)}", *statements]) + " .\n"
    )


def _term(value: Value) -> str:
    if isinstance(value, Iri):
        return f"<{value.value}>"
    text = json.dumps(value.value, ensure_ascii=False)
    if value.language:
        return f"{text}@{value.language}"
    return f"{text}^^{value.type}" if value.type else text


def json_ld(nodes: Sequence[Node]) -> bytes:
    """The nodes as JSON-LD, in their order."""
    graph = [
        {
            "@id": Iri(node.iri).value,
            "@type": list(node.classes),
            **{name: [_object(v) for v in values] for name, values in _by_predicate(node)},
        }
        for node in nodes
    ]
    return as_json({"@context": PREFIXES, "@graph": graph})


def _object(value: Value) -> dict[str, Any]:
    if isinstance(value, Iri):
        return {"@id": value.value}
    more = {"@language": value.language} if value.language else {}
    return {"@value": value.value, **more, **({"@type": value.type} if value.type else {})}


def _by_predicate(node: Node) -> Iterable[tuple[str, list[Value]]]:
    grouped: dict[str, list[Value]] = {}
    for predicate, value in node.statements:
        grouped.setdefault(predicate, []).append(value)
    return grouped.items()
