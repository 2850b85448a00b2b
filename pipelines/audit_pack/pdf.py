"""From blocks to a PDF: tagged, with bookmarks, and the same bytes whenever and wherever it is made.

No file but the templates is read, no font but the compiler's own, nothing from the clock or the network.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import typst

Template = Literal["report", "letter"]
_HERE = Path(__file__).parent
_STANDARD: Literal["ua-1"] = "ua-1"
"""PDF/UA-1: what readers of a screen need; the compiler refuses a document that lacks it."""


def pdf(template: Template, data: dict[str, Any]) -> bytes:
    """The document. data: as `report.report` or `letter.letter` gives it."""
    year, month, day = data["date"]
    made = _compiled(
        template, data, format="pdf", pdf_standards=_STANDARD,
        timestamp=datetime(year, month, day, tzinfo=UTC),
    )  # fmt: skip
    return b"".join(made) if isinstance(made, list) else made


def pictures(template: Template, data: dict[str, Any], ppi: float = 80) -> list[bytes]:
    """Its pages as PNG, to look at."""
    made = _compiled(template, data, format="png", ppi=ppi)
    return made if isinstance(made, list) else [made]


def _compiled(template: Template, data: dict[str, Any], **how: Any) -> bytes | list[bytes]:
    compiler = typst.Compiler(
        _HERE / f"{template}.typ",
        root=_HERE,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    made = compiler.compile(**how)
    assert made is not None  # noqa: S101 (it is None only where a file to write was named)
    return made
