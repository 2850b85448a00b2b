"""The Dagster instance of a state folder: the project's `dagster.yaml`, its files below that folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine, event

from expectations.paths import ROOT

_DEFAULT = ".state/dagster"
_PATIENCE = 60  # seconds to wait for another process that is writing


class EventLog(ConsolidatedSqliteEventLogStorage):
    """Dagster's events in one file, over connections that stay open.

    Every check of every rule is two events, and Dagster opens five connections for each of them; that
    would be a third of a run.
    """

    @cached_property
    def _engine(self) -> Engine:
        return create_engine(self._conn_string, connect_args={"timeout": _PATIENCE})

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    @cached_property
    def _tables(self) -> set[str]:
        with self._connect() as connection:
            return set(self._engine.dialect.get_table_names(connection))

    def has_table(self, table_name: str) -> bool:
        """Whether the file has a table; its tables are made once, with the file."""
        return table_name in self._tables

    def dispose(self) -> None:
        """Close what is open."""
        super().dispose()  # type: ignore[no-untyped-call]
        self._engine.dispose()


def instance(state: Path) -> dg.DagsterInstance:
    """The run history below `state`, the same one that `make ui` shows for the default folder."""
    _without_waiting_for_the_disk()
    home = state / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    declared = yaml.safe_load((ROOT / "dagster.yaml").read_text("utf-8"))
    # The stores of dagster.yaml, below this home instead of the default one.
    overrides = {
        name: store
        | {"config": {"base_dir": store["config"]["base_dir"].replace(_DEFAULT, str(home))}}
        for name, store in declared.items()
        if "base_dir" in store.get("config", {})
    }
    ref = InstanceRef.from_dir(str(home), config_dir=str(ROOT), overrides=overrides)
    return dg.DagsterInstance.from_ref(ref)


@cache
def _without_waiting_for_the_disk() -> None:
    """Dagster commits every event on its own; waiting for the disk each time is most of a short run.

    A power cut can cost the history of that run. It cannot cost data: archive and releases sync their own
    files.
    """

    def relax(connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", relax)
