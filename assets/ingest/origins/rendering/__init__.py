"""The project's own figure tables, written in the wire formats of the sources.

What belongs here: layout only, so that the very same connectors read sample and source. Rendering
passes through: a cell that is no number goes out as the same text, an empty cell as null; nothing
is checked, fixed or dropped here. That is the work of the rules, and the sample must test them.
"""

from assets.ingest.origins.rendering.bwb import bwb_expression, bwb_manifest, bwb_versions
from assets.ingest.origins.rendering.odata import Entity, ReadFigures, page, single
from assets.ingest.origins.rendering.odata_v3 import v3_entity
from assets.ingest.origins.rendering.odata_v4 import descriptions, v4_entity

SOURCES = frozenset({"brede_spuk", "cbs_iv3", "cbs_jobs", "cbs_population", "spuk_iza"})
"""The sources that have figures in the sample. Another one would be answered with the wrong figures."""

__all__ = [
    "SOURCES",
    "Entity",
    "ReadFigures",
    "bwb_expression",
    "bwb_manifest",
    "bwb_versions",
    "descriptions",
    "page",
    "single",
    "v3_entity",
    "v4_entity",
]
