"""`voorkant audit spuk`: the audit pack of the specific grants."""

from __future__ import annotations

import polars as pl

from pipelines.audit_pack import pack, pack_data
from pipelines.audit_pack.language import Localizer
from pipelines.audit_pack.pack_data import LEDGER, UPTAKE, PackRequest
from pipelines.audit_pack.recompute import recompute
from pipelines.cli.commands import pick_version
from pipelines.cli.commands.as_of import day_of
from pipelines.cli.console import console, print_json, short
from pipelines.cli.options.audit import AuditOptions
from pipelines.publish.published import Publications

_MUNICIPALITIES, _ALLOCATIONS = "municipalities", "spuk_allocations"
_REGIONS = "iza_regions.parquet"


def run(options: AuditOptions) -> int:
    """`voorkant audit spuk`."""
    request = PackRequest(
        schemes=tuple(dict.fromkeys(options.scheme)),
        years=tuple(dict.fromkeys(options.year)),
        municipality=options.municipality,
        as_of=day_of(options.as_of) if options.as_of else None,
    )
    published = pick_version.publications(options)
    releases = [pick_version.release(published, name, None) for name in (LEDGER, UPTAKE)]
    ledger, uptake = (published.read(each) for each in releases)
    data = pack_data.collect(ledger, uptake, _regions(published))
    if request.as_of:
        also = [
            published.read(pick_version.release(published, name, None))
            for name in (_MUNICIPALITIES, _ALLOCATIONS)
        ]
        data = pack_data.as_of(data, request.as_of, recompute(ledger, *also))
    manifest = pack.write(
        data, request, Localizer(options.language), options.out, with_letter=options.letter
    )
    if options.json:
        print_json(manifest)
        return 0
    for name, about in manifest["files"].items():
        console.print(f"  {name:<24} {about['bytes']:>12,} bytes", markup=False)
    line = f"The pack is in {short(options.out)}; known on {manifest['version']}."
    console.print(line, markup=False, soft_wrap=True)
    return 0


def _regions(published: Publications) -> pl.DataFrame | None:
    """Which municipality belongs to which IZA region, where that is published."""
    release = published.newest(_ALLOCATIONS)
    if release is None or _REGIONS not in release.files:
        return None
    file = published.folder(release, _REGIONS) / _REGIONS
    return pl.read_parquet(file, columns=list(pack_data.REGIONS))
