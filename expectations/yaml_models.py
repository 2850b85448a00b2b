"""Declarations in YAML, strictly read into models: contracts, source descriptions and the like.

What belongs here: the strict base of their models, and the one loader that turns everything wrong in a file
into a coded error with all problems and their lines. What does not: reading YAML itself (`yaml_files.py`),
and what a kind of declaration must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from expectations import yaml_files
from expectations.yaml_files import (
    DeclarationError,
    DeclarationKind,
    DeclarationProblem,
    NotAsAgreedError,
    Place,
    YamlDocument,
)

Found = tuple[Place, str]
"""A place in a declaration and what is wrong there."""


class Strict(BaseModel):
    """A part of a declaration: an unknown key is an error, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def not_for_files(cls, content: Any) -> Iterable[Found]:  # noqa: ARG003 (for subclasses)
        """Keys of plain content that only code may give; of a whole declaration."""
        return ()


Declaration = TypeVar("Declaration", bound=Strict)


def load(
    kind: DeclarationKind,
    model: type[Declaration],
    path: Path,
    judge: Callable[[Declaration], Iterable[Found]] = lambda _: (),
) -> Declaration:
    """The declaration in a file. Raises DeclarationError with the code of its kind and every problem.

    judge: what the model alone cannot know, such as the name of the folder.
    """
    try:
        document = yaml_files.read(path)
        declaration = from_document(model, document)
    except NotAsAgreedError as error:
        raise kind.error(error.problems) from error
    if found := [document.problem(*each) for each in judge(declaration)]:
        raise kind.error(found)
    return declaration


def load_all(
    kind: DeclarationKind, paths: Mapping[str, Path], one: Callable[[Path], Declaration]
) -> dict[str, Declaration]:
    """Name -> declaration of many files. Raises DeclarationError with the problems of all of them."""
    loaded, problems = {}, list[DeclarationProblem]()
    for name, path in paths.items():
        try:
            loaded[name] = one(path)
        except DeclarationError as error:
            problems += error.problems
    if problems:
        raise kind.error(problems)
    return loaded


def read(model: type[Declaration], path: Path) -> Declaration:
    """The declaration in a file, for callers that raise a code of their own. Raises NotAsAgreedError."""
    return from_document(model, yaml_files.read(path))


def from_document(model: type[Declaration], document: YamlDocument) -> Declaration:
    """The declaration in a file that was read. Raises NotAsAgreedError with all problems."""
    problems = list(document.problems)
    problems += (document.problem(*each) for each in model.not_for_files(document.content))
    try:
        declaration = model.model_validate(document.content)
    except ValidationError as error:
        problems += (document.problem(*found(each)) for each in error.errors())
    except RecursionError:
        problems.append(document.problem((), "nested too deeply"))
    if problems:
        raise NotAsAgreedError(sorted(problems, key=lambda each: each.line))
    return declaration


def found(problem: ErrorDetails) -> Found:
    """One problem of pydantic as place and words."""
    return problem["loc"], problem["msg"].removeprefix("Value error, ")
