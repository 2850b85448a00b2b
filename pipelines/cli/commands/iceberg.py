"""`voorkant iceberg`: metadata with which Iceberg engines read the published files where they are."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from expectations.contract import contract, contracts
from expectations.errors import VoorkantError, usage
from pipelines.cli.commands import pick_version
from pipelines.cli.console import console, print_json, short
from pipelines.cli.options.iceberg import IcebergOptions


def run(options: IcebergOptions) -> int:
    """`voorkant iceberg`: every table of the datasets, with every version that was not withdrawn."""
    if find_spec("pyiceberg") is None:
        raise VoorkantError(
            "VK-U002",
            problem="Iceberg metadata is made with pyiceberg, which is not installed.",
            where="the command line",
            outcome="Nothing was done.",
            remedy="Install the extra: pip install '.[iceberg]' in the folder of the project.",
        )
    from pipelines.publish import iceberg

    wanted = [contract(name).dataset for name in options.dataset] or list(contracts())
    published = pick_version.publications(options)
    _check(options.out.resolve(), published.storage.path(""))
    valid = {name: published.valid(name) for name in wanted}
    missing = [name for name in wanted if not valid[name]]
    if missing and (options.dataset or missing == wanted):
        raise usage(
            f"Nothing of {', '.join(missing)} is published in {options.published}.",
            "Run `voorkant refresh` first.",
        )
    try:
        made = {
            name: iceberg.write(published, releases, options.out / name)
            for name, releases in valid.items()
            if releases
        }
    except OSError as error:
        raise usage(
            f"The metadata cannot be made: {error}.",
            "Give an --out that can be written, and see whether `voorkant doctor` misses a file.",
        ) from None
    if options.json:
        print_json(
            {
                name: {
                    table: {"metadata": str(each.metadata), "versions": each.versions}
                    for table, each in tables.items()
                }
                for name, tables in made.items()
            }
        )
        return 0
    for name, tables in made.items():
        for table, each in tables.items():
            line = f"{name}.{table}  {', '.join(each.versions)}\n  {short(each.metadata)}"
            console.print(line, markup=False, soft_wrap=True)
    return 0


def _check(out: Path, published: Path | None) -> None:
    if published is None:
        raise usage(
            "Iceberg metadata is made over releases in a folder.",
            "Give --published the folder of a copy.",
        )
    if out.is_relative_to(published):
        raise usage("A release never changes, so nothing is added to it.", "Give another --out.")
    if unusable := next((path for path in (out, published) if set("#?") & set(str(path))), None):
        raise usage(f"An Iceberg address cannot hold # or ?: {unusable}.", "Give another folder.")
