"""The pages in `docs/rules/`: an index of every rule of every contract, and a page per rule kind.

What belongs here: contracts, rule kinds and spec tables as Markdown, as pure functions of the three. What
does not: writing the pages (`generated_files.py`).
"""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml

from expectations.contract import Contract, Table, contracts
from expectations.paths import ROOT
from expectations.rule_examples import ExampleRows, RuleExample, Spec, kind_of, load_specs
from expectations.vocabulary import KINDS, Rule
from pipelines.handbook import reconciliation_page

PAGES = ROOT / "docs" / "rules"
SPECS = ROOT / "tests" / "rules" / "specs"
INDEX = "README.md"

MADE = """\
<!-- Made by `python -m pipelines.handbook` from datasets/*/contract.yaml, expectations/vocabulary
     and tests/rules/specs. Change those, not this page; a test compares. -->"""

INTRODUCTION = """\
# Rules

A rule is a promise about a table. First the kinds of rules a contract may use: each has a page with
what it means and with examples that the tests run through Polars and Great Expectations alike. Then all
rules of all datasets. How to add one: [add a rule](../howto/add-a-rule.md). The twenty rules that hold
amounts of a SPUK against each other have a page of their own: [SPUK audit](spuk-audit.md).

A failed **critical** rule blocks publication, and rows that break one are set aside in the quarantine.
A failed **warning** is published, flagged in the report and in the table's column of flags. A failed
**info** is a note. A missing value is not wrong by itself: only kinds that say so judge it."""

Used = tuple[Table, Rule]


def files(folder: Path = PAGES) -> dict[Path, bytes]:
    """The pages by path, from the spec tables and contracts of the project."""
    made = pages(load_specs(SPECS), contracts())
    return {folder / name: page.encode() for name, page in made.items()}


def existing(folder: Path = PAGES) -> set[Path]:
    """The pages in a folder that were generated, now or for kinds that no longer exist."""
    mark = MADE.partition(" from")[0].encode()
    return {path for path in folder.glob("*.md") if path.read_bytes().startswith(mark)}


def pages(specs: Mapping[str, Spec], datasets: Mapping[str, Contract]) -> dict[str, str]:
    """File name -> the page as Markdown."""
    used = [
        (table, rule)
        for contract in datasets.values()
        for table in contract.tables.values()
        for rule in table.all_rules
    ]
    made = {INDEX: _page(_index(datasets, used))}
    for kind in KINDS:
        name = kind_of(kind)
        of_kind = [(table, rule) for table, rule in used if _named(rule) == name]
        made[f"{name}.md"] = _page(_kind(kind, specs[name], of_kind))
    ledger, examples = datasets["spuk_ledger"], reconciliation_page.examples()
    made[reconciliation_page.PAGE] = _page(reconciliation_page.page(ledger, examples, _table))
    return made


def _page(lines: Iterable[str]) -> str:
    return "\n".join([MADE, *lines]).rstrip("\n") + "\n"


def _index(datasets: Mapping[str, Contract], used: Sequence[Used]) -> Iterable[str]:
    yield from (INTRODUCTION, "", "## Kinds of rules", "")
    rules = Counter(_named(rule) for _, rule in used)
    yield from _table(
        ["kind", "judges", "what it promises", "rules"],
        [
            [
                _link(kind_of(kind)),
                kind.about,
                _summary(kind),
                str(rules[kind_of(kind)]),
            ]
            for kind in KINDS
        ],
    )
    yield from ("## Rules by dataset", "")
    for contract in datasets.values():
        yield from (f"### `{contract.dataset}`: {contract.title.en}", "")
        for table in contract.tables.values():
            yield from _rules(table)


def _rules(table: Table) -> Iterable[str]:
    stage = "published" if table.stage == "published" else "not published"
    yield from (f"#### `{table.dataset}.{table.name}` ({stage})", "")
    yield from _table(
        ["rule", "kind", "severity", "what must hold", "why", "where the rule comes from"],
        [
            [
                f"`{rule.id}`",
                _link(_named(rule)),
                _severity(rule),
                rule.sentence(),
                rule.reason,
                rule.source,
            ]
            for rule in table.all_rules
        ],
    )


def _kind(kind: type[Rule], spec: Spec, used: Sequence[Used]) -> Iterable[str]:
    yield from (f"# `{spec.kind}`", "", _explained(kind), "")
    if kind.about == "rows":
        yield "It judges rows: each row that breaks it is flagged, or set aside where it is critical."
    else:
        yield "It judges groups of rows: the report names the groups that break it, and by how much."
    yield from ("", f"Suggested cause when it fails: {kind.usual_cause}.", "")
    yield from ("## In a contract", "")
    yield from _written(spec.cases[0].rule)
    yield from _table(["key", "default"], _keys(kind))
    yield "Every rule also has an id, a severity, a reason and a source; see"
    yield from ("[add a rule](../howto/add-a-rule.md).", "")
    yield from _uses(used)
    yield from ("## Examples", "", "The tests run them through Polars and Great Expectations.", "")
    for case in spec.cases:
        yield from _case(case)
    yield f"[All rules]({INDEX})"


def _written(rule: Rule) -> Iterable[str]:
    """A rule as it is written in a contract, without the keys that every rule has."""
    keys = rule.model_dump(mode="json", exclude_unset=True, exclude={"id", "reason"})
    line = yaml.safe_dump(
        [{"id": rule.id, "kind": keys.pop("kind"), **keys, "reason": rule.reason}],
        default_flow_style=None,
        sort_keys=False,
        allow_unicode=True,
        width=10_000,
    )
    yield from ("```yaml", line.rstrip("\n"), "```", "")


def _keys(kind: type[Rule]) -> Iterable[Sequence[str]]:
    """The keys of a kind besides those of every rule, with their defaults."""
    for name, field in kind.model_fields.items():
        if name not in {*Rule.model_fields, "kind"}:
            default = (
                field.get_default(call_default_factory=True) if not field.is_required() else ...
            )
            if default is ...:
                yield f"`{name}`", "required"
            else:
                yield f"`{name}`", "none" if default in (None, (), {}) else f"`{default}`"


def _uses(used: Sequence[Used]) -> Iterable[str]:
    yield from ("## Used by", "")
    derived = sum(rule.source.startswith("contract:") for _, rule in used)
    written = [each for each in used if not each[1].source.startswith("contract:")]
    if not used:
        yield from ("No contract yet.", "")
    if derived:
        yield f"{derived:,} rules that follow from keys and columns of the contracts; they are in the"
        yield from (f"[index]({INDEX}).", "")
    if written:
        yield from _table(
            ["rule", "table", "severity", "what must hold"],
            [
                [
                    f"`{rule.id}`",
                    f"`{table.dataset}.{table.name}`",
                    _severity(rule),
                    rule.sentence(),
                ]
                for table, rule in written
            ],
        )


def _case(case: RuleExample) -> Iterable[str]:
    yield from (f"### {case.title}", "", case.rule.sentence(), "")
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


def _rows(rows: ExampleRows, flagged: Sequence[int | str] = ()) -> Iterable[str]:
    marked = isinstance(rows, RuleExample) and rows.rule.about == "rows"
    head = [*rows.columns, *(["flagged"] if marked else [])]
    body = []
    for number, row in enumerate(rows.rows, start=1):
        cells = ["" if cell is None else f"`{_visible(cell)}`" for cell in row]
        body.append([*cells, *(["✗" if number in flagged else ""] if marked else [])])
    yield from _table(head, body)


def _named(rule: Rule) -> str:
    """The kind of a rule; one between tables has the kind of the comparison it makes."""
    return str(rule.kind)  # type: ignore[attr-defined]


def _link(kind: str) -> str:
    return f"[`{kind}`]({kind}.md)"


def _explained(kind: type[Rule]) -> str:
    """The docstrings of a kind and of the classes it extends, with the keys of a contract as code."""
    bases = kind.__mro__[: kind.__mro__.index(Rule)]
    docstrings = [inspect.getdoc(base) or "" for base in bases if inspect.get_annotations(base)]
    keys = "|".join(kind.model_fields)
    return re.sub(rf"(?<![`\w])({keys}):(?=\s)", r"`\1`:", "\n\n".join(docstrings))


def _summary(kind: type[Rule]) -> str:
    return (inspect.getdoc(kind) or "").partition("\n")[0]


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
    controls = {c for c in text if unicodedata.category(c)[0] in "CM"}
    shown = "".join(ascii(c)[1:-1] if c in controls else c for c in text)
    return f'"{shown}"' if text != text.strip() or not text else shown
