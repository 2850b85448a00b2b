"""Which version a command is about, and what is said when there is none or when it was withdrawn."""

from __future__ import annotations

from expectations.errors import usage
from pipelines.cli.options.common import Options
from pipelines.publish.published import Publications
from pipelines.publish.store.log import Release


def publications(options: Options) -> Publications:
    """Those that the options of a command name. Raises VK-U001, VK-P001 and VK-P004."""
    return Publications.at(options.published, options.state)


def release(published: Publications, dataset: str, version: str | None) -> Release:
    """A version; without one the newest that was not withdrawn. Raises VK-C003 and VK-U001."""
    releases = published.releases(dataset)
    if not releases:
        from expectations.contract import contract  # reading all contracts takes most of a second

        contract(dataset)
        raise usage(
            f"{dataset} was not published yet in {published.storage.place}.",
            "Run `voorkant refresh` first.",
        )
    found = published.history.find(dataset, version) if version else published.newest(dataset)
    if found:
        return found
    names = ", ".join(each.version for each in releases)
    if version:
        raise usage(f"{dataset} has no version {version}.", f"Choose one of: {names}.")
    raise usage(
        f"Every version of {dataset} was withdrawn, the last one because: "
        f"{published.withdrawn(releases[-1])}",
        f"Name one if you want it all the same: {names}.",
    )


def warn_if_withdrawn(published: Publications, chosen: Release) -> None:
    """Tell on standard error, so that a program reads its JSON as ever."""
    if why := published.withdrawn(chosen):
        from rich.console import Console

        line = f"{chosen.dataset} {chosen.version} was withdrawn and is not to be used: {why}"
        Console(stderr=True).print(
            line, style="bold", markup=False, highlight=False, soft_wrap=True
        )
