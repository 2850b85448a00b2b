"""The command line: help at once, exit codes a program can trust, JSON a program can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expectations.paths import ROOT
from pipelines.cli.main import main, parser

COMMANDS = [
    *("check", "new"),
    *("refresh", "capture", "status", "datasets", "show", "explain"),
    *("diff", "as-of", "verify", "withdraw", "iceberg", "doctor", "audit"),
]
HEAVY = {"polars", "pyarrow", "dagster", "duckdb", "rich", "yaml", "pydantic", "great_expectations"}


def folders(tmp_path: Path) -> list[str]:
    return ["--published", str(tmp_path / "published"), "--state", str(tmp_path / "state")]


def test_the_commands_tested_here_are_all_commands() -> None:
    (choices,) = [a.choices for a in parser()._actions if a.dest == "command"]
    assert set(COMMANDS) == set(choices or ())


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_exits_with_0(command: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"] if command else ["--help"])
    assert stopped.value.code == 0
    assert f"usage: voorkant {command or ''}".rstrip() in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--help"], ["refresh", "--help"]])
def test_help_imports_nothing_heavy(run: Any, arguments: list[str]) -> None:
    code = (
        "import sys; from pipelines.cli.main import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit: print('modules', *sys.modules)"
    )
    answer = run("python", "-c", code)
    *_, last = answer.stdout.splitlines()
    loaded = set(last.split())
    assert "argparse" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    "arguments", [[], ["publish-everything"], ["show"], ["refresh", "--origin", "x"]]
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "expected_text"),
    [
        (["refresh", "--only", "budgets"], "VK-C003", "social_domain_budgets"),
        (["show", "budgets"], "VK-C003", "social_domain_budgets"),
        (["show", "municipalities"], "VK-U001", "voorkant refresh"),
    ],
    ids=["unknown dataset to refresh", "unknown dataset to show", "never published"],
)
def test_a_wrong_name_exits_with_2_and_says_what_to_do(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: str,
    expected_text: str,
) -> None:
    assert main([*arguments, *folders(tmp_path)]) == 2
    found = capsys.readouterr()
    assert found.err.startswith(code)
    assert expected_text in found.err
    assert found.out == ""
    assert main([*arguments, *folders(tmp_path), "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == code
    assert set(error) == {"code", "problem", "where", "outcome", "remedy"}


def test_status_of_nothing_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", *folders(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["datasets"].values()) == {None}
    assert found["altered"] == []
    assert not any(tmp_path.iterdir()), "looking must not write"


def test_datasets_names_every_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", *folders(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    root = ROOT
    assert [each["dataset"] for each in found] == sorted(
        path.parent.name for path in root.glob("datasets/*/contract.yaml")
    )


def test_problems_with_data_exit_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "sample"
    broken.mkdir()
    arguments = ["refresh", "--only", "care_spending", "--sample", str(broken)]
    assert main([*arguments, *folders(tmp_path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["datasets"][0]["outcome"] == "blocked"
    assert found["problems"][0]["text"].startswith("VK-C004")
