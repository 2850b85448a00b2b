"""XML bodies of KOOP: parsing that trusts nobody, and the text of an element.

What belongs here: what regulations, publications and search answers share. What does not: tables
(`cals`) and the elements of one format (`bwb`, `staatscourant`, `sru`).
"""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat

from assets.ingest.connectors.bodies import not_its_format

# Elements that start on a line of their own: text before and after them are different words.
_BLOCKS = {"al", "lijst", "li", "noot", "noot.nr", "noot.al", "entry"}

DEEPEST = 200


class _DoctypeError(Exception):
    """The document has a DOCTYPE; whether it declares entities is not known yet."""


class _EntityError(Exception):
    """The document declares an entity of its own."""


class _Builder(ElementTree.TreeBuilder):
    """Builds the tree; stops at a DOCTYPE, which comes before anything could be expanded."""

    def doctype(self, name: str, *_: object) -> None:
        """Called by the parser for `<!DOCTYPE …>`."""
        raise _DoctypeError(name)


def parse(body: bytes, source: str, name: str, page: int = 1, url: str = "") -> Element:
    """The root element. Raises VK-S004 when it is no XML, declares entities, or nests without end.

    A byte order mark is allowed. A processing instruction is kept as a node, because it separates
    words (`<?linebreak?>`); its own text is never content. Nothing outside the body is ever read.
    """
    try:
        try:
            root = _tree(body, _Builder(insert_pis=True))
        except _DoctypeError:
            _refuse_entities(body)
            root = _tree(body, ElementTree.TreeBuilder(insert_pis=True))
    except _EntityError as error:
        why = f"The answer declares an entity ({error}), which no source of this kind does."
        raise not_its_format(source, name, page, body, why, url) from error
    except (ElementTree.ParseError, expat.ExpatError, LookupError, ValueError) as error:
        raise not_its_format(source, name, page, body, "The answer is not XML.", url) from error
    level, depth = [root], 0
    while level:
        level, depth = [child for element in level for child in element], depth + 1
        if depth > DEEPEST:
            why = f"Its elements are nested more than {DEEPEST} deep, which no regulation is."
            raise not_its_format(source, name, page, body, why, url)
    return root


def words(element: Element) -> str:
    """The text of an element, as written; only white space is brought to single blanks."""
    return " ".join(_text(element).split())


def local(element: Element) -> str:
    """The name of an element without its namespace; empty for a processing instruction."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _tree(body: bytes, builder: ElementTree.TreeBuilder) -> Element:
    parser = ElementTree.XMLParser(target=builder)  # noqa: S314 (entities are refused, see parse)
    return ElementTree.fromstring(body, parser)  # noqa: S314


def _refuse_entities(body: bytes) -> None:
    """Ends at the first declaration, so before anything could be fetched or could grow."""

    def declared(name: str, *_: object) -> None:
        raise _EntityError(name)

    reader = expat.ParserCreate()
    reader.EntityDeclHandler = declared
    reader.Parse(body, True)


def _text(element: Element) -> str:
    parts = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str):  # a processing instruction: its own text is no content
            parts.append(" ")
        elif child.tag in _BLOCKS:
            parts.append(f" {_text(child)} ")
        elif child.tag != "meta-data":
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)
