"""Every table of every contract is made by exactly one declared function."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import polars as pl
import pytest

import assets.published
from assets import definitions
from assets.framework.declared_tables import RawTable, Transform
from expectations.errors import VoorkantError


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    definitions.transforms.cache_clear()
    definitions.raw_tables.cache_clear()


def planted(
    monkeypatch: pytest.MonkeyPatch, *more: RawTable | Transform, without: str = ""
) -> None:
    """Declare tables besides those of the project, or leave one of them out."""
    own = definitions._declared

    def declared(package: ModuleType) -> Iterator[tuple[str, RawTable | Transform]]:
        for module, table in own(package):
            if not (isinstance(table, Transform) and table.table == without):
                yield module, table
        if package is not assets.published:
            yield from (("planted", table) for table in more)

    monkeypatch.setattr(definitions, "_declared", declared)
    definitions.transforms.cache_clear()
    definitions.raw_tables.cache_clear()


def nothing() -> pl.LazyFrame:
    return pl.LazyFrame()


def test_a_function_is_given_its_parameters_or_what_it_names() -> None:
    def make(core_a: pl.LazyFrame, core_b: pl.LazyFrame) -> pl.LazyFrame:
        return core_a.join(core_b)

    assert Transform("a.b", make).inputs == ("core_a", "core_b")
    assert Transform("a.b", make, reads=("core_c",)).inputs == ("core_c",)


@pytest.mark.parametrize(
    ("more", "without", "problem"),
    [
        ((), "claims.claims", "No function makes claims.claims"),
        ((Transform("claims.more", nothing),), "", "A function makes claims.more"),
        ((Transform("claims.claims", nothing),), "", "claims.claims is made twice"),
    ],
)
def test_a_table_without_exactly_one_function_is_refused(
    monkeypatch: pytest.MonkeyPatch, more: tuple[Transform, ...], without: str, problem: str
) -> None:
    planted(monkeypatch, *more, without=without)
    with pytest.raises(VoorkantError) as error:
        definitions.transforms()
    assert error.value.code == "VK-C010"
    assert error.value.problem.startswith(problem)


def test_a_raw_table_that_two_modules_declare_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(iter(definitions.raw_tables().values()))
    planted(monkeypatch, first)
    with pytest.raises(VoorkantError, match="VK-C010"):
        definitions.raw_tables()
