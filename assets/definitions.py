"""Every table as an asset, from the sources to what is published.

What belongs here: gathering what `raw`, `core` and `published` declare. What does not: how an asset works
(`framework`), and what ships the tables (`pipelines/publish`).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType, ModuleType

import dagster as dg

import assets.core
import assets.published
import assets.raw
from assets.corrections import require_tables
from assets.framework.capture_assets import archived_asset
from assets.framework.contract_assets import contracted_asset
from assets.framework.cross_table_checks import cross_tables
from assets.framework.declared_tables import RawTable, Transform
from assets.framework.raw_assets import raw_asset
from assets.ingest.registry import sources
from expectations.contract import contracts
from expectations.errors import VoorkantError
from expectations.yaml_files import DeclarationKind

KIND = DeclarationKind(
    "VK-C010",
    "A table",
    "Nothing was loaded.",
    "Declare each table of a contract once, in the TABLES of one module of assets.",
)


def table_assets() -> list[dg.AssetsDefinition]:
    """Captures, raw, core, published and cross-table assets.

    Raises VK-C001, VK-C002, VK-C005 (a declaration is wrong) and VK-C010 (a table that nothing makes, or
    that two functions make).
    """
    require_tables(raw_tables())
    return [
        *(archived_asset(source) for source in sources().values()),
        *(raw_asset(each) for each in raw_tables().values()),
        *(contracted_asset(each) for each in transforms().values()),
    ]


@cache
def raw_tables() -> Mapping[str, RawTable]:
    """Asset name -> the raw table. Raises VK-C010."""
    found: dict[str, RawTable] = {}
    for module, declared in _declared(assets.raw):
        if isinstance(declared, RawTable):
            _once(found, declared.name, module)
            found[declared.name] = declared
    return MappingProxyType(found)


@cache
def transforms() -> Mapping[str, Transform]:
    """Table of a contract -> what makes it. Raises VK-C010."""
    found = {**functions(), **{each.table: each for each in cross_tables()}}
    promised = {
        f"{contract.dataset}.{table}"
        for contract in contracts().values()
        for table in contract.tables
    }
    for name in sorted(promised ^ set(found)):
        raise _refused(
            f"No function makes {name}, which a contract promises."
            if name in promised
            else f"A function makes {name}, which no contract promises.",
            f"datasets/{name.partition('.')[0]}/contract.yaml",
        )
    return MappingProxyType(found)


def functions() -> Mapping[str, Transform]:
    """Table -> what the modules name for it, whether a contract promises the table or not. Raises VK-C010."""
    found: dict[str, Transform] = {}
    for package in (assets.core, assets.published):
        for module, declared in _declared(package):
            if isinstance(declared, Transform):
                _once(found, declared.table, module)
                found[declared.table] = declared
    return MappingProxyType(found)


def _declared(package: ModuleType) -> Iterator[tuple[str, RawTable | Transform]]:
    """Module and table, by name of the module."""
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for declared in getattr(importlib.import_module(info.name), "TABLES", ()):
            yield info.name, declared


def _once(found: Mapping[str, object], name: str, module: str) -> None:
    if name in found:
        raise _refused(f"{name} is made twice.", module)


def _refused(problem: str, where: str) -> VoorkantError:
    return VoorkantError(
        KIND.code, problem=problem, where=where, outcome=KIND.outcome, remedy=KIND.remedy
    )
