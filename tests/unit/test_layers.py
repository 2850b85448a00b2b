"""No circle among the modules, by any reading of the imports: at the top, in functions, for types only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from expectations.paths import ROOT

PACKAGES = ("assets", "expectations", "pipelines")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in FILES}


def imported(path: Path) -> Iterator[str]:
    """Every module of the project that a file imports, wherever in it the import is."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                full = f"{node.module}.{each.name}"
                if full in MODULES:
                    yield full
                elif node.module in MODULES:
                    yield node.module


def imports() -> dict[str, set[str]]:
    return {name: {*imported(path)} - {name} for name, path in MODULES.items()}


def circle(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_modules_import_each_other_one_way() -> None:
    graph = imports()
    assert sum(map(len, graph.values())) > 500
    assert circle(graph) == []


@pytest.mark.parametrize(
    "package", ["assets", "expectations", "pipelines", "assets.ingest", "pipelines.publish"]
)
def test_rooms_import_each_other_one_way(package: str) -> None:
    """Folders and modules directly in a package, each taken as one; the package itself is its door."""

    def room(name: str) -> str | None:
        if not name.startswith(f"{package}."):
            return None
        return name.removeprefix(f"{package}.").partition(".")[0]

    graph: dict[str, set[str]] = {}
    for name, targets in imports().items():
        if (own := room(name)) is None:
            continue
        others = {other for target in targets if (other := room(target)) is not None}
        graph.setdefault(own, set()).update(others - {own})
    assert circle(graph) == []


def test_only_the_handbook_and_the_method_pages_read_docs_and_tests_by_path() -> None:
    by_path = re.compile(r"""/ ["'](?:docs|tests)["'/]""")
    readers = {name for name, path in MODULES.items() if by_path.search(path.read_text("utf-8"))}
    assert readers >= {"pipelines.handbook.rule_pages", "pipelines.publish.method_pages"}
    others = {name for name in readers if not name.startswith("pipelines.handbook.")}
    assert others == {"pipelines.publish.method_pages"}


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) != []
