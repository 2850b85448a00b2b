"""`voorkant new`: the files of a source, dataset, rule, scheme or claim, with what is to be filled in."""

from __future__ import annotations

import json

from assets.ingest.registry import sources
from expectations.contract import contract, contracts
from expectations.errors import usage
from expectations.paths import ROOT
from pipelines import scaffold
from pipelines.cli.options.new import NewOptions


def run(options: NewOptions) -> int:
    """`voorkant new KIND NAME`. Raises VK-U001; then nothing was written."""
    kind, name = options.kind, options.name
    if kind == "rule":
        new = scaffold.rule(name, contract(name.partition(".")[0]), ROOT)
    else:
        if kind == "dataset" and name not in sources():
            raise usage(
                f"There is no source {name!r}, from which the files of this dataset would read.",
                f"Run `voorkant new source {name}` first, or write the files by hand: "
                "docs/howto/add-a-dataset.md.",
            )
        prefixes = [each.rule_prefix for each in contracts().values()]
        new = scaffold.files(kind, name, ROOT, prefixes)
    scaffold.write(ROOT, new)
    if options.json:
        print(json.dumps([{"file": str(n.path), "new": n.is_new} for n in new], indent=1))
        return 0
    for each in new:
        print(f"{'new' if each.is_new else 'added to':9} {each.path}")
    print(
        f"Fill in every TODO; `voorkant check` lists those that are left. "
        f"The guide: docs/howto/add-a-{kind}.md"
    )
    return 0
