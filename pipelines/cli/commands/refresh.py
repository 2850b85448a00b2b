"""`voorkant refresh`: the whole road, and a table of what came of it."""

from __future__ import annotations

from rich.console import Console

from pipelines.cli.console import (
    console,
    print_json,
    print_table,
    release_cells,
    short,
)
from pipelines.cli.options.refresh import RefreshOptions
from pipelines.cli.settings import settings_of
from pipelines.refresh import refresh
from pipelines.runtime.progress import Told


def run(options: RefreshOptions) -> int:
    """`voorkant refresh`."""
    settings = settings_of(options)
    report = refresh(settings, options.only, Told(Console(stderr=True)))
    if options.json:
        print_json(
            {
                "nothing_changed": report.nothing_changed,
                "datasets": [
                    {
                        "dataset": each.dataset,
                        "outcome": each.outcome,
                        "version": each.release and each.release.version,
                        "rows": each.release and each.release.about["rows"],
                        "checks": each.release and each.release.about["checks"],
                        "folder": each.folder,
                    }
                    for each in report.datasets
                ],
                "problems": [{"where": p.where, "text": p.text} for p in report.problems],
                "older_inputs": [{"where": p.where, "text": p.text} for p in report.older_inputs],
                "corrections": [{"where": p.where, "text": p.text} for p in report.corrections],
            }
        )
        return report.exit_code

    rows = [
        (
            each.dataset,
            each.outcome,
            *(release_cells(each.release) if each.release else ("–", "–", "–", "–", "–")),
        )
        for each in report.datasets
    ]
    heads = ("dataset", "this run", "version", "rows", "passed", "warned", "quarantined")
    print_table(heads, rows, numbers=4)
    for problem in (*report.older_inputs, *report.corrections, *report.problems):
        console.print(f"\n{problem.text}", markup=False, soft_wrap=True)
    if report.nothing_changed:
        console.print("\nNothing changed since the last refresh; nothing was published.")
    if report.problems:
        console.print("\nDatasets marked blocked keep their previous release, if they had one.")
        return report.exit_code
    published = short(options.published)
    for line in (
        f"\nFiles     {published}/data/<dataset>/<version>/   catalogue {published}/catalog.json",
        f"Archive   {short(options.state)}/archive/   every answer of every source, as served",
    ):
        console.print(line, soft_wrap=True)
    console.print("\nTry next", style="bold")
    unfit = [
        each.dataset
        for each in report.datasets
        if each.release and each.release.about["rows"].get("unfit")
    ]
    for command, why in (
        *(
            (
                f"voorkant show {each} --table unfit",
                "what of the files you laid needs a look, by cell",
            )
            for each in unfit
        ),
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
