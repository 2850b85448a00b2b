"""Declarations as YAML text: plain values, the line of every key, and the one form of a refusal.

What belongs here: reading a file, where a place in it is, and the error that lists all its problems. What
does not: what a declaration must hold (`yaml_models.py`, and the module of each kind). Nothing here imports
pydantic, because `voorkant explain` must start at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from expectations.errors import VoorkantError
from expectations.paths import ROOT

Place = tuple[str | int, ...]
"""Keys, and positions in lists from 0, from the root of a file to a value."""

_LEADING_PLACE = re.compile(r"([\w.$-]+): ")
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class DeclarationProblem:
    """One thing that is wrong in a declaration. line: from 1."""

    path: Path
    line: int
    text: str

    @property
    def where(self) -> str:
        """File and line, the file as seen from the root of the project where it is inside."""
        path = self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path
        return f"{path}:{self.line}"


@dataclass(eq=False)
class DeclarationError(VoorkantError):
    """A declaration that cannot be used. problems: all of them, in the order of the lines."""

    problems: tuple[DeclarationProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclarationKind:
    """A kind of declaration, as its refusals name it. what: "The contract"."""

    code: str
    what: str
    outcome: str
    remedy: str

    def error(self, problems: Iterable[DeclarationProblem]) -> DeclarationError:
        """The error that lists these problems; there is at least one."""
        found = sorted(set(problems), key=lambda each: (str(each.path), each.line, each.text))
        return DeclarationError(
            self.code,
            problem=f"{self.what} cannot be used: {_listed(found)}",
            where=f"{found[0].path}:{found[0].line}",
            outcome=self.outcome,
            remedy=self.remedy,
            problems=tuple(found),
        )


def _listed(problems: Sequence[DeclarationProblem]) -> str:
    """Problems with their lines, and with their files when there are several."""
    if len({each.path for each in problems}) == 1:
        return "; ".join(f"line {each.line}, {each.text}" for each in problems)
    return "; ".join(f"{each.where}, {each.text}" for each in problems)


class NotAsAgreedError(Exception):
    """A file that is no such declaration; its text names every place that is wrong."""

    def __init__(self, problems: Iterable[DeclarationProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(_listed(self.problems))


SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader: of libyaml where it is there, several times as fast and with the same content."""


class _Loader(SafeLoader):  # type: ignore[misc]
    """The safe loader, in which a scalar that cannot be held names its line."""


def _located(tag: str) -> None:
    """Let a scalar that Python cannot hold (a day that does not exist, 5,000 digits) name its line."""
    construct = yaml.SafeLoader.yaml_constructors[tag]

    def constructor(loader: Any, node: yaml.Node) -> Any:
        try:
            value = construct(loader, node)
            if isinstance(value, int) and abs(value) >= 2**63:
                raise ValueError("an integer of more than 64 bits")
            return value
        except (ValueError, OverflowError, LookupError) as error:
            raise yaml.constructor.ConstructorError(
                None, None, str(error), node.start_mark
            ) from None

    _Loader.add_constructor(tag, constructor)


for _kind in ("int", "float", "timestamp", "bool", "binary"):
    _located(f"tag:yaml.org,2002:{_kind}")


@dataclass(frozen=True)
class YamlDocument:
    """A file that was read. problems: keys that are there twice; the last of them is in `content`."""

    path: Path
    content: Any
    node: yaml.Node | None = field(repr=False)
    problems: tuple[DeclarationProblem, ...] = ()

    def problem(self, place: Place, text: str) -> DeclarationProblem:
        """What is wrong at a place, with its line; `key.key: ` before the text leads further."""
        node, _ = _descend(self.node, place)
        if leading := _LEADING_PLACE.match(text):
            node, _ = _descend(node, _steps(leading[1]))
        name = ".".join(str(step + 1 if isinstance(step, int) else step) for step in place)
        line = 1 if node is None else node.start_mark.line + 1
        return DeclarationProblem(self.path, line, f"{name}: {text}" if name else text)


def read(path: Path) -> YamlDocument:
    """A file as plain values. Raises NotAsAgreedError for what is no YAML in UTF-8."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise NotAsAgreedError(
            [DeclarationProblem(path, 1, error.strerror or str(error))]
        ) from error
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise NotAsAgreedError(
            [DeclarationProblem(path, line, f"not UTF-8: {error.reason}")]
        ) from error
    return parse(path, text)


def problem(path: Path, place: Place, text: str) -> DeclarationProblem:
    """What is wrong at a place of a file that was read before; line 1 when it is not there any more."""
    try:
        return read(path).problem(place, text)
    except NotAsAgreedError:
        return YamlDocument(path, None, None).problem(place, text)


def parse(path: Path, text: str) -> YamlDocument:
    """The text of a file as plain values. Raises NotAsAgreedError."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        twice = tuple(DeclarationProblem(path, *each) for each in _written_twice(node))
        return YamlDocument(
            path, None if node is None else loader.construct_document(node), node, twice
        )
    except yaml.YAMLError as error:
        raise NotAsAgreedError([DeclarationProblem(path, *_syntax(error, text))]) from error
    except RecursionError as error:
        raise NotAsAgreedError([DeclarationProblem(path, 1, "nested too deeply")]) from error


def _syntax(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Line and words of an error of the parser."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        words = [getattr(error, part, None) for part in ("context", "problem")]
        value = isinstance(error, yaml.constructor.ConstructorError)
        what = "a value that cannot be read" if value else "not YAML"
        return mark.line + 1, f"{what}: {', '.join(filter(None, words))}"
    position = getattr(error, "position", 0)
    line = text.encode()[:position].count(b"\n") + 1
    return line, f"not YAML: {getattr(error, 'reason', None) or error}"


def _written_twice(root: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Keys that are twice in one mapping; plain YAML silently keeps the last of them.

    A key merged in by `<<` may be overridden, so the mappings are looked at before they are merged.
    """
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen or isinstance(node, yaml.ScalarNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
            continue
        keys: set[str] = set()
        for key, value in node.value:
            waiting += (key, value)
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if key.value in keys:
                    yield key.start_mark.line + 1, f"written twice: {[key.value]}"
                keys.add(key.value)


def _steps(place: str) -> Place:
    """A place as people read it, the members of a list counted from 1."""
    return tuple(int(step) - 1 if step.isdecimal() else step for step in place.split("."))


def _descend(node: yaml.Node | None, place: Place) -> tuple[yaml.Node | None, int]:
    """The node nearest to a place, and how many steps lead there.

    A step that the file does not have is passed over: pydantic puts the kind of a rule among them. The node
    of a key's value carries the line of its key.
    """
    if not place or node is None:
        return node, 0
    passed = _descend(node, place[1:])
    child = _child(node, place[0])
    if child is None:
        return passed
    found, used = _descend(child, place[1:])
    return (found, used + 1) if used + 1 >= passed[1] else passed


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode):
        inside = isinstance(step, int) and step < len(node.value)
        return node.value[step] if inside else None
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if isinstance(key, yaml.ScalarNode) and key.value == str(step):
                return _at(value, key)
    return None


def _at(value: yaml.Node, key: yaml.Node) -> yaml.Node:
    """A value with the place of its key, for its own may begin lines below, or at an anchor."""
    return type(value)(value.tag, value.value, key.start_mark, value.end_mark)
