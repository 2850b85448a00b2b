"""What each command of `voorkant` does and shows: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from assets.archive import Archive, Capture
from expectations.contract import contract, contracts
from expectations.errors import VoorkantError
from pipelines.publish import catalog

console = Console(highlight=False)


def refresh(options: Namespace) -> int:
    """`voorkant refresh`."""
    from pipelines.progress import Told
    from pipelines.refreshing import Report
    from pipelines.refreshing import refresh as run
    from pipelines.resources import Settings

    settings = Settings(**_folders(options))
    report: Report = run(settings, options.only, Told(Console(stderr=True)))
    if options.json:
        _print_json(
            {
                "nothing_changed": report.nothing_changed,
                "datasets": [
                    {
                        "dataset": each.dataset,
                        "outcome": each.outcome,
                        "version": each.manifest and each.manifest["version"],
                        "rows": each.manifest and each.manifest["rows"],
                        "checks": each.manifest and each.manifest["checks"],
                        "folder": each.folder and str(each.folder),
                    }
                    for each in report.datasets
                ],
                "problems": [{"where": p.where, "text": p.text} for p in report.problems],
                "older_inputs": [{"where": p.where, "text": p.text} for p in report.older_inputs],
            }
        )
        return report.exit_code

    rows = [
        (
            each.dataset,
            each.outcome,
            *(_release_cells(each.manifest) if each.manifest else ("–", "–", "–", "–", "–")),
        )
        for each in report.datasets
    ]
    heads = ("dataset", "this run", "version", "rows", "passed", "warned", "quarantined")
    _print_table(heads, rows, numbers=4)
    for problem in (*report.older_inputs, *report.problems):
        console.print(f"\n{problem.text}", markup=False, soft_wrap=True)
    if report.nothing_changed:
        console.print("\nNothing changed since the last refresh; nothing was published.")
    if report.problems:
        console.print("\nDatasets marked blocked keep their previous release, if they had one.")
        return report.exit_code
    published = _short(options.published)
    for line in (
        f"\nFiles     {published}/data/<dataset>/<version>/   catalogue {published}/catalog.json",
        f"Archive   {_short(options.state)}/archive/   every answer of every source, as served",
    ):
        console.print(line, soft_wrap=True)
    console.print("\nTry next", style="bold")
    for command, why in (
        (
            "voorkant show care_welfare_ratio --where \"report_type = 'jaarrekening'\"",
            "the 96/4 claim, by definition",
        ),
        ("voorkant status", "what was captured, published and warned about"),
        ("make ui", "the whole road in Dagster, on this machine only"),
    ):
        where = "" if command.startswith("make") else ".venv/bin/"
        console.print(f"  {where}{command}", markup=False, soft_wrap=True)
        console.print(f"      {why}", style="dim", soft_wrap=True)
    return report.exit_code


def capture(options: Namespace) -> int:
    """`voorkant capture`."""
    from pipelines import capturing
    from pipelines.progress import Arriving
    from pipelines.resources import Settings

    settings = Settings(**_folders(options))
    if options.accept and not options.source:
        raise _usage("--accept is for sources you looked at.", "Name them with --source.")
    if options.dry_run:
        return _dry_run(options, list(capturing.would_ask(settings, options.source)))
    if options.find_ids:
        found = capturing.find_ids(settings, options.source)
        if options.json:
            _print_json([each.as_dict() for each in found])
        for each in () if options.json else found:
            console.print(each.sentence, markup=False, soft_wrap=True)
        return 0 if all(each.outcome == "found" for each in found) else 1

    def done(summary: dict[str, Any]) -> None:
        if not options.json:
            arriving.print(*_capture_lines(summary))

    with Arriving(Console(stderr=True), console) as arriving:
        summaries = capturing.capture(settings, options.source, options.accept, arriving.tell, done)
    if options.json:
        _print_json(summaries)
    return 1 if any(summary.get("error") for summary in summaries) else 0


def _dry_run(options: Namespace, asked: list[Any]) -> int:
    """What would be sent, source by source, in a form that `curl` could follow."""
    if options.json:
        _print_json([{**asdict(each), "headers": dict(each.headers)} for each in asked])
        return 0
    source = ""
    for each in asked:
        if each.source != source:
            source = each.source
            console.print(f"\n{source}", style="bold")
        sent = each.method if each.sent else "file"
        console.print(f"  {sent} {each.url}", markup=False, soft_wrap=True)
        for name, value in each.headers:
            console.print(f"      {name}: {value}", style="dim", markup=False, soft_wrap=True)
        if each.then:
            console.print(f"      {each.then}", markup=False, soft_wrap=True)
    sent = sum(each.sent for each in asked)
    console.print(f"\n{sent} requests would be sent at least; none was sent.")
    return 0


def _capture_lines(summary: dict[str, Any]) -> list[str]:
    """What came of the capture of one source: a line, what stands out, and the problem if any."""
    parts = [f"{summary['answers']:,} answers", f"{summary['bytes']:,} bytes"]
    for key, words in (
        ("not_modified", "not changed at the source"),
        ("resumed", "kept from an interrupted run"),
        ("retries", "tries failed first"),
    ):
        if summary[key]:
            parts.append(f"{summary[key]:,} {words}")
    before = summary["compared_with"]
    parts.append(f"compared with {before['retrieved_at']}" if before else "nothing to compare with")
    lines = [f"{summary['source']:<24} {summary['outcome']:<10} {', '.join(parts)}"]
    for finding in summary["findings"]:
        if not finding["passed"]:
            examples = f" ({', '.join(finding['examples'])})" if finding["examples"] else ""
            lines.append(
                f"  {finding['severity']:<9} {finding['about']}, {finding['test']}: "
                f"{finding['sentence']}{examples}"
            )
    error = summary["error"]
    if error:
        in_use = summary["in_use"]
        lines.append(f"  {VoorkantError(**error)}".replace("\n", "\n  "))
        lines.append(
            f"  in use   the capture of {in_use['retrieved_at']} from {in_use['origin']}"
            if in_use
            else "  in use   nothing: this source was never captured"
        )
    return lines


def _folders(options: Namespace) -> dict[str, Any]:
    return {
        "origin": options.origin,
        "state": options.state.resolve(),
        "published": options.published.resolve(),
        "sample": options.sample.resolve(),
        "drop": options.drop.resolve(),
    }


def status(options: Namespace) -> int:
    """`voorkant status`."""
    from assets.registry import sources

    archive = Archive(options.state / "archive")
    captured = {name: archive.latest(name) for name in sources()}
    newest = {name: catalog.latest(options.published, name) for name in contracts()}
    altered = _altered(archive, captured, options.published, newest)
    if options.json:
        _print_json(
            {
                "sources": {
                    name: capture
                    and {
                        "retrieved_at": capture.retrieved_at,
                        "origin": capture.origin,
                        "responses": len(capture.entries),
                        "bytes": sum(entry.bytes for entry in capture.entries),
                    }
                    for name, capture in captured.items()
                },
                "datasets": {
                    name: manifest
                    and {
                        key: manifest[key] for key in ("version", "published_at", "rows", "checks")
                    }
                    for name, manifest in newest.items()
                },
                "altered": [error.as_dict() for error in altered],
            }
        )
        return 1 if altered else 0
    _print_table(
        ("source", "captured", "origin", "answers", "bytes"),
        [
            (
                name,
                *(
                    (
                        c.retrieved_at,
                        c.origin,
                        f"{len(c.entries):,}",
                        f"{sum(e.bytes for e in c.entries):,}",
                    )
                    if c
                    else ("never", "–", "–", "–")
                ),
            )
            for name, c in captured.items()
        ],
        numbers=2,
    )
    _print_table(
        ("dataset", "version", "rows", "passed", "warned", "quarantined"),
        [
            (name, *(_release_cells(m) if m else ("never published", "–", "–", "–", "–")))
            for name, m in newest.items()
        ],
        numbers=4,
    )
    for name, manifest in newest.items():
        for line in _warnings(options.published, manifest) if manifest else ():
            console.print(f"{name}: {line}", markup=False, soft_wrap=True)
    for error in altered:
        console.print(f"\n{error}", markup=False, soft_wrap=True)
    if not altered and any(newest.values()):
        console.print(
            "\nEvery file of the newest captures and releases has the sha256 it was stored with."
        )
    return 1 if altered else 0


def _altered(
    archive: Archive,
    captured: Mapping[str, Capture | None],
    published: Path,
    newest: Mapping[str, catalog.Manifest | None],
) -> list[VoorkantError]:
    """Archived bodies and published files that are no longer what was stored, the first of each."""
    found = []
    for capture in filter(None, captured.values()):
        try:
            for entry in capture.entries:
                archive.read(entry.sha256)
        except VoorkantError as difference:
            found.append(difference)
    for manifest in filter(None, newest.values()):
        try:
            catalog.verify(published, manifest)
        except VoorkantError as difference:
            found.append(difference)
    return found


def datasets(options: Namespace) -> int:
    """`voorkant datasets`."""
    newest = {name: catalog.latest(options.published, name) for name in contracts()}
    if options.json:
        _print_json(
            [
                {
                    "dataset": name,
                    "title": each.title.model_dump(),
                    "description": each.description.model_dump(),
                    "tables": [table.name for table in each.published],
                    "version": (release := newest[name]) and release["version"],
                }
                for name, each in contracts().items()
            ]
        )
        return 0
    for name, each in contracts().items():
        release = newest[name]
        console.print(
            f"[bold]{name}[/bold]  {release['version'] if release else 'not published yet'}"
        )
        console.print(f"  {each.description.en}", markup=False)
        console.print(
            f"  tables: {', '.join(table.name for table in each.published)}\n", style="dim"
        )
    return 0


def show(options: Namespace) -> int:
    """`voorkant show`: the condition is SQL on one table; nothing else can be reached from it."""
    import duckdb

    release = _release(options.published, options.dataset, options.version)
    names = [table.name for table in contract(options.dataset).published]
    table = options.table or names[0]
    if table not in names:
        raise _usage(
            f"{options.dataset} has no table {table!r}.", f"Choose one of: {', '.join(names)}."
        )
    file = (
        catalog.folder_of(options.published, options.dataset, release["version"])
        / f"{table}.parquet"
    )
    connection = duckdb.connect()
    connection.read_parquet(str(file)).create(table)
    # From here on the condition can reach this one table and nothing else.
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    try:
        chosen = connection.table(table)
        if options.where:
            chosen = chosen.filter(options.where)
        if options.columns:
            chosen = chosen.select(*(name.strip() for name in options.columns.split(",")))
        counted = len(chosen)
        answer = chosen.limit(max(options.limit, 0))
        heads, rows = answer.columns, answer.fetchall()
    except duckdb.Error as error:
        raise _usage(
            str(error).splitlines()[0], "Write a condition on the columns of the table."
        ) from None
    if options.json:
        _print_json([dict(zip(heads, (_plain(v) for v in row), strict=True)) for row in rows])
        return 0
    _print_rows(heads, [["" if v is None else str(_plain(v)) for v in row] for row in rows])
    console.print(
        f"{len(rows)} of {counted:,} rows of {options.dataset} {release['version']}, table {table}"
    )
    return 0


def _release(published: Path, dataset: str, version: str | None) -> catalog.Manifest:
    contract(dataset)
    found = catalog.manifests(published, dataset)
    if not found:
        raise _usage(
            f"{dataset} was not published yet in {published}.", "Run `voorkant refresh` first."
        )
    if version is None:
        return found[-1]
    for manifest in found:
        if manifest["version"] == version:
            return manifest
    raise _usage(
        f"{dataset} has no version {version}.",
        f"Choose one of: {', '.join(manifest['version'] for manifest in found)}.",
    )


def _usage(problem: str, remedy: str) -> VoorkantError:
    return VoorkantError("VK-U001", problem, "the command line", "Nothing was done.", remedy)


def _release_cells(manifest: catalog.Manifest) -> tuple[str, ...]:
    checks = manifest["checks"]
    return (
        manifest["version"],
        f"{sum(manifest['rows'].values()):,}",
        str(checks["passed"]),
        str(checks["warned"]),
        str(checks["quarantined"]),
    )


def _warnings(published: Path, manifest: catalog.Manifest) -> Iterable[str]:
    folder = catalog.folder_of(published, manifest["dataset"], manifest["version"])
    validation = json.loads((folder / "validation.json").read_text("utf-8"))
    for table in validation["tables"]:
        for rule in table["rules"]:
            if rule["failed"] and rule["severity"] == "warning":
                example = rule["examples"][0] if rule["examples"] else ""
                yield (
                    f"warning {rule['rule_id']} ({table['table']}): {rule['sentence']} "
                    f"Not so for {rule['failed']} of {rule['judged']} {rule['about']}, e.g. {example}. "
                    f"{rule['reason']}"
                )


def _plain(value: Any) -> Any:
    return value if isinstance(value, (int, str)) or value is None else str(value)


def _print_json(content: Any) -> None:
    json.dump(content, sys.stdout, ensure_ascii=False, indent=1, default=str)
    print()


def _print_table(heads: Iterable[str], rows: Iterable[Iterable[str]], numbers: int = 0) -> None:
    """A plain table. numbers: so many columns at the right are numbers; then no cell is folded."""
    heads = list(heads)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for position, head in enumerate(heads):
        right = position >= len(heads) - numbers
        table.add_column(
            head, justify="right" if right else "left", overflow="fold", no_wrap=numbers > 0
        )
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _print_rows(heads: list[str], rows: list[list[str]]) -> None:
    """A table where it fits the width; otherwise each row as a block, one line per filled column."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    if sum(widths) + 2 * len(widths) <= console.width:
        return _print_table(heads, rows)
    margin = max(map(len, heads))
    for row in rows:
        for head, value in zip(heads, row, strict=True):
            if value:
                console.print(f"{head:<{margin}}  {value}", markup=False, soft_wrap=True)
        console.print()
    return None


def _short(path: Path) -> str:
    """The path from here where that is shorter."""
    resolved = path.resolve()
    here = Path.cwd()
    return str(resolved.relative_to(here)) if resolved.is_relative_to(here) else str(resolved)
