"""The forms that teams fill in, docs/templates/, made from the columns that the reader knows.

What belongs here: how a form looks. What does not: its columns (`assets/ingest/spreadsheets/spuk_lists`) and
the words it may hold (`assets/reference/spuk_words.csv`, the schemes). A form has no example rows, because
they would be read as data; the second sheet of a workbook has them. The same columns give the same bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from assets.ingest.spreadsheets.spuk_lists import FORMS, FormColumn
from assets.reference.spuk_schemes import schemes
from assets.reference.tables import spuk_components, spuk_words
from expectations.paths import ROOT

FOLDER = ROOT / "docs" / "templates"
_CREATED = datetime(2000, 1, 1)
_ROWS = 10_000  # that have a list of words to choose from
_CHOICE = 255  # characters that a spreadsheet takes in such a list
_TITLES = {
    "spuk_grants": (
        "Beschikkingen",
        "SPUK: aanvragen en beschikkingen / applications and decisions",
    ),
    "spuk_payments": ("Betalingen", "SPUK: betalingen / payments"),
}
_FILLED = {"always": ("altijd", "always"), "sometimes": ("", "")}


def allowed(column: FormColumn) -> list[tuple[str, str]]:
    """The words of a column in Dutch and English; none where any text will do."""
    if column.words is None:
        return []
    if column.words == "scheme":
        return [(each.id, each.id) for each in schemes().values()]
    if column.words == "component":
        names = spuk_components()["component_name_nl"].unique(maintain_order=True)
        return [(name, name) for name in names if name != "Totaal"]
    own = spuk_words().filter(what=column.words)
    return own.unique("code", keep="first", maintain_order=True).select("nl", "en").rows()


def as_csv(columns: Sequence[FormColumn]) -> bytes:
    """Only the header."""
    made = io.StringIO()
    csv.writer(made, delimiter=";", lineterminator="\r\n").writerow(
        each.title.nl for each in columns
    )
    return made.getvalue().encode("utf-8-sig")  # with the mark, spreadsheets read it as UTF-8


def as_workbook(source: str, columns: Sequence[FormColumn]) -> bytes:
    """A sheet to fill in, its header in view, and a sheet that explains each column."""
    sheet_name, title = _TITLES[source]
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.set_properties({"title": title, "author": "voorkant", "created": _CREATED})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        forms = {
            "text": book.add_format({"num_format": "@"}),
            "amount": book.add_format({"num_format": "#,##0.00"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        sheet = book.add_worksheet(sheet_name)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            kind = "amount" if column.amount else "date" if column.name == "event_date" else "text"
            sheet.set_column(place, place, max(14, len(column.title.nl) + 4), forms[kind])
            sheet.write_string(0, place, column.title.nl, head)
            words = [nl for nl, _ in allowed(column)]
            if words and len(",".join(words)) <= _CHOICE:
                choice = {"validate": "list", "source": words, "error_type": "warning"}
                sheet.data_validation(1, place, _ROWS, place, choice)
        _explain(book, columns, head)
    return made.getvalue()


def _explain(book: xlsxwriter.Workbook, columns: Sequence[FormColumn], head: object) -> None:
    """The meaning of each column in both languages, the words it may hold, and an example."""
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("Uitleg - Explained")
    sheet.freeze_panes(1, 0)
    heads: tuple[str, ...] = (
        "Kolom",
        "Column",
        "Verplicht",
        "Required",
        "Betekenis",
        "Meaning",
        "Voorbeeld / Example",
    )
    heads += ("Woorden", "Words")
    for place, (name, width) in enumerate(
        zip(heads, (22, 20, 10, 10, 48, 48, 20, 44, 44), strict=True)
    ):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, name, head)
    for line, column in enumerate(columns, start=1):
        words = list(zip(*allowed(column), strict=True)) or [(), ()]
        cells: tuple[str, ...] = (column.title.nl, column.title.en, *_FILLED[column.filled])
        cells += (
            column.explanation.nl,
            column.explanation.en,
            column.example,
            *map(", ".join, words),
        )
        for place, text in enumerate(cells):
            sheet.write_string(line, place, text, wrapped)


def files() -> dict[Path, bytes]:
    """The forms by path."""
    return {FOLDER / name: content for name, content in forms().items()}


def forms() -> dict[str, bytes]:
    """File name -> its bytes."""
    made = {}
    for source, columns in FORMS.items():
        name = source.replace("_", "-")
        made[f"{name}.csv"] = as_csv(columns)
        made[f"{name}.xlsx"] = as_workbook(source, columns)
    return made
