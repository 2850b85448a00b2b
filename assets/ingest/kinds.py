"""The kinds of sources, and what is fixed for each: the form of its answers and of its ids.

What belongs here: facts that the registry, the origins and the connectors share. What does not: how a kind
is requested and read (`connectors`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["odata_v3", "odata_v4", "bwb", "sru", "stcrt", "geojson", "csv", "files"]
Media = Literal["json", "xml", "csv", "any"]


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What every source of a kind has in common.

    media: the form of its answers, and the suffix of their files in a drop folder. id_pattern: what an id
    of a table looks like; it becomes part of an address and of a file name.
    """

    media: Media
    id_pattern: str = r"[A-Za-z0-9_-]+"


_CBS_ID = r"[0-9]{5}[A-Za-z]{3}"

KINDS: dict[Kind, KindFacts] = {
    "odata_v3": KindFacts("json", _CBS_ID),
    "odata_v4": KindFacts("json", _CBS_ID),
    "bwb": KindFacts("xml", r"BWB[A-Z][0-9]{7}"),
    "sru": KindFacts("xml"),
    "stcrt": KindFacts("xml", r"stcrt-[0-9]{4}-[0-9]+"),
    "geojson": KindFacts("json"),
    "csv": KindFacts("csv"),
    "files": KindFacts("any"),
}
