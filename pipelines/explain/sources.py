"""From the `_capture` and `_locator` of a source row to its capture and the text at that place.

What belongs here: an archived object as a person would cite it. The manifest of the release knows those of
its inputs; older objects (a file dropped earlier) are looked up in the log of the archive. What does
not: how a place is found in bytes (`assets/ingest/locators`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assets.ingest.archive import LOG, Archive
from assets.ingest.locators import Fragment, not_there, opened
from expectations.errors import VoorkantError

OTHER_VERSION = "VK-P013"


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """A place in an archived object. All but sha256 and locator are None for an unknown object.

    later: it was captured after the release and is not among its inputs.
    """

    sha256: str
    locator: str
    source: str | None = None
    origin: str | None = None
    captured_at: str | None = None
    name: str | None = None
    page: int | None = None
    url: str | None = None
    later: bool = False


@dataclass(slots=True)
class Sources:
    """The inputs that a manifest names, and the archive that holds them."""

    manifest: Mapping[str, Any]
    archive: Archive
    _known: dict[str, dict[str, Any]] = field(default_factory=dict)
    _bodies: dict[str, bytes] = field(default_factory=dict)
    _earlier: bool = False

    def __post_init__(self) -> None:
        for taken in self.manifest["inputs"]:
            self._keep(taken["source"], taken["origin"], taken["retrieved_at"], taken["responses"])

    def place(self, sha256: str, locator: str) -> SourcePlace:
        """What is known of a place."""
        about = self._about(sha256)
        return SourcePlace(sha256, locator, **about, later=self._is_later(about))

    def source(self, sha256: str) -> str | None:
        """The source that an object came from."""
        return self._about(sha256).get("source")

    def opened(self, place: SourcePlace) -> Fragment:
        """The text of a place and what is around it. Raises VK-A002 and VK-A003."""
        if place.locator == LOG:
            return self._logged(place)
        if place.sha256 not in self._bodies:
            self._bodies[place.sha256] = self.archive.read(place.sha256)
        return opened(self._bodies[place.sha256], place.locator, place.name or place.sha256)

    def _logged(self, place: SourcePlace) -> Fragment:
        """The time of capture, which no object contains: the newest line of the log about it."""
        for taken in reversed(self.archive.captures(place.source or "")):
            if taken.entries[0].sha256 == place.sha256:
                fields = {n: getattr(taken, n) for n in ("source", "origin", "retrieved_at")}
                line = f"> {self.archive.log.name}: " + ", ".join(
                    f"{n} {v}" for n, v in fields.items()
                )
                return Fragment(taken.retrieved_at, (line,), fields)
        raise not_there(place.name or place.sha256, place.locator)

    def _is_later(self, about: Mapping[str, Any]) -> bool:
        known = {taken["source"]: taken["retrieved_at"] for taken in self.manifest["inputs"]}
        return not about or about["captured_at"] > known[about["source"]]

    def _about(self, sha256: str) -> dict[str, Any]:
        if sha256 not in self._known and not self._earlier:
            self._earlier = True
            for source in {taken["source"] for taken in self.manifest["inputs"]}:
                for capture in self.archive.captures(source):
                    entries = [
                        {"name": e.name, "page": e.page, "url": e.url, "sha256": e.sha256}
                        for e in capture.entries
                    ]
                    self._keep(source, capture.origin, capture.retrieved_at, entries)
        return self._known.get(sha256, {})

    def _keep(self, source: str, origin: str, at: str, responses: list[dict[str, Any]]) -> None:
        """Remember objects under their hash; the first entry for a hash is kept."""
        for each in responses:
            about = {"source": source, "origin": origin, "captured_at": at}
            about |= {name: each[name] for name in ("name", "page", "url")}
            self._known.setdefault(each["sha256"], about)


def other_version(problem: str, where: str) -> VoorkantError:
    """VK-P013: the staged tables are not those that the release was made of."""
    return VoorkantError(
        OTHER_VERSION,
        problem=problem,
        where=where,
        outcome="The contents of the release were shown; the steps were left out, as they could be wrong.",
        remedy="Run `voorkant refresh` and explain the newest version, or give --state of the run that "
        "made this one.",
    )
