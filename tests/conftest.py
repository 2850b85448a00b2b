"""What all tests share: one offline refresh of the whole road, and copies to break.

The refresh takes most of a minute, so tests about the published figures all read the same one. A
test that breaks something works in its own folders, with only the dataset that shows the point.
"""

from __future__ import annotations

import csv
import io
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Before Dagster or Great Expectations is imported: tests tell nobody that they ran.
os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
os.environ["DAGSTER_DG_UPDATE_CHECK_ENABLED"] = "0"
os.environ["GX_ANALYTICS_ENABLED"] = "false"

import duckdb
import hypothesis
import pytest
from filelock import FileLock

from expectations.paths import ROOT
from pipelines.runtime.settings import Settings
from tests.support.material import MATERIAL

# A busy machine makes a test slow, not wrong.
hypothesis.settings.register_profile("patient", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("patient")

Row = dict[str, str]
Rows = list[Row]


def pytest_configure(config: pytest.Config) -> None:
    """A failing test shows what it saw, not the thousands of events of its run."""
    config.option.log_level = config.option.log_level or "CRITICAL"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One file that needs the shared refresh makes it while other processes run files that do not.

    Without this order two processes meet at the lock, and one waits for as long as the refresh takes.
    """
    needs: dict[Path, bool] = {}
    for item in items:
        needs[item.path] = needs.get(item.path, False) or "published" in getattr(
            item, "fixturenames", ()
        )
    first = next((path for path, uses in needs.items() if uses), None)
    items.sort(key=lambda item: (item.path != first, needs[item.path]))


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The folders of a refresh and what came of it."""

    published: Path
    state: Path
    sample: Path
    report: Any
    _connection: list[duckdb.DuckDBPyConnection] = field(default_factory=list)

    @property
    def outcomes(self) -> dict[str, str]:
        """Dataset -> published, unchanged or blocked."""
        return {each.dataset: each.outcome for each in self.report.datasets}

    @property
    def problems(self) -> str:
        """Everything a person would be told, as one text."""
        found = (
            *self.report.problems,
            *self.report.older_inputs,
            *self.report.corrections,
        )
        return "\n\n".join(f"{each.where}\n{each.text}" for each in found)

    def manifest(self, dataset: str) -> dict[str, Any]:
        """The manifest of the newest release."""
        return dict(json.loads((self.folder(dataset) / "manifest.json").read_text("utf-8")))

    def folder(self, dataset: str) -> Path:
        """The folder of the newest release."""
        for each in self.report.datasets:
            if each.dataset == dataset and each.folder:
                return Path(each.folder)
        raise AssertionError(f"{dataset} was never published")

    def validation(self, dataset: str, table: str) -> dict[str, Any]:
        """What validation.json says about one table: its run, its rules and its failures."""
        found = json.loads((self.folder(dataset) / "validation.json").read_text("utf-8"))
        own = {
            name: [each for each in found[name] if each["table"] == table]
            for name in ("run", "rule", "failure")
        }
        (run,) = own["run"]
        return {"run": run, "rules": own["rule"], "failures": own["failure"]}

    def audit(self, asset: str) -> dict[str, Any]:
        """The evidence of an audited table, also where nothing was published."""
        path = self.state / "tables" / f"{asset}.audit.json"
        return dict(json.loads(path.read_text("utf-8")))

    def failed(self, asset: str) -> dict[str, int]:
        """Rule -> how many rows or groups fail, for rules that fail at all."""
        return {r["rule_id"]: r["failed"] for r in self.audit(asset)["rules"] if r["failed"]}

    def failing(self, asset: str, rule_id: str) -> list[str]:
        """Every key or group of a staged table that breaks a rule, in words."""
        file = self.state / "reports" / asset / "failure.parquet"
        query = f"SELECT words FROM read_parquet('{file}') WHERE rule_id = '{rule_id}'"  # noqa: S608
        return [words for (words,) in duckdb.connect().execute(query).fetchall()]

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the published Parquet: `FROM municipalities.years`, one schema per dataset."""
        if not self._connection:
            connection = duckdb.connect()
            for each in self.report.datasets:
                if each.folder is None:
                    continue
                connection.execute(f"CREATE SCHEMA {each.dataset}")
                for file in sorted(Path(each.folder).glob("*.parquet")):
                    view = f'{each.dataset}."{file.stem}"'
                    connection.execute(f"CREATE VIEW {view} AS FROM read_parquet('{file}')")
            self._connection.append(connection)
        return self._connection[0].execute(query).fetchall()

    def value(self, query: str) -> Any:
        """The one value a query gives."""
        ((value,),) = self.sql(query)
        return value

    def set_aside(self, asset: str) -> list[dict[str, Any]]:
        """The quarantined rows of a staged table."""
        file = self.state / "tables" / f"{asset}.quarantine.parquet"
        answer = duckdb.connect().execute(f"FROM read_parquet('{file}')")
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material: recorded payloads, standards. It is not part of the repository.

    Looked for next to the repository, or where VOORKANT_SHARED says. A test that asks for it is
    skipped where it is absent.
    """
    if not MATERIAL.is_dir():
        pytest.skip(f"the reference material is not part of the repository: no folder {MATERIAL}")
    return MATERIAL.parent


Refresh = Callable[..., Refreshed]


def _refresh(
    folder: Path, *, sample: Path = ROOT / "sample", only: Iterable[str] = ()
) -> Refreshed:
    from rich.console import Console

    from pipelines.refresh.refresh import refresh
    from pipelines.runtime.progress import ProgressHandler

    settings = Settings(
        state=folder / "state", published=folder / "published", sample=sample, drop=folder / "drop"
    )
    report = refresh(settings, only, ProgressHandler(Console(file=io.StringIO())))
    return Refreshed(settings.published, settings.state, sample, report)


@pytest.fixture(scope="session")
def refresh_into() -> Refresh:
    """Refresh into a folder: `refresh_into(folder, sample=…, only=[…])`, all offline."""
    return _refresh


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    """The whole road, once for all processes. Nobody may change these folders: use `published_copy`."""
    own = tmp_path_factory.getbasetemp()
    together = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    found = together / "refreshed.pickle"
    with FileLock(together / "refreshed.lock"):
        if not found.exists():
            found.write_bytes(pickle.dumps(_refresh(tmp_path_factory.mktemp("whole"))))
    refreshed: Refreshed = pickle.loads(found.read_bytes())  # noqa: S301 (written above)
    assert not refreshed.report.problems, refreshed.problems
    return refreshed


@pytest.fixture
def published_copy(published: Refreshed, tmp_path: Path) -> Path:
    """A folder with a copy of what was published and of its archive, as if made by an earlier run."""
    folder = tmp_path / "earlier"
    shutil.copytree(published.published, folder / "published")
    for part in ("archive", "tables", "reports"):
        shutil.copytree(published.state / part, folder / "state" / part)
    return folder


@pytest.fixture
def sample_copy(tmp_path: Path) -> Path:
    """A copy of the sample that a test may break."""
    return Path(shutil.copytree(ROOT / "sample", tmp_path / "sample"))


@pytest.fixture(scope="session")
def edit() -> Callable[[Path, Callable[[Rows], Rows]], None]:
    """Rewrite a CSV of figures: `edit(path, change)`, where change gets and gives all rows."""

    def rewrite(path: Path, change: Callable[[Rows], Rows]) -> None:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        changed = change([dict(row) for row in rows])
        assert changed != rows, "the change did not touch anything, so the test could not fail"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(changed[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(changed)

    return rewrite


@pytest.fixture(scope="session")
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a program from the root with the environment's own tools in front, and without a home.

    `run("voorkant", "status")`; `run("python", "-c", …)`; or the path of another program.
    """
    tools = Path(sys.executable).parent

    def started(*command: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"} | more
        return subprocess.run(  # noqa: S603 (our own tools)
            [str(tools / command[0]), *map(str, command[1:])],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return started
