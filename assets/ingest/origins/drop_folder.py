"""A folder in which a data team puts the files it received.

What belongs here: which file answers which request:
`<folder>/<source id>/<request name>[.<page>].(json|xml|csv)`, for example
`cbs_iv3/45063NED/TypedDataSet.2.json`. What does not: sources of the kind `files`, of which every file
below the folder is one (`dropped_files`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from assets.ingest.kinds import KINDS
from assets.ingest.messages import Origin, Request, Response
from assets.ingest.registry import Source
from expectations.errors import VoorkantError

_TYPE = {"json": "application/json", "xml": "application/xml", "csv": "text/csv"}


class DropOrigin:
    """Answers from files.

    own: answers for tables with status `cited` that are not in this folder; they are the project's own.
    clock: tells when the files were taken in; their own times change with every copy.
    """

    name = "drop"

    def __init__(self, folder: Path, own: Origin, clock: Callable[[], datetime]) -> None:
        self.folder = folder
        self._own = own
        self._clock = clock

    def retrieved_at(self) -> str:
        return self._clock().isoformat(timespec="seconds")

    def fetch(self, source: Source, request: Request) -> Response:
        suffix = KINDS[source.kind].media
        base = self.folder / source.id
        names = [f"{request.name}.{request.page}.{suffix}"]
        if request.page == 1:  # the number may be left out when there is but one page
            names.insert(0, f"{request.name}.{suffix}")
        for name in names:
            path = base / name
            if path.is_file() and path.resolve().is_relative_to(base.resolve()):
                return Response(request, 200, _TYPE[suffix], path.read_bytes())
        if source.cites(request.name):
            return self._own.fetch(source, request)
        raise VoorkantError(
            "VK-S001",
            problem=f"The drop folder has no file for {request.name!r}, page {request.page}.",
            where=str(base / names[0]),
            outcome=f"The source {source.id} was not captured.",
            remedy="Lay the file there under exactly this name.",
        )
