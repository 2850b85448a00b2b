"""`voorkant audit spuk`: the audit pack of the specific grants."""

from __future__ import annotations

from argparse import Namespace

import polars as pl

from pipelines.audit import gathering, pack
from pipelines.audit.choosing import LEDGER, UPTAKE, Asked
from pipelines.audit.recomputing import recompute
from pipelines.audit.speaking import Speech
from pipelines.commands import choosing
from pipelines.commands.as_of import day_of
from pipelines.console import console, print_json, short
from pipelines.publish.publications import Publications

_MUNICIPALITIES, _ALLOCATIONS = "municipalities", "spuk_allocations"
_REGIONS = "iza_regions.parquet"


def run(options: Namespace) -> int:
    """`voorkant audit spuk`."""
    asked = Asked(
        schemes=tuple(dict.fromkeys(options.scheme)),
        years=tuple(dict.fromkeys(options.year)),
        municipality=options.municipality,
        as_of=day_of(options.as_of) if options.as_of else None,
    )
    published = choosing.publications(options)
    releases = [choosing.release(published, name, None) for name in (LEDGER, UPTAKE)]
    ledger, uptake = (published.edition(each) for each in releases)
    evidence = gathering.gathered(ledger, uptake, _regions(published))
    if asked.as_of:
        also = [
            published.edition(choosing.release(published, name, None))
            for name in (_MUNICIPALITIES, _ALLOCATIONS)
        ]
        evidence = gathering.as_of(evidence, asked.as_of, recompute(ledger, *also))
    manifest = pack.write(
        evidence, asked, Speech(options.language), options.out, with_letter=options.letter
    )
    if options.json:
        print_json(manifest)
        return 0
    for name, about in manifest["files"].items():
        console.print(f"  {name:<24} {about['bytes']:>12,} bytes", markup=False)
    told = f"The pack is in {short(options.out)}; known on {manifest['version']}."
    console.print(told, markup=False, soft_wrap=True)
    return 0


def _regions(published: Publications) -> pl.DataFrame | None:
    """Which municipality belongs to which IZA region, where that is published."""
    release = published.newest(_ALLOCATIONS)
    if release is None or _REGIONS not in release.files:
        return None
    file = published.folder(release, _REGIONS) / _REGIONS
    return pl.read_parquet(file, columns=list(gathering.REGIONS))
