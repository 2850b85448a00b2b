"""Files that are there whole or not at all: written beside their place, then put there in one step."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def write(path: Path, fill: Callable[[Path], object]) -> None:
    """Have `fill` write a file, then give it its name; whoever reads sees the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    fill(partial)
    partial.replace(path)


def write_json(path: Path, content: Any) -> None:
    """The content as JSON for programs and people alike."""
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    write(path, lambda partial: partial.write_text(text, "utf-8"))
