"""The page `docs/rules.md`: every rule kind with its examples, every rule of every contract.

What belongs here: how contracts and spec tables are told to a reader. Pure functions of both, so the
page can be compared with what it should be.

    python -m expectations.handbook           writes the page
    python -m expectations.handbook --check   exits 1 when the page is not what it should be
"""

from __future__ import annotations

import argparse
import inspect
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from expectations.contract import Contract, Table, contracts
from expectations.specs import Case, Rows, Spec, kind_of, load_specs
from expectations.vocabulary import KINDS, Rule

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "rules.md"
SPECS = ROOT / "tests" / "rules" / "specs"

INTRODUCTION = """\
<!-- Made by `python -m expectations.handbook` from datasets/*/contract.yaml, expectations/vocabulary
     and tests/rules/specs. Change those, not this page; a test compares. -->
# Rules

First the kinds of rules a contract may use, each with examples that the tests run through Polars and
Great Expectations alike. Then all rules of all datasets.

A failed **critical** rule blocks publication, and rows that break one are set aside in the quarantine.
A failed **warning** is published, flagged in the report and in the table's column of flags. A failed
**info** is a note. A missing value is not wrong by itself: only kinds that say so judge it.
"""


def handbook(specs: Mapping[str, Spec], datasets: Mapping[str, Contract]) -> str:
    """The whole page as Markdown."""
    kinds = [line for kind in KINDS for line in _kind(kind, specs[kind_of(kind)])]
    rules = [line for contract in datasets.values() for line in _dataset(contract)]
    parts = [INTRODUCTION, "## Kinds of rules", "", *kinds, "## Rules by dataset", "", *rules]
    return "\n".join(parts).rstrip("\n") + "\n"


def _kind(kind: type[Rule], spec: Spec) -> Iterable[str]:
    yield f"### `{kind_of(kind)}`"
    yield ""
    yield inspect.getdoc(kind) or ""
    yield ""
    for case in spec.cases:
        yield from _case(case)


def _case(case: Case) -> Iterable[str]:
    yield f"**{case.says}** {case.rule.sentence()}"
    yield ""
    if case.rows:
        yield from _rows(case, case.flagged if case.rule.about == "rows" else ())
    else:
        yield f"No rows with {', '.join(f'`{column}`' for column in case.columns)}."
        yield ""
    for name, rows in case.references.items():
        yield f"`{name}`:" if rows.rows else f"`{name}` is empty."
        yield ""
        if rows.rows:
            yield from _rows(rows)
    if case.rule.about == "groups":
        named = ", ".join(f"`{_visible(str(group))}`" for group in case.flagged) or "none"
        yield f"Groups judged: {case.judged}. Groups flagged: {named}."
        yield ""


def _rows(rows: Rows, flagged: Sequence[int | str] = ()) -> Iterable[str]:
    marked = isinstance(rows, Case) and rows.rule.about == "rows"
    head = [*rows.columns, *(["flagged"] if marked else [])]
    body = []
    for number, row in enumerate(rows.rows, start=1):
        cells = ["" if cell is None else f"`{_visible(cell)}`" for cell in row]
        body.append([*cells, *(["✗" if number in flagged else ""] if marked else [])])
    yield from _table(head, body)


def _dataset(contract: Contract) -> Iterable[str]:
    yield f"### `{contract.dataset}`: {contract.title.en}"
    yield ""
    for table in contract.tables.values():
        yield from _rules(table)


def _rules(table: Table) -> Iterable[str]:
    stage = "published" if table.stage == "out" else "stays at home"
    yield f"#### `{table.dataset}.{table.name}` ({stage})"
    yield ""
    yield from _table(
        ["rule", "severity", "what must hold", "why", "where the rule comes from"],
        [
            [f"`{rule.id}`", _severity(rule), rule.sentence(), rule.reason, rule.source]
            for rule in table.all_rules
        ],
    )


def _severity(rule: Rule) -> str:
    return f"{rule.severity}, flag `{rule.flag}`" if rule.flag else rule.severity


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> Iterable[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in body:
        # A bar would end the cell, also inside code.
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


def _visible(text: str) -> str:
    """Text as it is, with characters that do not show (or join the one before) written out.

    An empty text is written as two quotes, because an empty cell says that a value is missing.
    """
    odd = {c for c in text if unicodedata.category(c)[0] in "CM"}
    shown = "".join(ascii(c)[1:-1] if c in odd else c for c in text)
    return f'"{shown}"' if text != text.strip() or not text else shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or with --check compare it. Gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m expectations.handbook")
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    parser.add_argument("--page", type=Path, default=PAGE, help="default: docs/rules.md")
    parser.add_argument("--specs", type=Path, default=SPECS, help="default: tests/rules/specs")
    options = parser.parse_args(arguments)
    wanted = handbook(load_specs(options.specs), contracts())
    if not options.check:
        options.page.parent.mkdir(parents=True, exist_ok=True)
        options.page.write_text(wanted, "utf-8")
        return 0
    found = options.page.read_text("utf-8") if options.page.exists() else None
    if found == wanted:
        return 0
    print(
        f"{options.page} {'does not exist' if found is None else 'differs from the contracts and specs'}.\n"
        "Run `python -m expectations.handbook` and commit the page.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
