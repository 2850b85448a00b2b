"""`voorkant withdraw`: a version is no longer to be used, for a reason that everybody reads."""

from __future__ import annotations

from expectations.errors import usage
from pipelines.cli.commands import pick_version
from pipelines.cli.console import console, print_json
from pipelines.cli.options.withdraw import WithdrawOptions
from pipelines.publish import portal_catalogue
from pipelines.publish.published import Publications
from pipelines.publish.store import commit
from pipelines.publish.store.log import MANIFEST, Release
from pipelines.publish.store.open_storage import storage_to_publish_at


def run(options: WithdrawOptions) -> int:
    """`voorkant withdraw`: its manifest stays, catalogue and descriptions follow."""
    published = pick_version.publications(options)
    release = pick_version.release(published, options.dataset, options.version)
    _refuse(published, release, options)
    storage = storage_to_publish_at(options.published)
    commit.withdraw(storage, release.dataset, release.version, options.reason, tuple(options.erase))
    published.forget(release)
    after = portal_catalogue.describe(storage, options.state)
    newest = after.newest(release.dataset)
    erased = sorted(release.files.keys() - after.history.kept(release).keys())
    if options.json:
        print_json(
            {
                "dataset": release.dataset,
                "version": release.version,
                "reason": after.withdrawn(release),
                "erased": erased,
                "newest": newest and newest.version,
            }
        )
        return 0
    for line in (
        f"{release.dataset} {release.version} is withdrawn: {after.withdrawn(release)}",
        *([f"Erased: {', '.join(erased)}"] if erased else []),
        f"The newest version is now {newest.version}."
        if newest
        else "There is no version left that is not withdrawn.",
    ):
        console.print(line, markup=False, soft_wrap=True)
    return 0


def _refuse(published: Publications, release: Release, options: WithdrawOptions) -> None:
    if not options.reason.strip():
        raise usage("A withdrawal needs a reason.", "Say in a sentence what is wrong.")
    if MANIFEST in options.erase:
        raise usage(f"{MANIFEST} stays, so that the version can be accounted for.", "Leave it out.")
    if unknown := sorted(set(options.erase) - release.files.keys()):
        left = sorted(published.history.kept(release).keys() - {MANIFEST})
        raise usage(
            f"{release.dataset} {release.version} has no file {', '.join(unknown)}.",
            f"Choose of: {', '.join(left)}.",
        )
