"""What Dagster knows: it loads, its tools accept it, and the graph is the road and nothing else.

The graph is kept as text beside this file. After a change that is meant:
`VOORKANT_WRITE_SNAPSHOTS=1 python -m pytest tests/end_to_end/test_definitions.py`, and look at the diff.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.framework.checks import rule_checks
from expectations.audit import promises
from expectations.contract import contracts
from pipelines.definitions import build_defs

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")
KEPT_HERE = {
    "care_welfare_ratio__definitions",
    "social_domain_budgets__breaks",
    "spuk_ledger__schemes",
}
LAYERS = ["archive", "raw", "core", "published", "cross", "release"]


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return build_defs()


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> Any:
    return definitions.resolve_asset_graph()


@pytest.fixture(scope="module")
def specs(graph: Any) -> dict[str, Any]:
    return {node.key.to_user_string(): node for node in graph.asset_nodes}


def test_definitions_can_be_loaded(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_jobs_and_schedule(definitions: dg.Definitions) -> None:
    jobs = {job.name for job in definitions.resolve_all_job_defs()}
    assert {"capture", "build", "publish", "refresh"} <= jobs
    repository = definitions.get_repository_def()
    (schedule,) = repository.schedule_defs
    assert schedule.job_name == "refresh"
    # Nothing runs by itself before someone decides that it should.
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED


def test_the_graph_is_the_one_that_was_agreed(specs: dict[str, Any]) -> None:
    lines = []
    for name, node in sorted(
        specs.items(), key=lambda item: (LAYERS.index(item[1].group_name), item)
    ):
        parents = sorted(key.to_user_string() for key in node.parent_keys)
        lines += [f"{node.group_name}: {name}", *(f"    {parent}" for parent in parents)]
    found = "\n".join(lines) + "\n"
    if os.environ.get("VOORKANT_WRITE_SNAPSHOTS"):
        SNAPSHOT.write_text(found, "utf-8")
    assert found == SNAPSHOT.read_text("utf-8"), __doc__


def test_every_edge_goes_forward_along_the_road(specs: dict[str, Any]) -> None:
    assert {node.group_name for node in specs.values()} == set(LAYERS)
    back = [
        f"{parent.to_user_string()} -> {name}"
        for name, node in specs.items()
        for parent in node.parent_keys
        if LAYERS.index(specs[parent.to_user_string()].group_name) > LAYERS.index(node.group_name)
    ]
    assert back == []
    # The archive starts the road; every other asset comes from something, but for what the project
    # itself keeps and publishes as it stands.
    starts = {name for name, node in specs.items() if not node.parent_keys}
    archives = {name for name, node in specs.items() if node.group_name == "archive"}
    assert starts == archives | KEPT_HERE


def test_only_raw_tables_read_the_archive_and_nobody_reads_a_release(specs: dict[str, Any]) -> None:
    for name, node in specs.items():
        parents = {specs[key.to_user_string()].group_name for key in node.parent_keys}
        assert "release" not in parents, name
        assert ("archive" in parents) == (node.group_name == "raw"), name


def test_a_release_lists_every_source_it_comes_from(specs: dict[str, Any]) -> None:
    def archives(name: str) -> set[str]:
        parents = {key.to_user_string() for key in specs[name].parent_keys}
        own = {
            parent.removeprefix("archive_") for parent in parents if parent.startswith("archive_")
        }
        return own.union(*(archives(parent) for parent in parents))

    # Only rules read these: a list of codes is compared with, and nothing of it is published.
    compared = {"spuk_allocations": {"cbs_population"}}
    for name, contract in contracts().items():
        used = archives(f"release_{name}")
        assert used == {*contract.sources, *compared.get(name, ())}, name


def test_every_asset_says_what_it_is_and_who_owns_it(specs: dict[str, Any]) -> None:
    for name, node in specs.items():
        assert node.description and node.description.strip(), name
        assert node.owners, name
        assert node.kinds, name


def test_every_contracted_table_has_a_check_for_each_of_its_rules(graph: Any) -> None:
    present: dict[str, set[str]] = {}
    for key in graph.asset_check_keys:
        present.setdefault(key.asset_key.to_user_string(), set()).add(key.name)
    for contract in contracts().values():
        for table in contract.tables.values():
            assert present[table.asset] == set(rule_checks(table)), table.asset
            assert [rule.id for rule in rule_checks(table).values()] == [
                r.id for r in promises(table)
            ]


def test_only_a_critical_rule_blocks_what_comes_after(definitions: dg.Definitions) -> None:
    blocking = {
        (spec.asset_key.to_user_string(), spec.name): spec.blocking
        for each in definitions.assets or ()
        if isinstance(each, dg.AssetsDefinition)
        for spec in each.check_specs
    }
    for contract in contracts().values():
        for table in contract.tables.values():
            for name, rule in rule_checks(table).items():
                assert blocking[table.asset, name] == (rule.severity == "critical"), rule.id


LIGHT = {
    "definitions": "from pipelines.definitions import build_defs; build_defs()",
    "help": "from pipelines.cli.main import parser; parser().format_help()",
    "status": "from pipelines.cli.main import main; main(['status', '--published', 'no/where'])",
    "datasets": "from pipelines.cli.main import main; main(['datasets'])",
}


@pytest.mark.parametrize("code", LIGHT.values(), ids=LIGHT)
def test_nobody_waits_for_great_expectations_who_does_not_validate(run: Any, code: str) -> None:
    """Its import takes seconds."""
    seen = "print(*({'great_expectations', 'pandas', 'scipy'} & set(sys.modules)), 'end')"
    answer = run("python", "-c", f"import sys; {code}; {seen}")
    assert answer.stdout.splitlines()[-1] == "end", answer.stdout + answer.stderr


@pytest.mark.parametrize(
    "command",
    [("dg", "check", "defs"), ("dg", "list", "defs"), ("dagster", "definitions", "validate")],
    ids=" ".join,
)
def test_the_tools_of_dagster_accept_the_project(run: Any, command: tuple[str, ...]) -> None:
    answer = run(*command)
    assert answer.returncode == 0, answer.stdout + answer.stderr
