"""`voorkant check`: whether everything that is declared can be used, before anything is captured or built."""

from __future__ import annotations

import json

from pipelines.cli.options.check import CheckOptions
from pipelines.declarations import check


def run(options: CheckOptions) -> int:
    """`voorkant check`: every problem with its file and line. Exit code 2 when there is one."""
    found = check()
    if options.json:
        print(json.dumps([each.as_dict() for each in found], ensure_ascii=False, indent=1))
    else:
        for each in found:
            print(f"{each.code}  {each.problem.where}  {each.problem.text}")
        files = {each.problem.path for each in found}
        print(
            f"{len(found)} problems in {len(files)} files; docs/errors/<code>.md explains each code."
            if found
            else "Everything that is declared can be used."
        )
    return 2 if found else 0
