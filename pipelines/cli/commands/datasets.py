"""`voorkant datasets`: which datasets there are."""

from __future__ import annotations

from expectations.contract import contracts
from pipelines.cli.console import console, print_json
from pipelines.cli.options.datasets import DatasetsOptions
from pipelines.publish.published import Publications


def run(options: DatasetsOptions) -> int:
    """`voorkant datasets`."""
    published = Publications.at(options.published, options.state)
    newest = {name: published.newest(name) for name in contracts()}
    if options.json:
        print_json(
            [
                {
                    "dataset": name,
                    "title": each.title.model_dump(),
                    "description": each.description.model_dump(),
                    "tables": [table.name for table in each.published],
                    "version": (release := newest[name]) and release.version,
                }
                for name, each in contracts().items()
            ]
        )
        return 0
    for name, each in contracts().items():
        release = newest[name]
        console.print(f"[bold]{name}[/bold]  {release.version if release else 'not published yet'}")
        console.print(f"  {each.description.en}", markup=False)
        console.print(
            f"  tables: {', '.join(table.name for table in each.published)}\n", style="dim"
        )
    return 0
