"""`voorkant as-of`: a dataset as it was known on a day."""

from __future__ import annotations

from datetime import date
from itertools import accumulate

import polars as pl

from expectations.contract import contract, contracts
from expectations.errors import usage
from pipelines.cli.commands import pick_version
from pipelines.cli.console import console, plain, print_json, print_rows
from pipelines.cli.options.as_of import AsOfOptions
from pipelines.publish import release_reader
from pipelines.publish.history import vintages
from pipelines.publish.published import Publications
from pipelines.publish.store.log import Release


def run(options: AsOfOptions) -> int:
    """`voorkant as-of`: without a dataset, which version of each was the newest then."""
    day = day_of(options.date)
    if options.dataset is None:
        return _all(options, day)
    contract(options.dataset)
    published = pick_version.publications(options)
    then = _then(published, options.dataset, day)
    if then is None:
        raise usage(
            f"{options.dataset} was not published yet on {day}.",
            _first(published, options.dataset),
        )
    held = release_reader.read_contract(
        published.folder(then, release_reader.MANIFEST, release_reader.CONTRACT)
    )
    name = options.table or held.published[0].name
    table = next((each for each in held.published if each.name == name), None)
    if table is None:
        known = ", ".join(each.name for each in held.published)
        raise usage(f"{options.dataset} had no table {name!r} then.", f"Choose one of: {known}.")
    # Of that very release: in a later one a version that was withdrawn may have left its states.
    lies_in = vintages.file_name(table)
    if lies_in not in then.files:
        raise usage(
            f"{options.dataset} {then.version} has no vintages.",
            f"Look at its rows: `voorkant show {options.dataset} --version {then.version}`.",
        )
    file = published.folder(then, lies_in) / lies_in
    rows = vintages.as_of(table, pl.read_parquet(file), day)
    if options.json:
        print_json([{k: plain(v) for k, v in row.items()} for row in rows.iter_rows(named=True)])
        return 0
    shown = rows.head(max(options.limit, 0))
    cells = [["" if v is None else str(plain(v)) for v in row] for row in shown.iter_rows()]
    print_rows(shown.columns, cells)
    console.print(
        f"{shown.height} of {rows.height:,} rows of {options.dataset}, table {name}, as known at the end "
        f"of {day}: version {then.version}.\nThe same in DuckDB:",
        markup=False,
        soft_wrap=True,
    )
    console.print(f"  {vintages.one_line(str(file), day)}", markup=False, soft_wrap=True)
    return 0


def _all(options: AsOfOptions, day: date) -> int:
    published = pick_version.publications(options)
    known = {name: _then(published, name, day) for name in contracts()}
    if options.json:
        print_json({name: then and then.version for name, then in known.items()})
        return 0
    for name, then in known.items():
        text = then.version if then else f"not published yet on {day}"
        console.print(f"{name:<24} {text}", markup=False)
    return 0


def day_of(given: str) -> date:
    """A day as a person writes it. Raises VK-U001."""
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise usage(f"{given!r} is no date.", "Write it as 2024-06-30.") from None


def _then(published: Publications, dataset: str, day: date) -> Release | None:
    """The release that was the newest at the end of a day (UTC), of those not withdrawn since."""
    releases = published.releases(dataset)
    own = [vintages.moment_of(release.published_at) for release in releases]
    # A release never counts as known before the one it follows.
    known = [
        each
        for each, since in zip(releases, accumulate(own, max), strict=True)
        if since.date() <= day and published.withdrawn(each) is None
    ]
    return known[-1] if known else None


def _first(published: Publications, dataset: str) -> str:
    releases = published.valid(dataset)
    if not releases:
        return "Run `voorkant refresh` first."
    return f"Its first release is of {releases[0].published_at[:10]}."
