"""`voorkant show`: rows of what was really published, and no more than rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.cli.main import main


def shown(published: Any, capsys: pytest.CaptureFixture[str], *more: str) -> Any:
    where = ["--published", str(published.published), "--json"]
    assert main(["show", "municipalities", *where, *more]) == 0
    return json.loads(capsys.readouterr().out)


def test_show_gives_rows(published: Any, capsys: pytest.CaptureFixture[str]) -> None:
    weesp = ["--where", "municipality_code = 'GM0457'", "--columns", "municipality_name, valid_to"]
    assert shown(published, capsys, *weesp) == [
        {"municipality_name": "Weesp", "valid_to": "2022-03-23"}
    ]
    assert len(shown(published, capsys, "--table", "years", "--limit", "3")) == 3


@pytest.mark.parametrize(
    "more",
    [
        ["--where", "municipality ="],
        ["--where", "true; DROP TABLE municipalities"],
        ["--where", "municipality_code IN (SELECT content FROM read_text('/etc/hostname'))"],
        ["--columns", "no_such_column"],
        ["--table", "no_such_table"],
        ["--version", "1.1.1"],
    ],
    ids=lambda more: more[1],
)
def test_show_refuses_what_it_cannot_or_may_not_do(
    published: Any, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    where = ["--published", str(published.published)]
    assert main(["show", "municipalities", *where, *more]) == 2
    assert capsys.readouterr().err.startswith("VK-U001")
