"""Every declared file, made wrong: refused with the code of its kind, file and line, never a traceback."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets import corrections
from assets.ingest import registry
from assets.ingest.origins import sample
from assets.reference import public_claims, spuk_schemes
from expectations.contract import DATASETS, load_contract, load_crossings
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from expectations.yaml_files import DeclarationError
from pipelines.explain import lineage
from pipelines.publish.metadata.publication import load_publication


class Kind(NamedTuple):
    """A kind of declaration. required: a key that no such file can do without, if there is one."""

    code: str
    load: Callable[[Path], Any]
    files: list[Path]
    required: str | None


CORRECTION = """\
id: example
source: cited_figures
table: example
cell: {row: {region: A}, column: amount}
before: "1"
after: "2"
reason: A slip of the pen.
evidence: [{document: Report}]
status: evident
"""
KINDS = {
    "contract": Kind(
        "VK-C001", load_contract, sorted(DATASETS.glob("*/contract.yaml")), "frequency"
    ),
    "cross": Kind("VK-C001", load_crossings, [DATASETS / "cross.yaml"], "rules"),
    "source": Kind(
        "VK-C002",
        lambda path: registry.load_source(path.parent),
        sorted(registry.SOURCES.glob("*/source.yaml")),
        "licence",
    ),
    "sample": Kind("VK-C004", sample.load_sample, [ROOT / "sample/sample.yaml"], "retrieved_at"),
    "correction": Kind("VK-C005", lambda path: corrections.load(path.parent), [], "evidence"),
    "publication": Kind("VK-C006", load_publication, [DATASETS / "publication.yaml"], "publisher"),
    "claims": Kind("VK-C007", public_claims.load, [public_claims.FILE], "claims"),
    "lineage": Kind("VK-C008", lineage.load, sorted(DATASETS.glob("*/lineage.yaml")), None),
    "scheme": Kind(
        "VK-C009", spuk_schemes.load_scheme, sorted(spuk_schemes.FOLDER.glob("*.yaml")), "ministry"
    ),
}


def placed(folder: Path, kind: Kind, content: bytes, original: Path | None) -> Path:
    """A file where a loader expects it: names of file and folder are part of some declarations."""
    if original is None:
        path = folder / "corrections" / "example.yaml"
    else:
        path = folder / original.parent.name / original.name
        if original.name == "cross.yaml":
            for dataset in (each for each in DATASETS.iterdir() if each.is_dir()):
                (path.parent / dataset.name).mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def texts() -> Iterator[tuple[str, Path | None, bytes]]:
    for name, kind in KINDS.items():
        for path in kind.files:
            yield name, path, path.read_bytes()
    yield "correction", None, CORRECTION.encode()


FILES = list(texts())


def top_keys(text: bytes) -> list[str]:
    return list(yaml.load(text, Loader=yaml.CBaseLoader))  # noqa: S506 (text only)


def without(text: bytes, key: str) -> bytes:
    content = yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 (text only)
    return yaml.safe_dump({k: v for k, v in content.items() if k != key}).encode()


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "only a list": lambda _: b"- a\n",
    "not UTF-8": lambda text: text + b"# \xff\n",
    "a tab": lambda text: text + b"\tindented: with a tab\n",
    "an open bracket": lambda text: text + b"last: [\n",
    "an unknown key": lambda text: text + b"colour: red\n",
    "a key twice": lambda text: text + f"{top_keys(text)[0]}: x\n".encode(),
    "two documents": lambda text: text + b"---\na: 1\n",
    "a tag of Python": lambda text: text + b"x: !!python/object:os.system {}\n",
    "5,000 digits": lambda text: text + b"x: " + b"9" * 5000 + b"\n",
    "no such day": lambda text: text + b"x: 2024-13-45\n",
    "a key that is a list": lambda text: text + b"? [a]\n: 1\n",
    "a control character": lambda text: text + b"x: \x01\n",
    "an unknown anchor": lambda text: text + b"x: *nowhere\n",
    "an anchor in itself": lambda text: text + b"x: &x [*x]\n",
    "nested too deeply": lambda text: text + b"x: " + b"[" * 1500 + b"]" * 1500 + b"\n",
}


def refused(kind: Kind, path: Path) -> DeclarationError:
    with pytest.raises(DeclarationError) as error:
        kind.load(path)
    found = error.value
    assert found.code == kind.code
    lines = path.read_bytes().count(b"\n") + 1
    assert found.problems
    for each in found.problems:
        assert each.path == path
        assert 1 <= each.line <= lines
        assert f"line {each.line}, {each.text}" in found.problem
    assert found.where == f"{path}:{found.problems[0].line}"
    return found


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_file_of_any_kind_is_refused_with_its_line(
    tmp_path: Path, wrong: Callable[[bytes], bytes]
) -> None:
    for name, path, text in FILES:
        kind = KINDS[name]
        refused(kind, placed(tmp_path, kind, wrong(text), path))
        shutil.rmtree(tmp_path)


def test_a_value_that_python_cannot_hold_is_named_as_one(tmp_path: Path) -> None:
    kind, path = KINDS["sample"], ROOT / "sample" / "sample.yaml"
    for wrong, words in (("5,000 digits", "4300"), ("no such day", "month must be")):
        text = WRONG[wrong](path.read_bytes())
        found = refused(kind, placed(tmp_path, kind, text, path))
        assert found.problems[0].line == text.count(b"\n")
        assert found.problems[0].text.startswith("a value that cannot be read: ")
        assert words in found.problems[0].text


@pytest.mark.parametrize(("name", "path", "text"), FILES, ids=str)
def test_the_files_themselves_are_accepted_and_a_missing_key_is_not(
    tmp_path: Path, name: str, path: Path | None, text: bytes
) -> None:
    kind = KINDS[name]
    kind.load(placed(tmp_path, kind, text, path))
    if kind.required:
        found = refused(kind, placed(tmp_path, kind, without(text, kind.required), path))
        assert kind.required in found.problem


def test_all_problems_are_listed_at_once_each_with_its_own_line(tmp_path: Path) -> None:
    path = DATASETS / "care_spending" / "contract.yaml"
    text = path.read_text("utf-8").replace("frequency: annual", "frequency: monthly")
    text = text.replace("licence: CC-BY-4.0", "licence: CC0-1.0").replace(
        "stage: published", "stage: up"
    )
    found = refused(KINDS["contract"], placed(tmp_path, KINDS["contract"], text.encode(), path))
    lines = text.splitlines()
    for each in found.problems:
        key = each.text.partition(": ")[0].rpartition(".")[2]
        assert lines[each.line - 1].strip().startswith(f"{key}:")
    assert {each.text.partition(": ")[0] for each in found.problems} >= {"frequency", "licence"}
    assert "'annual', 'quarterly' or 'irregular'" in found.problem


ODD = st.sampled_from(
    [None, True, 0, -1, 2**70, 1.5, float("nan"), "", "x", "a: b", [], [None], {}, {"x": 1}, [[]]]
)


def places(content: Any, start: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a content, the root not included."""
    inner = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in inner:
        yield (*start, key)
        if isinstance(value, dict | list):
            yield from places(value, (*start, key))


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_value_anywhere_is_accepted_or_refused_but_never_a_traceback(
    data: st.DataObject,
) -> None:
    name, path, text = data.draw(st.sampled_from(FILES))
    kind = KINDS[name]
    content = yaml.load(text, Loader=yaml.CSafeLoader)
    *way, last = data.draw(st.sampled_from(list(places(content))))
    inside = content
    for step in way:
        inside = inside[step]
    if data.draw(st.booleans()):
        inside[last] = data.draw(ODD)
    else:
        del inside[last]
    written = yaml.safe_dump(content, allow_unicode=True).encode()
    with tempfile.TemporaryDirectory() as folder:
        target = placed(Path(folder), kind, written, path)
        try:
            kind.load(target)
        except VoorkantError:
            refused(kind, target)
