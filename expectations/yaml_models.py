"""Declarations in YAML, strictly read: contracts and source descriptions.

What belongs here: the strict base of their models, the loader, and plain words for what is wrong. What
does not: which code a wrong declaration has; that is said by whoever reads it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails


class Strict(BaseModel):
    """A part of a declaration: an unknown key is an error, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Declaration = TypeVar("Declaration", bound=Strict)


class NotAsAgreedError(Exception):
    """A file that is no such declaration; its text names every key that is wrong."""


class _OnceLoader(yaml.SafeLoader):
    """YAML in which a key stands once; plain YAML silently keeps the last of two columns."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        # Here, not while constructing: a key merged in by `<<` may be overridden.
        node = super().compose_mapping_node(anchor)
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if doubled := sorted({key for key in keys if keys.count(key) > 1}):
            raise yaml.YAMLError(f"line {node.start_mark.line + 1}: written twice: {doubled}")
        return node


def read(model: type[Declaration], path: Path) -> Declaration:
    """The declaration in a file. Raises NotAsAgreedError."""
    try:
        content = yaml.load(path.read_text("utf-8"), Loader=_OnceLoader)  # noqa: S506 (a SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise NotAsAgreedError(str(error)) from error
    return agreed(model, content)


def agreed(model: type[Declaration], content: Any) -> Declaration:
    """Content as the declaration it should be. Raises NotAsAgreedError."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise NotAsAgreedError("; ".join(map(_told, error.errors()))) from error


def _told(problem: ErrorDetails) -> str:
    """One problem as `key.key: what is wrong`; the members of a list are counted from 1."""
    place = ".".join(str(step + 1 if isinstance(step, int) else step) for step in problem["loc"])
    words = problem["msg"].removeprefix("Value error, ")
    return f"{place}: {words}" if place else words
