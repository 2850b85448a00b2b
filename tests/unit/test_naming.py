"""The words that docs/naming.md forbids are counted, as parts of names and in text.

The lists are read from the page itself, and so are the names that are allowed all the same.
"""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from expectations.paths import ROOT

PAGE = ROOT / "docs" / "naming.md"


def _section(heading: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def _first_column(text: str, header: str) -> list[str]:
    """The terms in backticks of the first column of the table whose header begins with `header`."""
    lines = text.split(f"| {header} |", 1)[1].splitlines()[2:]
    terms: list[str] = []
    for line in lines:
        if not line.startswith("|"):
            break
        terms += re.findall(r"`([^`]+)`", line.split("|")[1])
    return terms


ROOMS = ("assets", "bench", "datasets", "docs", "expectations", "pipelines", "sample", "tests")


@cache
def _files(suffix: str, rooms: tuple[str, ...] = ROOMS) -> tuple[str, ...]:
    """Files of these rooms and of the root, in order."""
    found = {path for room in rooms for path in (ROOT / room).rglob(f"*{suffix}")}
    found |= set(ROOT.glob(f"*{suffix}"))
    return tuple(sorted(str(path.relative_to(ROOT)) for path in found))


@cache
def _tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"))


def _words(name: str) -> list[str]:
    """`MinSpreadPct` and `min_spread_pct` are the words min, spread and pct."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().split("_")


def _names(module: ast.Module) -> set[str]:
    """The names that a module defines: functions, classes, parameters, variables and attributes."""
    found: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if not name.startswith("test_"):  # a sentence, judged as text
                    found.add(name)
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                found.add(name)
            case ast.alias(asname=str(name)):
                found.add(name)
    return found


@cache
def _named() -> dict[str, list[str]]:
    """For each word of a name: the places where it is."""
    places: dict[str, list[str]] = defaultdict(list)
    allowed = set(_first_column(_section("Words that are not used as names"), "name"))
    for file in _files(".py"):
        for name in sorted((_names(_tree(file)) | set(Path(file).with_suffix("").parts)) - allowed):
            for word in sorted(set(_words(name))):
                places[word].append(f"{file}: {name}")
    return places


def _prose(text: str) -> str:
    """Text without code: neither blocks nor words between backticks."""
    return re.sub(r"```.*?```|`[^`\n]*`", " ", text, flags=re.DOTALL)


def _texts() -> Iterator[tuple[str, str]]:
    """Documents without their code, and the docstrings of all modules."""
    for file in _files(".md"):
        if file == "docs/naming.md":
            continue
        yield file, _prose((ROOT / file).read_text(encoding="utf-8"))
    for file in _files(".py"):
        for node in ast.walk(_tree(file)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield file, _prose(ast.get_docstring(node, clean=True) or "")


@cache
def _written() -> dict[str, list[str]]:
    patterns = _first_column(_section("Words in text"), "pattern")
    places: dict[str, list[str]] = {pattern: [] for pattern in patterns}
    for file, text in _texts():
        flat = " ".join(text.lower().split())
        for pattern in patterns:
            places[pattern] += [file] * len(re.findall(rf"\b{re.escape(pattern)}\b", flat))
    return places


FORBIDDEN = _first_column(_section("Words that are not used as names"), "word")
PATTERNS = _first_column(_section("Words in text"), "pattern")


def test_the_page_is_read() -> None:
    assert {"told", "laid", "whole", "double"} <= set(FORBIDDEN)
    assert {"once more", "whoever"} <= set(PATTERNS)
    assert _words("MinSpreadPct") == _words("min_spread_pct") == ["min", "spread", "pct"]
    module = ast.parse("import os as told\ndef f(said):\n    self.laid = whole = 1\n")
    assert _names(module) == {"told", "f", "said", "laid", "whole"}


@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_name_holds_a_forbidden_word(word: str) -> None:
    places = _named().get(word, [])
    assert places == [], "\n".join(places)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_text_holds_a_forbidden_pattern(pattern: str) -> None:
    places = _written()[pattern]
    assert places == [], Counter(places)


def test_a_public_class_has_a_name_of_its_own() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for file in _files(".py", ("assets", "expectations", "pipelines")):
        for node in _tree(file).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(file)
    twice = {name: files for name, files in homes.items() if len(files) > 1}
    assert twice == {}
