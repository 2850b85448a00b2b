"""Copy releases from an address into a folder: over https what the manifest lists, from S3 everything.

The address is not trusted: sizes are bounded by the manifest, names stay in the folder, and the copy is
verified afterwards like any other (`checks.py`).
"""

from __future__ import annotations

from pathlib import Path

from pipelines.publish import release_reader, signing
from pipelines.publish.release_reader import MANIFEST, unreadable
from pipelines.publish.store.storage import Storage, failures

SCHEMES = ("http://", "https://")
_SMALL = 50_000_000  # a manifest, a list of sums, a signature
_ABSENT = 404
_TIMEOUT = 60.0  # seconds without an answer


def fetch(address: str, folder: Path) -> None:
    """Copy the release at an address into a folder. Raises VK-P011 when that cannot be done.

    address: of the folder of a version, or of its manifest.json.
    """
    import httpx2

    base = address.removesuffix(MANIFEST).rstrip("/")
    plain = {"Accept-Encoding": "identity"}  # the stored bytes are what was published
    with httpx2.Client(follow_redirects=True, timeout=_TIMEOUT, headers=plain) as client:

        def get(name: str, most: int, optional: bool = False) -> None:
            url = f"{base}/{name}"
            try:
                with client.stream("GET", url) as answer:
                    if optional and answer.status_code == _ABSENT:
                        return
                    answer.raise_for_status()
                    (folder / name).parent.mkdir(exist_ok=True, parents=True)
                    with (folder / name).open("wb") as file:
                        for piece in answer.iter_raw():
                            file.write(piece)
                            if file.tell() > most:
                                raise unreadable(
                                    url, f"There is more than the {most:,} bytes listed."
                                )
            except httpx2.HTTPError as error:
                raise unreadable(url, f"The address gives no file: {error}.") from None

        get(MANIFEST, _SMALL)
        listed = release_reader.read_manifest(folder)["files"]
        for name, about in sorted(listed.items()):
            if not release_reader.is_file_name(name) or not isinstance(about, dict):
                raise unreadable(address, f"The manifest lists {name!r}, which is no file.")
            get(name, int(about.get("bytes", _SMALL)))
        if signing.SUMS not in listed:
            get(signing.SUMS, _SMALL, optional=True)
        get(signing.SIGNATURE, _SMALL, optional=True)


def fetch_tree(storage: Storage, below: tuple[str, ...], folder: Path) -> None:
    """Copy everything below these folders of a storage, unchanged. Raises VK-P001, VK-P011."""
    with failures(storage.place, "Nothing was changed."):
        for key in (key for each in below for key in storage.list(each)):
            if not release_reader.is_file_name(key):
                raise unreadable(
                    storage.place, f"There is something called {key!r}, which is no file."
                )
            (folder / key).parent.mkdir(exist_ok=True, parents=True)
            (folder / key).write_bytes(storage.read(key))
