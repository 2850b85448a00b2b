"""What the tests of releases share: the published tree with every description in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.publish.descriptions.publication import publication
from tests.double.described import describe_into


@pytest.fixture(scope="session")
def described(published: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real releases with their descriptions. Nobody may change this folder."""
    folder = tmp_path_factory.mktemp("described") / "published"
    return describe_into(folder, published.published, publication())


@pytest.fixture(scope="session")
def plant() -> Callable[[Path, str, str], None]:
    """Plant a fault: `plant(path, pattern, replacement)` changes the first match of the pattern."""
    import re

    def planted(path: Path, pattern: str, replacement: str) -> None:
        text = path.read_text("utf-8")
        changed = re.sub(pattern, replacement, text, count=1, flags=re.DOTALL)
        assert changed != text, "nothing was planted, so the test could not fail"
        path.write_text(changed, "utf-8")

    return planted
