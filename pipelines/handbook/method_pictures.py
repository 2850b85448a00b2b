"""The pictures of docs/method/, drawn from the published datasets.

What belongs here: how a picture looks. What does not: what it shows; that is in `docs/method/pictures.yaml`.
Next to each picture is a CSV with exactly the numbers drawn, and the picture contains its hash.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb
import matplotlib as mpl
import yaml

from expectations.localized import LANGUAGES, notation
from expectations.paths import ROOT

mpl.use("svg")
from matplotlib import pyplot as plt

HERE = ROOT / "docs"
PICTURES = HERE / "img" / "method"
SOURCE = {"nl": "Bron", "en": "Source"}
# Okabe and Ito: distinguishable with colour blindness; every line also has its name next to it.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#555555", "#000000")
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "voorkant",
    "svg.fonttype": "none",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": "#888888",
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "ytick.left": False,
}
SIZE = (7.3, 4.2)  # inches of 96 pixels: 700 wide

Picture = dict[str, Any]
Cells = list[tuple[str, ...]]
Points = list[tuple[float, float]]


def pictures() -> dict[str, Picture]:
    """Name -> kind (lines or bars), query, title, unit, words, source, and marks on the axis of years."""
    read: dict[str, Picture] = yaml.safe_load(
        (HERE / "method" / "pictures.yaml").read_text("utf-8")
    )
    return read


def numbers(published: Path) -> tuple[dict[Path, bytes], list[str]]:
    """The CSVs of all pictures by path, and a note for each picture whose datasets are not published."""
    if not (published / "catalog.json").exists():
        return {}, [f"Nothing is published in {published}, so the pictures are left as they are."]
    found, skipped = {}, []
    with connected(published) as connection:
        for name, picture in pictures().items():
            try:
                found[PICTURES / f"{name}.csv"] = table(connection, picture).encode()
            except duckdb.CatalogException as error:
                skipped.append(f"{name} is left as it is: {str(error).splitlines()[0]}")
    return found, skipped


def drawings(tables: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """The pictures of these CSVs by path, in both languages."""
    return {
        path.with_suffix(f".{language}.svg"): draw(
            pictures()[path.stem], content.decode(), language
        ).encode()
        for path, content in tables.items()
        for language in LANGUAGES
    }


def connected(published: Path) -> duckdb.DuckDBPyConnection:
    """A connection in which the tables of the newest releases are called dataset.table."""
    connection = duckdb.connect()
    for each in json.loads((published / "catalog.json").read_text("utf-8"))["datasets"]:
        folder = published / "data" / each["dataset"] / each["latest"]
        connection.execute(f'CREATE SCHEMA "{each["dataset"]}"')
        for path in sorted(folder.glob("*.parquet")):
            if "." not in path.stem:
                view = f'"{each["dataset"]}"."{path.stem}"'
                connection.execute(f"CREATE VIEW {view} AS FROM read_parquet('{path}')")
    return connection


def table(connection: duckdb.DuckDBPyConnection, picture: Picture) -> str:
    """The numbers of a picture as CSV."""
    found = connection.execute(picture["query"])
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    lines.writerow([column[0] for column in found.description or ()])
    lines.writerows(found.fetchall())
    return written.getvalue()


def draw(picture: Picture, numbers: str, language: str) -> str:
    """A picture as SVG, with its title and its numbers as text for screen readers."""
    cells = [tuple(row) for row in csv.reader(io.StringIO(numbers))][1:]
    words = {name: text[language] for name, text in picture.get("words", {}).items()}
    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=SIZE)
        # Room at the left and the right for names, which differ in length by picture.
        left, right = picture.get("room", (0.08, 0.76))
        figure.subplots_adjust(left=left, right=right, top=0.83, bottom=0.15)
        description = {"lines": _lines, "bars": _bars}[picture["kind"]](
            axes, picture, cells, words, language
        )
        figure.text(0.02, 0.945, picture["title"][language], size=12.5, weight="bold")
        figure.text(0.02, 0.885, picture["unit"][language], size=10, color="#444444")
        source = f"{SOURCE[language]}: {picture['source'][language]}"
        figure.text(0.02, 0.02, source, size=8.5, color="#555555")
        written = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(written, format="svg", metadata=nothing)
        plt.close(figure)
    digest = hashlib.sha256(numbers.encode()).hexdigest()
    head = f'<svg role="img" aria-labelledby="title desc" data-sha256="{digest}" '
    title, desc = escape(picture["title"][language]), escape(description)
    about = f'<title id="title">{title}</title>\n <desc id="desc">{desc}</desc>'
    svg = written.getvalue().replace("<svg ", head, 1)
    first = svg.index(">", svg.index("<svg ")) + 1
    return f"{svg[:first]}\n {about}{svg[first:]}"


def formatted(value: float, language: str) -> str:
    """A number in local notation: 1,234.5 in English and 1.234,5 in Dutch."""
    return notation(f"{value:,.10g}", language)


def _lines(axes: Any, picture: Picture, cells: Cells, words: dict[str, str], language: str) -> str:
    """One line per series, with its name at the end. Cells: series, x, y."""
    series = list(dict.fromkeys(name for name, _, _ in cells))
    ends, values = [], []
    for colour, name in zip(COLOURS, series, strict=False):
        points = [(float(x), float(y)) for each, x, y in cells if each == name]
        for piece in _unbroken(points, picture.get("marks", ())):
            axes.plot(
                *zip(*piece, strict=True), color=colour, linewidth=2, marker="o", markersize=4
            )
        ends.append((*points[-1], words.get(name, name), colour, name in picture.get("before", ())))
        (x0, y0), (x1, y1) = points[0], points[-1]
        values.append(
            f"{words.get(name, name)}: {formatted(y0, language)} ({x0:g}), {formatted(y1, language)} ({x1:g})"
        )
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0), high)
    years = [int(x) for _, x, _ in cells]
    axes.set_xticks(range(min(years), max(years) + 1, 1 if max(years) - min(years) < 10 else 2))
    axes.grid(axis="y", color="#dddddd", linewidth=0.8)
    axes.yaxis.set_major_formatter(lambda value, _: formatted(value, language))
    heights = _apart([end[1] for end in ends], axes)
    for height, (x, _, text, colour, before) in zip(heights, ends, strict=True):
        axes.annotate(
            text, (x, height), (-8 if before else 8, 0), textcoords="offset points", color=colour,
            ha="right" if before else "left", va="center", annotation_clip=False, size=9.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1} if before else None,
        )  # fmt: skip
    for mark in picture.get("marks", ()):
        axes.axvline(mark["x"], color="#888888", linewidth=1, linestyle=(0, (4, 3)))
        after = mark.get("after", False)
        axes.annotate(
            mark[language], (mark["x"], 1), (4 if after else -4, -2), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="left" if after else "right", va="top", size=8.5,
            color="#555555",
        )  # fmt: skip
    return "; ".join(values)


def _unbroken(points: Points, marks: Sequence[dict[str, Any]]) -> list[Points]:
    """A line in pieces: it is interrupted at a missing year and at a mark that cuts."""
    cuts = [mark["x"] for mark in marks if mark.get("cuts")]
    pieces = [points[:1]]
    for before, point in pairwise(points):
        apart = point[0] - before[0] > 1 or any(before[0] < cut < point[0] for cut in cuts)
        pieces.append([point]) if apart else pieces[-1].append(point)
    return pieces


def _bars(axes: Any, picture: Picture, cells: Cells, words: dict[str, str], language: str) -> str:
    """One bar per name, the number at its end. Cells: name, value; the first one is on top."""
    names = [words.get(name, name) for name, _ in cells]
    values = [float(value) for _, value in cells]
    axes.barh(range(len(values)), values, color=COLOURS[0], height=0.68)
    axes.set_yticks(range(len(values)), names)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    for place, value in enumerate(values):
        axes.annotate(
            formatted(value, language),
            (max(value, 0), place),
            (4, 0),
            textcoords="offset points",
            va="center",
        )
    for mark in picture.get("marks", ()):
        axes.axvline(mark["x"], color=COLOURS[1], linewidth=1.5)
        axes.annotate(
            mark[language], (mark["x"], 0), (4, -6), xycoords=("data", "axes fraction"),
            textcoords="offset points", va="top", size=9, color=COLOURS[1],
        )  # fmt: skip
    return "; ".join(
        f"{name}: {formatted(value, language)}" for name, value in zip(names, values, strict=True)
    )


def _apart(places: Sequence[float], axes: Any) -> list[float]:
    """Heights for the names at the ends of lines, moved up where they would overlap."""
    low, high = axes.get_ylim()
    step = (high - low) / 18
    found = list(places)
    under = low - step
    for index in sorted(range(len(places)), key=lambda each: places[each]):
        under = found[index] = max(places[index], under + step)
    return found
