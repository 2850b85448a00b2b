"""The files of something new, as `docs/howto/add-a-*.md` describe them, with what is to be filled in.

What belongs here: which files, and what is written into files that are there. What does not: whether what is
declared can be used; `voorkant check` judges that, and lists every `TODO` that is left by file and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, combinations, product
from keyword import iskeyword
from pathlib import Path
from string import ascii_uppercase

from expectations.contract import Contract
from expectations.errors import VoorkantError, usage

TEMPLATES = Path(__file__).parent / "templates"
NAMED = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CLAIM = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to write. path: below the root of the project. text: all of it. is_new: it was not there."""

    path: Path
    text: str
    is_new: bool


def files(kind: str, name: str, root: Path, prefixes: Iterable[str] = ()) -> list[NewFile]:
    """The files of a new source, dataset, scheme or claim. prefixes: those of rules that are in use.

    Raises VK-U001 for a name that cannot be used, or that is there already.
    """
    form = CLAIM if kind == "claim" else NAMED
    if not form.fullmatch(name):
        raise usage(f"{name!r} cannot be the name of a {kind}.", f"Use the form {form.pattern}.")
    if iskeyword(name) and kind != "claim":  # it becomes the name of a module and a function
        raise usage(f"{name!r} is a reserved word of Python.", "Choose another name.")
    replaced = {"__PREFIX__": rule_prefix(name, prefixes), "__name__": name}
    found = []
    for template in sorted(path for path in (TEMPLATES / kind).rglob("*") if path.is_file()):
        path = Path(_filled(str(template.relative_to(TEMPLATES / kind).with_suffix("")), replaced))
        text, target = _filled(template.read_text("utf-8"), replaced), root / path
        if template.suffix == ".append":
            before = target.read_text("utf-8")
            if text.splitlines()[0] in before.splitlines():
                raise _exists(kind, name, path)
            found.append(NewFile(path, before.rstrip("\n") + "\n" + text, is_new=False))
        elif target.exists():
            raise _exists(kind, name, path)
        else:
            found.append(NewFile(path, text, is_new=True))
    return found


def rule(qualified: str, contract: Contract, root: Path) -> list[NewFile]:
    """The contract of `dataset.table` with one more rule. Raises VK-U001."""
    table = qualified.partition(".")[2]
    if table not in contract.tables:
        tables = ", ".join(f"{contract.dataset}.{each}" for each in contract.tables)
        raise usage(f"There is no table {qualified!r}.", f"Choose one of: {tables}.")
    path = Path("datasets") / contract.dataset / "contract.yaml"
    lines = (root / path).read_text("utf-8").splitlines()
    column = contract.tables[table].key[0]
    id_ = f"{contract.rule_prefix}-{table}-TODO"
    if any(id_ in line for line in lines):
        raise usage(f"The contract has a rule {id_} already.", "Fill that one in first.")
    written = (
        f"      - {{id: {id_}, kind: not_null, column: {column}, severity: info, "
        "reason: 'TODO: why the promise matters', source: 'TODO: where it was read'}"
    )
    start = _after(lines, lines.index("tables:"), lambda line: line == f"  {table}:") + 1
    end = _after(lines, start, lambda line: bool(re.match(r" {0,2}\S", line)))
    here = next((n for n in range(start, end) if lines[n].startswith("    rules:")), None)
    if here is None:
        added = ["    rules:", written]
    elif lines[here].strip() == "rules:":
        end = _after(lines, here + 1, lambda line: bool(re.match(r" {0,4}[^\s-]", line)))
        indent = re.match(" *", lines[here + 1])[0]  # type: ignore[index]
        added = [indent + written.lstrip()]
    else:
        raise usage(
            f"The rules of {qualified} are not written one a line.", "Add the rule by hand."
        )
    while not lines[end - 1].strip():
        end -= 1
    return [NewFile(path, "\n".join([*lines[:end], *added, *lines[end:]]) + "\n", is_new=False)]


def write(root: Path, new: Iterable[NewFile]) -> None:
    """Write the files; those that are new only where nothing is yet."""
    for each in new:
        path = root / each.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x" if each.is_new else "w", encoding="utf-8") as file:
            file.write(each.text)


def rule_prefix(name: str, used: Iterable[str]) -> str:
    """The first three letters of a name, in its order, that are free; any three when none of those are."""
    letters, taken = [c for c in name.upper() if c.isalpha()], set(used)
    threes = chain(combinations(letters * 3, 3), product(ascii_uppercase, repeat=3))
    return next(prefix for prefix in map("".join, threes) if prefix not in taken)


def _after(lines: list[str], start: int, ends: Callable[[str], bool]) -> int:
    return next((n for n in range(start, len(lines)) if ends(lines[n])), len(lines))


def _filled(text: str, replaced: dict[str, str]) -> str:
    for token, value in replaced.items():
        text = text.replace(token, value)
    return text


def _exists(kind: str, name: str, path: Path) -> VoorkantError:
    return usage(f"The {kind} {name!r} is there already: {path}.", "Choose another name.")
