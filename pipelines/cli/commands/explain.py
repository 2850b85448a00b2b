"""`voorkant explain`: a published number, and the way back to the cells of the sources it was made of."""

from __future__ import annotations

import sys

from pipelines.cli.commands import pick_version
from pipelines.cli.options.explain import ExplainOptions
from pipelines.explain import json_output
from pipelines.explain.explanation import FILES, explain
from pipelines.explain.text_output import TextOutput

_SHOWN = 10


def run(options: ExplainOptions) -> int:
    """`voorkant explain`: exit code 1 when other tables are staged than the release was made of."""
    published = pick_version.publications(options)
    release = pick_version.release(published, options.dataset, options.version)
    folder = published.folder(release, *FILES, f"{options.table or options.dataset}.parquet")
    pick_version.warn_if_withdrawn(published, release)
    found = explain(
        folder,
        options.state,
        options.table,
        options.key,
        options.column,
        None if options.all else _SHOWN,
    )
    if options.json:
        from pipelines.cli.console import print_json

        print_json(json_output.as_dict(found, options.open))
    else:
        print("\n".join(TextOutput(found, options.language, options.open).lines()))
        if found.problem is not None:
            print(f"\n{found.problem}", file=sys.stderr)
    return 1 if found.problem else 0
