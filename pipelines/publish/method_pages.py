"""The method pages of a dataset, inside its release: one click from any number.

The one module outside `pipelines/handbook` that reads `docs/`: a method page is part of the documentation
and is carried by each release of its dataset, so it is written in one place. What belongs here: which files
those are, with links that hold in a release. What does not: their text, which is in `docs/method/`.
"""

from __future__ import annotations

from pathlib import Path

from expectations.paths import ROOT

DOCS = ROOT / "docs"
LANGUAGES = ("nl", "en")


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


def method_files(docs: Path = DOCS) -> list[Path]:
    """All method pages and pictures, of every dataset: releases carry them, and they change no figure."""
    return sorted(path for path in docs.glob("**/method/*.*") if path.suffix != ".csv")
