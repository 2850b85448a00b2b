"""A contract is read strictly: whatever is wrong comes back as VK-C001 with file and key named."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from expectations import contract as contracts
from expectations.contract import Contract, load_contract
from expectations.errors import VoorkantError
from expectations.vocabulary.groups import Reconciles
from expectations.vocabulary.rows import Between, Excludes, Matches

VALID = """\
dataset: example
title: {nl: Voorbeeld, en: Example}
description: {nl: Een voorbeeld., en: An example.}
schema_version: 1.0.0
licence: CC-BY-4.0
attribution: [Bron]
sources: [cited_figures]
owner: team:voorkant
frequency: annual
keywords: [voorbeeld]
rule_prefix: EX
tables:
  parts:
    stage: core
    title: {nl: Delen, en: Parts}
    description: {nl: Delen., en: Parts.}
    key: [code]
    columns:
      code: {type: code, required: true, values: [a, b], nl: Code, en: Code}
  example:
    stage: published
    title: {nl: Voorbeeld, en: Example}
    description: {nl: Eén rij., en: One row.}
    key: [year, code]
    columns:
      year: {type: year, required: true, nl: Jaar, en: Year}
      code: {type: code, nl: Code, en: Code}
      amount_eur: {type: amount, unit: EUR, nl: Bedrag, en: Amount}
      flags: {type: flags, nl: Vlaggen, en: Flags}
    rules:
      - {id: EX-01, kind: between, column: amount_eur, min: 0, reason: Not negative.}
      - {id: EX-02, kind: in_code_list, columns: [code],
         reference: example.parts, reference_columns: [code], reason: Known.}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "example" / "contract.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    return path


def refused(path: Path) -> str:
    """The problem of a contract that cannot be used."""
    with pytest.raises(VoorkantError) as error:
        load_contract(path)
    assert error.value.code == "VK-C001"
    assert re.fullmatch(re.escape(str(path)) + ":[0-9]+", error.value.where)
    assert "Traceback" not in str(error.value)
    return error.value.problem


@pytest.fixture
def example(tmp_path: Path) -> Contract:
    return load_contract(written(tmp_path, VALID))


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        pytest.param("owner:", "colour: red\nowner:", "colour", id="unknown key"),
        pytest.param("owner: team:voorkant\n", "", "owner", id="missing key"),
        pytest.param("owner: team:voorkant", "owner: us", "line 8, owner", id="owner"),
        pytest.param("annual", "monthly", "'annual', 'quarterly' or 'irregular'", id="frequency"),
        pytest.param(
            "CC-BY-4.0", "CC0-1.0", "line 5, licence: Input should be 'CC-BY-4.0'", id="licence"
        ),
        pytest.param(
            "stage: published",
            "stage: published\n    name: x",
            "line 22, tables.example.name",
            id="name",
        ),
        pytest.param(
            "stage: core", "stage: core\n    schema_version: 9.9.9", "schema_version", id="version"
        ),
        pytest.param(
            "required: true, nl: Jaar", "requird: true, nl: Jaar", "year.requird", id="typo"
        ),
        pytest.param("id: EX-02", "id: EX-01", "EX-01", id="rule id twice"),
        pytest.param(
            "id: EX-01", "id: EX-example-key", "EX-example-key", id="id of a derived rule"
        ),
        pytest.param(
            "id: EX-01", "id: first", "example.rules.1.between.id", id="rule id out of form"
        ),
        pytest.param("amount_eur: {", "amount: {", "'_eur'", id="suffix of an amount"),
        pytest.param("{type: amount,", "{type: rate,", "'_pct'", id="suffix of a rate"),
        pytest.param("key: [year, code]", "key: [year, kode]", "kode", id="key column"),
        pytest.param("key: [year, code]", "key: []", "example.key", id="no key"),
        pytest.param(
            "key: [year, code]", "key: [year, code]\n    sorted_by: [kode]", "kode", id="row order"
        ),
        pytest.param("  example:\n", "  changes:\n", "['changes']", id="name of another file"),
        pytest.param("kind: between", "kind: betwixt", "betwixt", id="unknown kind"),
        pytest.param("type: year", "type: jaar", "year.type", id="unknown type"),
        pytest.param("nl: Jaar, en: Year", "nl: Jaar", "columns.year.en", id="one language"),
        pytest.param("stage: published", "stage: raw", "example.stage", id="unknown stage"),
        pytest.param("min: 0", "min: nought", "between.min", id="wrong parameter"),
        pytest.param("1.0.0", "1.0", "schema_version", id="schema version"),
        pytest.param("rule_prefix: EX", "rule_prefix: ex", "rule_prefix", id="prefix"),
        pytest.param("flags: {type", "code: {type", "['code']", id="column twice"),
        pytest.param("tables:", "tables: [", "line", id="not YAML"),
        pytest.param("  example:\n", "  example: x\n  y:\n", "tables.example", id="not a table"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, right: str, wrong: str, named: str) -> None:
    assert right in VALID
    assert named in refused(written(tmp_path, VALID.replace(right, wrong, 1)))


@pytest.mark.parametrize("text", ["", "[]", "tables: 3", "just text"])
def test_something_else_than_a_contract_is_refused(tmp_path: Path, text: str) -> None:
    assert refused(written(tmp_path, text))


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    path.write_bytes(VALID.encode("utf-16"))
    assert "not UTF-8" in refused(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "example" / "contract.yaml")


def test_folder_and_dataset_have_one_name(tmp_path: Path) -> None:
    problem = refused(written(tmp_path, VALID.replace("dataset: example", "dataset: voorbeeld")))
    assert "'voorbeeld'" in problem
    assert "'example'" in problem


def test_a_merged_column_may_be_overridden(tmp_path: Path) -> None:
    """Anchors are how two tables share columns; only a key written twice in one place is wrong."""
    text = VALID.replace(
        "      year: {type: year, required: true, nl: Jaar, en: Year}\n",
        "      <<: &shared\n"
        "        year: {type: year, nl: Jaar, en: Year}\n"
        "      year: {type: year, required: true, nl: Jaar, en: Year}\n",
    )
    assert load_contract(written(tmp_path, text)).tables["example"].columns["year"].required


def test_rules_follow_from_key_and_columns(example: Contract) -> None:
    ids = {name: [rule.id for rule in table.all_rules] for name, table in example.tables.items()}
    assert ids == {
        "parts": [
            "EX-parts-schema",
            "EX-parts-key",
            "EX-parts-readable",
            "EX-parts-code-filled",
            "EX-parts-code-values",
        ],
        "example": [
            "EX-example-schema",
            "EX-example-key",
            "EX-example-readable",
            "EX-example-year-filled",
            "EX-01",
            "EX-02",
        ],
    }
    assert example.tables["example"].references() == ("example.parts",)


def test_names_types_and_flags_follow_from_the_contract(example: Contract) -> None:
    parts, table = example.tables["parts"], example.tables["example"]
    assert (parts.asset, table.asset) == ("core_example__parts", "example")
    assert table.model_copy(update={"name": "totals"}).asset == "example__totals"
    assert list(table.dtypes.items()) == [
        ("year", pl.Int16()),
        ("code", pl.String()),
        ("amount_eur", pl.Decimal(18, 2)),
        ("flags", pl.String()),
    ]
    assert (parts.flags_column, table.flags_column) == (None, "flags")
    assert example.published == (table,)


def test_rows_lie_in_the_order_readers_ask_for_and_the_key_decides_the_rest(tmp_path: Path) -> None:
    assert load_contract(written(tmp_path, VALID)).tables["example"].row_order == ("year", "code")
    sorted_by = "key: [year, code]\n    sorted_by: [code]"
    path = written(tmp_path / "other", VALID.replace("key: [year, code]", sorted_by))
    assert load_contract(path).tables["example"].row_order == ("code", "year")


def test_an_unknown_dataset_is_told_with_the_names_that_exist() -> None:
    with pytest.raises(VoorkantError) as error:
        contracts.contract("zorguitgaven")
    assert error.value.code == "VK-C003"
    assert "'zorguitgaven'" in error.value.problem
    for dataset in contracts.contracts():
        assert dataset in error.value.remedy


@pytest.mark.parametrize("pattern", [r"^GM\d{4}$", r"^\w+$", r"^a\b.*$", "GM", "^GM", "GM$"])
@pytest.mark.parametrize("kind", [Matches, Excludes])
def test_a_pattern_is_anchored_and_means_the_same_in_every_engine(
    kind: type[Matches | Excludes], pattern: str
) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        kind(id="EX-1", column="code", pattern=pattern, reason="An example.")


@pytest.mark.parametrize("within", ["-1", "0.00001"])
def test_a_tolerance_is_not_negative_nor_finer_than_what_is_compared(within: str) -> None:
    rule = {"id": "EX-1", "reason": "x", "column": "a", "reference": "b.c", "reference_column": "d"}
    with pytest.raises(ValidationError, match="within"):
        Reconciles.model_validate({**rule, "within": within})
    assert Reconciles.model_validate({**rule, "within": "0.7"}).bounds()


def test_a_rule_id_is_text_that_stays_readable() -> None:
    with pytest.raises(ValidationError, match="id"):
        Between(id="EX 1", column="a", min=0, reason="x")


def test_the_words_of_earlier_releases_are_understood(tmp_path: Path) -> None:
    """Contracts in earlier releases have `stage: out` and `laid`, now `published` and `dropped_files`."""
    earlier = VALID.replace("stage: published", "stage: out\n    laid: true")
    table = load_contract(written(tmp_path, earlier)).tables["example"]
    assert (table.stage, table.dropped_files) == ("published", True)
