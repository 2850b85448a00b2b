"""Every expectation is judged or gives its reason why not, and the page agrees."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

from pipelines.handbook import generated_files, gx_polars_coverage


def test_every_expectation_is_native_or_has_a_reason() -> None:
    ways = {
        name: gx_polars_coverage.way(name, kind)
        for name, kind in gx_polars_coverage.expectations().items()
    }
    assert len(ways) == 60
    assert {name for name, way in ways.items() if way.startswith("not judged")} == {
        "ExpectMulticolumnValuesToBeUnique"
    }


def test_the_page_has_the_generated_table() -> None:
    """Drift check. When this fails: `make docs`."""
    assert generated_files.differences(gx_polars_coverage.files()) == []


def test_a_page_that_was_edited_by_hand_is_found(tmp_path: Path) -> None:
    copy = tmp_path / "page.md"
    page = gx_polars_coverage.PAGE.read_text("utf-8")
    copy.write_text(page.replace("| native |", "| never |", 1), "utf-8")
    assert generated_files.differences(gx_polars_coverage.files(copy)) != []
    generated_files.write(gx_polars_coverage.files(copy))
    assert copy.read_text("utf-8") == page


def test_the_example_of_the_page_runs() -> None:
    (example,) = re.findall(
        r"^```python\n(.*?)^```$", gx_polars_coverage.PAGE.read_text("utf-8"), re.M | re.S
    )
    exec(compile(example, str(gx_polars_coverage.PAGE), "exec"), {})  # noqa: S102 (our own page)


def test_nothing_imports_great_expectations_before_it_is_needed() -> None:
    code = """
        import sys
        import expectations, expectations.gx_polars, expectations.uniqueness
        assert "great_expectations" not in sys.modules
        """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)  # noqa: S603
