"""The method page of a dataset and its picture, as files of a release.

What belongs here: copying them from `docs/`, with links that work inside a release; the one place besides the
handbook that reads `docs/`. What does not: their contents (`docs/method/`, `pipelines/handbook`).
"""

from __future__ import annotations

from pathlib import Path

from expectations.localized import LANGUAGES
from expectations.paths import ROOT

DOCS = ROOT / "docs"


def files(docs: Path = DOCS) -> list[Path]:
    """All method pages and pictures, sorted: releases contain them, and they change no figure."""
    return sorted(path for path in docs.glob("**/method/*.*") if path.suffix != ".csv")


def method(dataset: str, docs: Path = DOCS) -> dict[str, bytes]:
    """File name -> content: the page and its picture per language, where the dataset has them."""
    found = {}
    for language in LANGUAGES:
        page = docs / "method" / f"{dataset}.{language}.md"
        picture = docs / "img" / "method" / f"{dataset}.{language}.svg"
        if picture.exists():
            found[f"method.{language}.svg"] = picture.read_bytes()
        if page.exists():
            text = page.read_text("utf-8").replace(f"../img/method/{dataset}.", "method.")
            found[f"method.{language}.md"] = text.replace(f"]({dataset}.", "](method.").encode()
    return found
