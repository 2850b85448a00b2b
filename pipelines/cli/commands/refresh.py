"""`voorkant refresh`: capture, build, check and publish; and a table of what happened."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from pipelines.cli.console import console, print_json, print_table, release_cells, short
from pipelines.cli.options.refresh import RefreshOptions
from pipelines.cli.settings import settings_of
from pipelines.refresh.refresh import refresh
from pipelines.refresh.report import RefreshReport
from pipelines.runtime.progress import ProgressHandler

_HEADS = ("dataset", "this run", "version", "rows", "passed", "warned", "quarantined")
_REJECTED = "rejected"
"""The table of cells of received files that did not fit."""


def run(options: RefreshOptions) -> int:
    """`voorkant refresh`."""
    progress = ProgressHandler(Console(stderr=True))
    report = refresh(settings_of(options), options.only, progress)
    if options.json:
        print_json(report.as_dict())
    else:
        _print(report, options)
    return report.exit_code


def _print(report: RefreshReport, options: RefreshOptions) -> None:
    rows = [
        (
            each.dataset,
            each.outcome,
            *(release_cells(each.release) if each.release else ("–", "–", "–", "–", "–")),
        )
        for each in report.datasets
    ]
    print_table(_HEADS, rows, numbers=4)
    for problem in (*report.older_inputs, *report.corrections, *report.problems):
        console.print(f"\n{problem.text}", markup=False, soft_wrap=True)
    if report.nothing_changed:
        console.print("\nNothing changed since the last refresh; nothing was published.")
    if report.problems:
        console.print("\nDatasets marked blocked keep their previous release, if they had one.")
        return
    published = short(options.published)
    for line in (
        f"\nFiles     {published}/data/<dataset>/<version>/   catalogue {published}/catalog.json",
        f"Archive   {short(options.state)}/archive/   every answer of every source, as served",
    ):
        console.print(line, soft_wrap=True)
    console.print("\nTry next", style="bold")
    for command, why in _suggestions(report):
        where = "" if command.startswith("make") else ".venv/bin/"
        console.print(f"  {where}{command}", markup=False, soft_wrap=True)
        console.print(f"      {why}", style="dim", soft_wrap=True)


def _suggestions(report: RefreshReport) -> Iterator[tuple[str, str]]:
    """Commands that are worth a try after this refresh, and what each shows."""
    for each in report.datasets:
        if each.release and each.release.about["rows"].get(_REJECTED):
            yield (
                f"voorkant show {each.dataset} --table {_REJECTED}",
                "cells of the files you received that need a look",
            )
    yield (
        "voorkant show care_welfare_ratio --where \"report_type = 'jaarrekening'\"",
        "the 96/4 claim, by definition",
    )
    yield ("voorkant status", "what was captured, published and warned about")
    yield ("make ui", "the whole pipeline in Dagster, on this machine only")
